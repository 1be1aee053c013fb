package apitest

import (
	"math"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// LimitRequests allows each operation perMinute requests in any 60 seconds, whichever clients they
// come from, as the real server is believed to do. Each call starts a new count. Refused requests
// count too, including those with a wrong key. Responses have the limit and what remains of it in
// X-RateLimit-Limit and X-RateLimit-Remaining, and a 429 says in Retry-After when to come back.
// With 0 or less, the default, there is no limit.
func (s *Server) LimitRequests(perMinute int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.limit = limit{perMinute: perMinute, arrivals: map[string][]time.Time{}}
}

// limit is a rate limit with a sliding window. The zero limit allows everything.
type limit struct {
	perMinute int
	arrivals  map[string][]time.Time // of the requests of the last minute, by operation
}

// count counts a request, sets the headers that tell about the limit, and reports whether the
// request is within it.
func (l *limit) count(h http.Header, operation string) bool {
	if l.perMinute <= 0 {
		return true
	}
	now := time.Now()
	expired := func(t time.Time) bool { return now.Sub(t) >= time.Minute }
	window := slices.DeleteFunc(l.arrivals[operation], expired)
	window = append(window, now)
	l.arrivals[operation] = window

	used := len(window)
	h.Set("X-RateLimit-Limit", strconv.Itoa(l.perMinute))
	h.Set("X-RateLimit-Remaining", strconv.Itoa(max(l.perMinute-used, 0)))
	if used <= l.perMinute {
		return true
	}
	free := window[used-l.perMinute].Add(time.Minute)
	h.Set("Retry-After", strconv.Itoa(int(math.Ceil(free.Sub(now).Seconds()))))
	return false
}
