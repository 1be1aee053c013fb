// Package waitsim simulates waiting for batches on a fake clock: this client and what a user would write instead, against
// servers that count requests in the three usual ways.
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

	"github.com/sellerscenter/client-go/generated"
)

// The rate limit that the spec states.
const (
	limit  = 200
	window = 60 * time.Second
)

// Counter decides which requests are within the limit. Refused requests count too.
type Counter interface {
	// Count counts a request at now, says whether it is within the limit, how many are left, and how long it takes until
	// one is again.
	Count(now time.Time) (ok bool, remaining int, wait time.Duration)
}

// SlidingLog counts the requests of the last window exactly.
type SlidingLog struct{ log []time.Time }

// Count implements Counter.
func (s *SlidingLog) Count(now time.Time) (bool, int, time.Duration) {
	for len(s.log) > 0 && now.Sub(s.log[0]) >= window {
		s.log = s.log[1:]
	}
	s.log = append(s.log, now)
	used := len(s.log)
	if used <= limit {
		return true, limit - used, 0
	}
	return false, 0, window - now.Sub(s.log[used-limit])
}

// FixedWindow counts in windows of the clock.
type FixedWindow struct {
	start time.Time
	used  int
}

// Count implements Counter.
func (f *FixedWindow) Count(now time.Time) (bool, int, time.Duration) {
	if start := now.Truncate(window); start != f.start {
		f.start, f.used = start, 0
	}
	f.used++
	return f.used <= limit, max(limit-f.used, 0), f.start.Add(window).Sub(now)
}

// WeightedCounter estimates a sliding window from the counts of two fixed ones.
type WeightedCounter struct {
	start          time.Time
	used, previous int
}

// Count implements Counter.
func (w *WeightedCounter) Count(now time.Time) (bool, int, time.Duration) {
	switch start := now.Truncate(window); {
	case start.Equal(w.start):
	case start.Equal(w.start.Add(window)):
		w.start, w.previous, w.used = start, w.used, 0
	default:
		w.start, w.previous, w.used = start, 0, 0
	}
	w.used++
	left := 1 - float64(now.Sub(w.start))/float64(window)
	estimate := float64(w.previous)*left + float64(w.used)
	if estimate <= limit {
		return true, limit - int(math.Ceil(estimate)), 0
	}
	if w.previous == 0 {
		return false, 0, time.Duration(left * float64(window))
	}
	return false, 0, time.Duration((estimate - limit) / float64(w.previous) * float64(window))
}

// Server is an http.RoundTripper that answers for batches which end at given times, after a latency.
type Server struct {
	Counter Counter
	// Latency of a request there and back.
	Latency func(*rand.Rand) time.Duration

	mu       sync.Mutex
	random   *rand.Rand
	batches  map[uuid.UUID]time.Time
	Requests int
	Refused  int
	Refusals map[time.Duration]int
	began    time.Time
}

// NewServer returns a server with batches that end between 5 and 125 s from now.
func NewServer(counter Counter, latency func(*rand.Rand) time.Duration, batches int, seed uint64) (*Server, []uuid.UUID) {
	s := &Server{
		Counter: counter, Latency: latency, random: rand.New(rand.NewPCG(seed, 1)), batches: map[uuid.UUID]time.Time{}, began: time.Now(),
	}
	var ids []uuid.UUID
	for range batches {
		var id uuid.UUID
		for i := range id {
			id[i] = byte(s.random.Uint32() & 0xff)
		}
		ids = append(ids, id)
		s.batches[id] = s.began.Add(5*time.Second + time.Duration(s.random.Int64N(int64(120*time.Second))))
	}
	return s, ids
}

// Done returns when a batch ends.
func (s *Server) Done(id uuid.UUID) time.Time { return s.batches[id] }

// RoundTrip implements http.RoundTripper.
func (s *Server) RoundTrip(r *http.Request) (*http.Response, error) {
	s.mu.Lock()
	latency := s.Latency(s.random)
	s.mu.Unlock()
	if err := sleep(r, latency/2); err != nil {
		return nil, err
	}
	status, header, body := s.answer(r)
	if err := sleep(r, latency-latency/2); err != nil {
		return nil, err
	}
	b, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(bytes.NewReader(b)), ContentLength: int64(len(b)), Request: r}, nil
}

func (s *Server) answer(r *http.Request) (int, http.Header, any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	s.Requests++
	ok, remaining, wait := s.Counter.Count(now)
	h := http.Header{
		"Content-Type": {"application/json"}, "Date": {now.UTC().Format(http.TimeFormat)},
		"X-Ratelimit-Limit": {strconv.Itoa(limit)}, "X-Ratelimit-Remaining": {strconv.Itoa(remaining)},
	}
	if !ok {
		s.Refused++
		h.Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
		return http.StatusTooManyRequests, h, generated.BadRequestSchema{Message: "slow down"}
	}
	id, err := uuid.Parse(r.URL.Query().Get("batch_request_id"))
	done, known := s.batches[id]
	if err != nil || !known {
		return http.StatusNotFound, h, generated.BadRequestSchema{Message: "no such batch"}
	}
	status := generated.RequestStatusProcessing
	if !now.Before(done) {
		status = generated.RequestStatusCompleted
	}
	return http.StatusOK, h, generated.ShipmentOrderResultsResponseSchema{BatchRequestID: id, Status: status, Items: []generated.ShipmentResultItemSchema{}}
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

// Fixed returns a latency that is always the same.
func Fixed(d time.Duration) func(*rand.Rand) time.Duration {
	return func(*rand.Rand) time.Duration { return d }
}

// Between returns a latency that is evenly distributed.
func Between(low, high time.Duration) func(*rand.Rand) time.Duration {
	return func(r *rand.Rand) time.Duration { return low + time.Duration(r.Int64N(int64(high-low))) }
}
