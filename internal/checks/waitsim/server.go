// Package waitsim simulates waiting for batches on a fake clock: this client and what a user would
// write instead, against servers that count requests in the three usual ways.
package waitsim

import (
	"bytes"
	"encoding/json"
	"io"
	"math"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/google/uuid"
)

// Server is an http.RoundTripper that tells the state of batches, each request after a latency and
// within a limit.
type Server struct {
	// Silent leaves out the headers that tell about the limit.
	Silent bool

	counter Counter
	latency Latency
	began   time.Time

	mu       sync.Mutex
	random   *rand.Rand
	batches  map[uuid.UUID]*batch
	requests int
	refused  int
}

// batch is what the server knows about a batch.
type batch struct {
	need  Need
	polls int
}

// NewServer returns a server that has the batches of the scenario, from now on, and their ids.
func NewServer(counter Counter, latency Latency, scenario Scenario, seed uint64) (*Server, []uuid.UUID) {
	s := &Server{
		counter: counter,
		latency: latency,
		began:   time.Now(),
		random:  rand.New(rand.NewPCG(seed, 1)),
		batches: map[uuid.UUID]*batch{},
	}
	var ids []uuid.UUID
	for range scenario.Batches {
		id := s.newID()
		ids = append(ids, id)
		s.batches[id] = &batch{need: scenario.Done(s.random)}
	}
	return s, ids
}

func (s *Server) newID() uuid.UUID {
	var id uuid.UUID
	for i := range id {
		id[i] = byte(s.random.Uint32() & 0xff)
	}
	return id
}

// Delay returns for how long a batch has been done. One that needs polls alone counts as done from
// the beginning.
func (s *Server) Delay(id uuid.UUID) time.Duration {
	return time.Since(s.began) - s.batches[id].need.Time
}

// Requests returns how many requests came.
func (s *Server) Requests() int { return s.requests }

// Refused returns how many requests were refused.
func (s *Server) Refused() int { return s.refused }

// RoundTrip implements http.RoundTripper.
func (s *Server) RoundTrip(r *http.Request) (*http.Response, error) {
	latency := s.drawLatency()
	if err := sleep(r, latency/2); err != nil {
		return nil, err
	}
	resp, err := s.respond(r)
	if err != nil {
		return nil, err
	}
	if err := sleep(r, latency-latency/2); err != nil {
		return nil, err
	}
	return resp, nil
}

func (s *Server) drawLatency() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.latency(s.random)
}

func (s *Server) respond(r *http.Request) (*http.Response, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	s.requests++
	verdict := s.counter.Count(now)
	header := http.Header{}
	header.Set("Content-Type", "application/json")
	header.Set("Date", now.UTC().Format(http.TimeFormat))
	if !s.Silent {
		header.Set("X-RateLimit-Limit", strconv.Itoa(limit))
		header.Set("X-RateLimit-Remaining", strconv.Itoa(verdict.Remaining))
	}
	if !verdict.Allowed {
		s.refused++
		header.Set("Retry-After", strconv.Itoa(int(math.Ceil(verdict.Wait.Seconds()))))
		return response(r, http.StatusTooManyRequests, header, message("slow down"))
	}
	id, err := uuid.Parse(r.URL.Query().Get("batch_request_id"))
	if err != nil {
		return response(r, http.StatusBadRequest, header, message("no batch id"))
	}
	b, ok := s.batches[id]
	if !ok {
		return response(r, http.StatusNotFound, header, message("no such batch"))
	}
	return response(r, http.StatusOK, header, map[string]any{
		"batchRequestId": id,
		"status":         b.poll(now.Sub(s.began)),
		"items":          []any{},
	})
}

// poll counts a poll at a time from the beginning, and returns the status that it finds.
func (b *batch) poll(at time.Duration) string {
	b.polls++
	if at < b.need.Time || b.polls < b.need.Polls {
		return "processing"
	}
	return "completed"
}

func message(text string) map[string]any { return map[string]any{"message": text} }

func response(r *http.Request, status int, header http.Header, body any) (*http.Response, error) {
	b, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	return &http.Response{
		StatusCode:    status,
		Header:        header,
		Body:          io.NopCloser(bytes.NewReader(b)),
		ContentLength: int64(len(b)),
		Request:       r,
	}, nil
}

func sleep(r *http.Request, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-r.Context().Done():
		return r.Context().Err()
	}
}
