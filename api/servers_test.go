package api_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
)

// errDial is what net/http returns when nothing listens.
var errDial = &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connect: connection refused")}

// failures are answers that are no response, but what a transport returns in place of one.
var failures = map[string]error{
	"refused":   errDial,
	"no host":   &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", IsNotFound: true}},
	"untrusted": &tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}},
	"not TLS":   http.ErrSchemeMismatch,
}

// serve is a server that gives one answer after the other, the last one for good. An answer is a
// status of the batch; or, if it is a number, a status code, with a Retry-After if there is one
// behind a slash; or a body in JSON or HTML; or, behind an equals sign, any body under the type of
// JSON; or "hang", which ends with the request's context; or one of the failures.
func serve(all ...string) *recording {
	s := record(func(n int, w http.ResponseWriter, r *http.Request) {
		writeAnswer(w, r, all[min(n, len(all))-1])
	})
	s.fails = func(n int, r *http.Request) error {
		answer := all[min(n, len(all))-1]
		if answer == "hang" {
			<-r.Context().Done()
			return r.Context().Err()
		}
		return failures[answer]
	}
	return s
}

func writeAnswer(w http.ResponseWriter, r *http.Request, answer string) {
	number, retryAfter, told := strings.Cut(answer, "/")
	if told {
		w.Header().Set("Retry-After", retryAfter)
	}
	if status, err := strconv.Atoi(number); err == nil {
		writeJSON(w, status, `{"message":"no"}`)
		return
	}
	if body, ok := strings.CutPrefix(answer, "="); ok {
		writeJSON(w, http.StatusOK, body)
		return
	}
	if strings.HasPrefix(answer, "<") {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, answer)
		return
	}
	if !strings.HasPrefix(answer, "{") {
		answer = fmt.Sprintf(`{"batchRequestId":%q,"status":%q,"items":[]}`, requestedBatch(r), answer)
	}
	writeJSON(w, http.StatusOK, answer)
}

func requestedBatch(r *http.Request) uuid.UUID {
	return uuid.MustParse(r.URL.Query().Get("batch_request_id"))
}

func newIDs(n int) []uuid.UUID {
	ids := make([]uuid.UUID, n)
	for i := range ids {
		ids[i] = uuid.New()
	}
	return ids
}

// recording is a server that records when each request comes and which batch it asks for.
type recording struct {
	latency time.Duration
	answer  func(n int, w http.ResponseWriter, r *http.Request) // the nth, from 1; nil for completed
	fails   func(n int, r *http.Request) error                  // in place of an answer, if not nil
	start   time.Time

	mu      sync.Mutex
	arrived []time.Duration
	batches []uuid.UUID
}

func record(answer func(n int, w http.ResponseWriter, r *http.Request)) *recording {
	return &recording{answer: answer, start: time.Now()}
}

func (s *recording) RoundTrip(r *http.Request) (*http.Response, error) {
	s.mu.Lock()
	s.arrived = append(s.arrived, time.Since(s.start))
	s.batches = append(s.batches, requestedBatch(r))
	n := len(s.arrived)
	s.mu.Unlock()
	time.Sleep(s.latency)
	if s.fails != nil {
		if err := s.fails(n, r); err != nil {
			return nil, err
		}
	}
	w := newRecorder()
	if s.answer == nil {
		writeAnswer(w, r, "completed")
	} else {
		s.answer(n, w, r)
	}
	return w.response(r), nil
}

// by returns how many requests had come by a time.
func (s *recording) by(d time.Duration) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n, _ := slices.BinarySearch(s.arrived, d+1)
	return n
}
