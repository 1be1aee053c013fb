package apitest

import (
	"context"
	"maps"
	"net/http"
	"strconv"
	"time"
)

// Fault is what goes wrong with one answer. Its fields go together: a 502 with a body of a proxy, late and cut short.
type Fault struct {
	// Status and Body, if either is set, are answered in place of the server's own answer, as by a gateway before it: no key is
	// asked for, no rate limit counted, no handler called, and no batch goes on. The default of Status is then 200, the
	// Content-Type that of a JSON body, or else what net/http takes it for.
	Status int
	Body   string
	// Header is set in the answer, over its own, such as a Retry-After or a malformed rate limit. A nil value takes a header away.
	Header http.Header
	// Delay is waited for before the answer, unless the client goes away.
	Delay time.Duration
	// Cut ends the connection in the middle of the body. A batch has gone on by then, as with Delay.
	Cut bool
}

// Fail makes the next answers fail, one fault each, in the order in which the requests arrive, whatever their operation. To let three
// fail alike, write server.Fail(slices.Repeat([]apitest.Fault{fault}, 3)...). A zero Fault leaves an answer as it is.
func (s *Server) Fail(faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, faults...)
}

// wait waits for the fault's delay. It ends the connection when the client has gone away.
func (f Fault) wait(ctx context.Context) {
	timer := time.NewTimer(f.Delay)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
		panic(http.ErrAbortHandler)
	}
}

// send sends the answer with its fault.
func (a *answer) send(w http.ResponseWriter, f Fault) {
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
	w.Header().Set("Content-Length", strconv.Itoa(max(len(body), 1)))
	w.WriteHeader(a.status)
	_, _ = w.Write(body[:len(body)/2])
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}
