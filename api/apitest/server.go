// Package apitest is a fake Sellers Center server for tests of code that uses package api.
//
// A [Server] answers as the spec declares from batches that the test adds, fails as the test tells it to, and records the
// requests that it gets. It is an [http.Handler], and [Server.HTTPClient] reaches it in memory, without a socket, so that it
// works inside a [testing/synctest] bubble too.
package apitest

import (
	"encoding/json"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/generated"
)

// Key is the API key that a new server accepts.
const Key = "apitest-key-0123456789"

// Batch is a batch of shipments, as the server knows it.
type Batch struct {
	// ID is the batchRequestId; AddBatch chooses one if it is zero.
	ID uuid.UUID
	// Statuses lists what the polls see, one after the other; the last one stays. The default is completed.
	Statuses []generated.RequestStatus
	// Items is what happened to each shipment, told with a status that is terminal; until then the list is empty.
	Items []generated.ShipmentResultItemSchema
}

// Request is a request that the server got.
type Request struct {
	Method string
	URL    string // path and query
	Header http.Header
	Time   time.Time
	Status int // of the answer
}

// Server is a fake Sellers Center server. It is safe for concurrent use.
type Server struct {
	mu       sync.Mutex
	batches  map[uuid.UUID]*Batch
	faults   []Fault
	requests []Request
	limit    int         // requests per minute; 0 for none
	window   []time.Time // of the requests in the last minute
	memory   memory
}

// NewServer returns a server that knows no batch. Close it after use of its HTTPClient.
func NewServer() *Server {
	return &Server{batches: map[uuid.UUID]*Batch{}}
}

// AddBatch makes the server know a batch, or know it anew, and returns its id.
func (s *Server) AddBatch(b Batch) uuid.UUID {
	if b.ID == uuid.Nil {
		b.ID = uuid.New()
	}
	b.Statuses = slices.Clone(b.Statuses)
	if len(b.Statuses) == 0 {
		b.Statuses = []generated.RequestStatus{generated.RequestStatusCompleted}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.batches[b.ID] = &b
	return b.ID
}

// LimitRequests allows each operation perMinute requests in any 60 seconds, refused ones included, as the real server does. It
// tells the limit and what remains of it in its answers, and with a 429 when to come back. 0, the default, is no limit.
func (s *Server) LimitRequests(perMinute int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.limit, s.window = perMinute, nil
}

// count counts a request, writes the headers that tell about the limit, and reports whether it is within it.
func (s *Server) count(h http.Header) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.limit == 0 {
		return true
	}
	now := time.Now()
	s.window = slices.DeleteFunc(s.window, func(t time.Time) bool { return now.Sub(t) >= time.Minute })
	s.window = append(s.window, now)
	used := len(s.window)
	h.Set("X-RateLimit-Limit", strconv.Itoa(s.limit))
	h.Set("X-RateLimit-Remaining", strconv.Itoa(max(s.limit-used, 0)))
	if used <= s.limit {
		return true
	}
	wait := time.Minute - now.Sub(s.window[used-s.limit])
	h.Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
	return false
}

// Requests returns the requests that the server got so far, in the order of their arrival.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// ServeHTTP answers a request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	n := len(s.requests)
	s.requests = append(s.requests, Request{Method: r.Method, URL: r.URL.RequestURI(), Header: r.Header.Clone(), Time: time.Now()})
	var fault *Fault
	if len(s.faults) > 0 {
		fault, s.faults = &s.faults[0], s.faults[1:]
	}
	s.mu.Unlock()

	var status int
	var body []byte
	if fault == nil || fault.Status == 0 {
		var value any
		if s.count(w.Header()) {
			status, value = s.answer(r)
		} else {
			status, value = http.StatusTooManyRequests, generated.BadRequestSchema{Message: "too many requests"}
		}
		body, _ = json.Marshal(value) // generated types and strings: it does not fail
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
	} else {
		status, body = fault.Status, []byte(fault.Body)
	}
	s.mu.Lock()
	s.requests[n].Status = status
	s.mu.Unlock()

	if fault != nil {
		fault.write(w, r, status, body)
		return
	}
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

func (s *Server) answer(r *http.Request) (int, any) {
	refuse := func(status int, text string) (int, any) {
		return status, generated.BadRequestSchema{Message: text}
	}
	switch {
	case r.Header.Get("X-API-Key") != Key:
		return refuse(http.StatusUnauthorized, "invalid API key")
	case !strings.HasSuffix(r.URL.Path, "/api/v1/results/ship-orders"):
		return refuse(http.StatusNotImplemented, "apitest: "+r.Method+" "+r.URL.Path+" is not an operation of this server")
	case r.Method != http.MethodGet:
		return refuse(http.StatusMethodNotAllowed, "method not allowed")
	}
	id, err := uuid.Parse(r.URL.Query().Get("batch_request_id"))
	if err != nil {
		return refuse(http.StatusBadRequest, "batch_request_id must be a UUID")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.batches[id]
	if b == nil {
		return refuse(http.StatusNotFound, "batch request not found")
	}
	result := generated.ShipmentOrderResultsResponseSchema{
		BatchRequestID: id, Status: b.Statuses[0], Items: []generated.ShipmentResultItemSchema{},
	}
	if len(b.Statuses) > 1 {
		b.Statuses = b.Statuses[1:]
	}
	if result.Status == generated.RequestStatusCompleted || result.Status == generated.RequestStatusFailed {
		result.Items = append(result.Items, b.Items...)
	}
	return http.StatusOK, result
}
