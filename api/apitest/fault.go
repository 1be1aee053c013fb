package apitest

import (
	"maps"
	"net/http"
	"strconv"
	"time"
)

// Fault is what goes wrong with one answer.
type Fault struct {
	// Status and Body are answered in place of the server's own answer; 0 leaves that as it is.
	Status int
	Body   string
	// Header is set in the answer, over its own.
	Header http.Header
	// Delay is waited for before the answer, unless the client goes away.
	Delay time.Duration
	// Cut ends the connection in the middle of the body.
	Cut bool
}

// Fail makes the next answers fail, one fault each.
func (s *Server) Fail(faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, faults...)
}

func (f *Fault) write(w http.ResponseWriter, r *http.Request, status int, body []byte) {
	timer := time.NewTimer(f.Delay)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.Context().Done():
		panic(http.ErrAbortHandler)
	}
	maps.Copy(w.Header(), f.Header)
	if !f.Cut {
		w.WriteHeader(status)
		_, _ = w.Write(body)
		return
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body[:len(body)/2])
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}
