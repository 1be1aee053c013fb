// Package apitest is a fake Sellers Center server for tests of code that uses package api.
//
// A [Server] responds as the spec declares, from the batches that a test adds. It fails when the
// test tells it to, and records the requests that it receives:
//
//	server := apitest.NewServer()
//	defer server.Close()
//	id := server.AddBatch(apitest.Batch{Statuses: []api.BatchStatus{"pending", "completed"}})
//	client, err := api.New(apitest.URL, apitest.Key, api.WithHTTPClient(server.HTTPClient()))
//
// [Server.HTTPClient] reaches it in memory, without a socket, so that it works inside a
// [testing/synctest] bubble, where hours of waiting take no time; see the example. A Server is an
// [http.Handler] too, for [net/http/httptest.NewServer] where a socket is needed.
//
// Every operation of the spec that gives the state of a batch serves these batches, including
// operations that the spec gains. Any other operation that the spec declares responds with 501
// until the test scripts it: with [HandleSubmission] if it submits a batch, with [HandleList] if it
// returns a list, or else with [Server.Handle].
//
// In a bubble, call both NewServer and Close inside it. A server that is not closed leaves
// goroutines running, so the bubble cannot end: synctest says "deadlock: main bubble goroutine has
// exited but blocked goroutines remain".
package apitest

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"sync"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/generated"
	"github.com/sellerscenter/client-go/internal/operation"
)

// Key is the API key that a new server accepts; see [Server.SetKey].
const Key = "apitest-key-0123456789"

// Server is a fake Sellers Center server. Make one with [NewServer]. It is safe for concurrent
// use.
type Server struct {
	operations operation.Table

	mu       sync.Mutex
	key      string
	handlers map[string]http.HandlerFunc // by operation
	batches  map[uuid.UUID]*batch
	faults   []Fault
	requests []*Request
	limit    limit

	memory memory
}

// NewServer returns a server that accepts [Key], knows no batch, and has no rate limit. Close it
// when its HTTPClient is no longer used.
func NewServer() *Server {
	return &Server{
		operations: generated.Operations,
		key:        Key,
		handlers:   map[string]http.HandlerFunc{},
		batches:    map[uuid.UUID]*batch{},
	}
}

// SetKey makes the server accept key from now on, in place of the previous one, as when a seller
// rotates the API key.
func (s *Server) SetKey(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.key = key
}

// ServeHTTP makes the server an [http.Handler], for [net/http/httptest.NewServer].
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler) // the client went away
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	op := s.find(r.Method, r.URL.EscapedPath())
	record := newRequest(r, body, op)

	s.mu.Lock()
	s.requests = append(s.requests, record)
	fault := s.nextFault(record.Operation)
	s.mu.Unlock()

	resp := newResponse()
	if fault.replacesResponse() {
		fault.write(resp)
	} else {
		s.respond(resp, r, op)
	}
	fault.wait(r.Context())

	s.mu.Lock()
	record.Status = resp.status
	s.mu.Unlock()
	fault.send(w, resp)
}

// respond writes the response to a request, whose operation is nil if the spec declares none.
func (s *Server) respond(resp *response, r *http.Request, op *operation.Operation) {
	name := ""
	if op != nil {
		name = op.Name
	}
	s.mu.Lock()
	allowed := s.limit.count(resp.header, name)
	key := s.key
	handler := s.handlers[name]
	s.mu.Unlock()

	switch {
	case !allowed:
		writeError(resp, http.StatusTooManyRequests, "too many requests")
	case r.Header.Get("X-API-Key") != key:
		writeError(resp, http.StatusUnauthorized, "invalid API key")
	case op == nil:
		s.refuse(resp, r)
	case handler != nil:
		setPathValues(r, op.Path)
		handler(resp, r)
	case op.BatchParameter != "":
		setPathValues(r, op.Path)
		s.writeBatch(resp, r, op)
	default:
		writeError(resp, http.StatusNotImplemented, fmt.Sprintf("apitest: %s has no script; "+
			"write server.Handle(%q, func(w http.ResponseWriter, r *http.Request) { ... })", name, name))
	}
}

// refuse writes the response to a request that the spec does not declare.
func (s *Server) refuse(resp *response, r *http.Request) {
	if s.declaresPath(r.URL.EscapedPath()) {
		writeError(resp, http.StatusMethodNotAllowed, "method not allowed")
		return
	}
	// Not a 404, which tests would take for an unknown batch.
	message := fmt.Sprintf("apitest: the spec declares no operation %s %s", r.Method, r.URL.Path)
	writeError(resp, http.StatusNotImplemented, message)
}
