package apitest

import (
	"math"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// LimitRequests allows each operation perMinute requests in any 60 seconds, as the real server does, beginning anew with each
// call. Refused requests count as well, also those with a wrong key. The answers tell the limit and what remains of it in
// X-RateLimit-Limit and X-RateLimit-Remaining, and a 429 when to come back in Retry-After. 0 or less, the default, is no limit.
func (s *Server) LimitRequests(perMinute int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.limit, s.windows = perMinute, map[string][]time.Time{}
}

// count counts a request, writes the headers that tell about the limit, and reports whether it is within it.
func (s *Server) count(h http.Header, operation string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.limit <= 0 {
		return true
	}
	now := time.Now()
	window := slices.DeleteFunc(s.windows[operation], func(t time.Time) bool { return now.Sub(t) >= time.Minute })
	window = append(window, now)
	s.windows[operation] = window
	used := len(window)
	h.Set("X-RateLimit-Limit", strconv.Itoa(s.limit))
	h.Set("X-RateLimit-Remaining", strconv.Itoa(max(s.limit-used, 0)))
	if used <= s.limit {
		return true
	}
	wait := time.Minute - now.Sub(window[used-s.limit])
	h.Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
	return false
}
