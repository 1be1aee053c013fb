package apitest

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// Fault is what goes wrong with one response. Its fields can be combined: a proxy's 502 with its
// own body, late and cut short.
type Fault struct {
	// Operation is the operation whose next response the fault is for, named as for
	// [Server.Handle]. Without one, it is for the next response of any.
	Operation string
	// Status and Body, if either is set, are sent in place of the server's own response, as if by a
	// gateway in front of it: no key is checked, no rate limit counted, no handler called, and no
	// batch advances. Status then defaults to 200. The Content-Type is application/json if Body is
	// JSON, and otherwise what net/http detects.
	Status int
	Body   string
	// Header overrides headers of the response, for instance with a Retry-After or a malformed rate
	// limit. A nil value removes a header.
	Header http.Header
	// Delay passes before the response, unless the client goes away.
	Delay time.Duration
	// Cut ends the connection in the middle of the body. The batch has advanced by then, as it has
	// after a Delay.
	Cut bool
}

// Fail makes the next responses fail, one fault each, in the order in which the requests arrive. A
// zero Fault leaves a response as it is. To make three fail in the same way, write
//
//	server.Fail(slices.Repeat([]apitest.Fault{fault}, 3)...)
//
// It panics if a Status is set but is not a final one, from 200 to 999, or if the spec declares no
// Operation of that name.
func (s *Server) Fail(faults ...Fault) {
	for _, f := range faults {
		if f.Status != 0 && (f.Status < 200 || f.Status > 999) {
			panic(fmt.Sprintf("apitest: Fail: Status %d is neither 0 nor from 200 to 999", f.Status))
		}
		if f.Operation != "" {
			s.named(f.Operation)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, faults...)
}

// nextFault takes the fault of the request that has arrived for an operation, a zero one if there
// is none. The caller holds s.mu.
func (s *Server) nextFault(operation string) Fault {
	i := slices.IndexFunc(s.faults, func(f Fault) bool {
		return f.Operation == "" || f.Operation == operation
	})
	if i < 0 {
		return Fault{}
	}
	next := s.faults[i]
	s.faults = slices.Delete(s.faults, i, i+1)
	return next
}

// replacesResponse reports whether the fault comes in place of the server's own response.
func (f Fault) replacesResponse() bool { return f.Status != 0 || f.Body != "" }

// write writes the response that comes in place of the server's own.
func (f Fault) write(resp *response) {
	if f.Status != 0 {
		resp.status = f.Status
	}
	resp.body.WriteString(f.Body)
	if !json.Valid([]byte(f.Body)) {
		resp.header.Del("Content-Type") // net/http detects it
	}
}

// wait waits for the fault's delay. It ends the connection if the client goes away.
func (f Fault) wait(ctx context.Context) {
	timer := time.NewTimer(f.Delay)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
		panic(http.ErrAbortHandler)
	}
}

// send sends the response with the fault's header, cut short if the fault says so.
func (f Fault) send(w http.ResponseWriter, resp *response) {
	maps.Copy(w.Header(), resp.header)
	for name, values := range f.Header {
		w.Header()[http.CanonicalHeaderKey(name)] = values
	}
	body := resp.body.Bytes()
	if f.Cut {
		sendCut(w, resp.status, body)
		return
	}
	w.WriteHeader(resp.status)
	_, _ = w.Write(body)
}

// sendCut promises the whole body, sends the first half of it, and ends the connection.
func sendCut(w http.ResponseWriter, status int, body []byte) {
	promised := max(len(body), 1) // an empty body is cut too
	w.Header().Set("Content-Length", strconv.Itoa(promised))
	w.WriteHeader(status)
	_, _ = w.Write(body[:len(body)/2])
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}
