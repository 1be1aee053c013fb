package apitest

import (
	"maps"
	"net/http"
	"strconv"
	"time"
)

// Fault is what goes wrong with one answer. Its fields go together: a 502 with a body of a proxy, late and cut short.
type Fault struct {
	// Status and Body are answered in place of the server's own answer; 0 leaves that as it is.
	Status int
	Body   string
	// Header is set in the answer, over its own, as a Retry-After or a malformed rate limit.
	Header http.Header
	// Delay is waited for before the answer, unless the client goes away.
	Delay time.Duration
	// Cut ends the connection in the middle of the body.
	Cut bool
}

// Fail makes the next answers fail, one fault each. To let three fail alike, write
// server.Fail(slices.Repeat([]apitest.Fault{fault}, 3)...); a zero Fault lets one be.
func (s *Server) Fail(faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, faults...)
}

// send sends the answer with its fault. It ends the connection when the client has gone away.
func (a *answer) send(w http.ResponseWriter, r *http.Request, f Fault) {
	timer := time.NewTimer(f.Delay)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.Context().Done():
		panic(http.ErrAbortHandler)
	}
	maps.Copy(w.Header(), a.header)
	for name, values := range f.Header {
		w.Header()[http.CanonicalHeaderKey(name)] = values
	}
	body := a.body.Bytes()
	if !f.Cut {
		w.WriteHeader(a.status)
		_, _ = w.Write(body)
		return
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(a.status)
	_, _ = w.Write(body[:len(body)/2])
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}
