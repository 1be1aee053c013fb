// Package apitest is a fake Sellers Center server for tests of code that uses package api.
//
// A [Server] answers as the spec declares from batches that the test adds, fails as the test tells it to, and records the
// requests that it gets:
//
//	server := apitest.NewServer()
//	defer server.Close()
//	id := server.AddBatch(apitest.Batch{Statuses: []generated.RequestStatus{"pending", "processing", "completed"}})
//	client, err := api.New(apitest.URL, apitest.Key, api.WithHTTPClient(server.HTTPClient()))
//
// [Server.HTTPClient] reaches it in memory, without a socket, so that it works inside a [testing/synctest] bubble, where hours
// of waiting take no time; see the example. It is an [http.Handler] too, for [net/http/httptest.NewServer] where a socket is
// wanted.
//
// Batches are what the operation GetShipOrderBatchResults answers from. Any other operation that the spec declares answers 501
// until the test scripts it with [Server.Handle].
//
// In a bubble, call NewServer and Close inside it. A server that is not closed keeps goroutines, with which a bubble cannot end:
// synctest says "deadlock: main bubble goroutine has exited but blocked goroutines remain".
package apitest

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/generated"
)

// Key is the API key that a new server accepts; see [Server.SetKey].
const Key = "apitest-key-0123456789"

// Request is a request that the server got.
type Request struct {
	// Operation is the operation's name in the generated client, such as GetShipOrderBatchResults; empty for a path that the
	// spec does not declare.
	Operation string
	Method    string
	URL       string // path and query
	Header    http.Header
	Body      []byte
	Time      time.Time // of its arrival
	Status    int       // of the answer; 0 as long as there is none, and for good if the client went away before
}

// Server is a fake Sellers Center server. Make one with [NewServer]. It is safe for concurrent use.
type Server struct {
	mu       sync.Mutex
	key      string
	handlers map[string]http.HandlerFunc // by operation
	batches  map[uuid.UUID]*Batch
	faults   []Fault
	requests []*Request
	limit    int                    // requests per minute; 0 for none
	windows  map[string][]time.Time // of the requests in the last minute, by operation

	memory memory
}

// NewServer returns a server that accepts [Key], knows no batch, and has no rate limit. Close it after use of its HTTPClient.
func NewServer() *Server {
	s := &Server{key: Key, batches: map[uuid.UUID]*Batch{}}
	s.handlers = map[string]http.HandlerFunc{"GetShipOrderBatchResults": s.results}
	return s
}

// SetKey makes the server accept another API key from now on, and no longer the one before, as when a seller rotates it.
func (s *Server) SetKey(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.key = key
}

// Handle scripts an operation of the spec, given by its name in the generated client, such as GetShipOrderBatchResults: h
// answers it from now on, in place of the server's own answer or the handler before. It is asked after the API key and
// the rate limit; faults and the record of requests work as for any other. The answer's Content-Type is application/json unless
// h sets another, its status 200 unless h writes one. It is sent when h returns, hence without streaming. The parameters in the
// path are in [http.Request.PathValue], by their names in the spec. A handler may call the server's methods; one that panics with
// [http.ErrAbortHandler] ends the connection without an answer.
//
// Handle panics if the spec declares no operation of that name.
func (s *Server) Handle(operation string, h http.HandlerFunc) {
	var names []string
	for _, op := range generated.Operations {
		names = append(names, op.Name)
	}
	if !slices.Contains(names, operation) {
		panic(fmt.Sprintf("apitest: Handle: the spec declares no operation %q, but %s", operation, strings.Join(names, ", ")))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.handlers[operation] = h
}

// Requests returns the requests that the server got so far, in the order of their arrival.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	var requests []Request
	for _, r := range s.requests {
		requests = append(requests, *r)
	}
	return requests
}

// ServeHTTP makes the server an [http.Handler], for [net/http/httptest.NewServer].
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler) // the client went away
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	op := operation(r.Method, r.URL.EscapedPath())
	record := &Request{Method: r.Method, URL: r.URL.RequestURI(), Header: r.Header.Clone(), Body: body, Time: time.Now()}
	if op != nil {
		record.Operation = op.Name
	}

	s.mu.Lock()
	s.requests = append(s.requests, record)
	var fault Fault
	if len(s.faults) > 0 {
		fault, s.faults = s.faults[0], s.faults[1:]
	}
	s.mu.Unlock()

	a := newAnswer()
	if fault.Status != 0 || fault.Body != "" {
		a.status = cmp.Or(fault.Status, a.status)
		a.body.WriteString(fault.Body)
		if !json.Valid([]byte(fault.Body)) {
			a.header.Del("Content-Type") // net/http sees what it is
		}
	} else {
		s.serve(a, r, op)
	}
	fault.wait(r.Context())
	s.mu.Lock()
	record.Status = a.status
	s.mu.Unlock()
	a.send(w, fault)
}

// serve answers a request that meets no fault.
func (s *Server) serve(a *answer, r *http.Request, op *generated.Operation) {
	name := ""
	if op != nil {
		name = op.Name
	}
	withinLimit := s.count(a.header, name)
	s.mu.Lock()
	key, h := s.key, s.handlers[name]
	s.mu.Unlock()
	switch {
	case !withinLimit:
		a.refuse(http.StatusTooManyRequests, "too many requests")
	case r.Header.Get("X-API-Key") != key:
		a.refuse(http.StatusUnauthorized, "invalid API key")
	case h != nil:
		setPathValues(r, op)
		h(a, r)
	case op != nil:
		a.refuse(http.StatusNotImplemented, fmt.Sprintf("apitest: %s has no script; write server.Handle(%q, func(w http.ResponseWriter, r *http.Request) { ... })", name, name))
	case slices.ContainsFunc(generated.Operations, func(other generated.Operation) bool { return operation(other.Method, r.URL.EscapedPath()) != nil }):
		a.refuse(http.StatusMethodNotAllowed, "method not allowed")
	default: // not 404, which tests would take for an unknown batch
		a.refuse(http.StatusNotImplemented, fmt.Sprintf("apitest: the spec declares no operation %s %s", r.Method, r.URL.Path))
	}
}

// operation returns the operation of a request, nil if there is none. What goes before the operation's path is the base URL's.
func operation(method, path string) *generated.Operation {
	for i := range path {
		if path[i] == '/' {
			if op := generated.FindOperation(method, path[i:]); op != nil {
				return op
			}
		}
	}
	return nil
}

// setPathValues makes the path parameters of the spec known to [http.Request.PathValue], but for those that share a segment
// with other text.
func setPathValues(r *http.Request, op *generated.Operation) {
	template, path := strings.Split(op.Path, "/"), strings.Split(r.URL.EscapedPath(), "/")
	path = path[len(path)-len(template):] // past the base URL's prefix
	for i, segment := range template {
		if value, err := url.PathUnescape(path[i]); err == nil && strings.HasPrefix(segment, "{") && strings.HasSuffix(segment, "}") {
			r.SetPathValue(strings.Trim(segment, "{}"), value)
		}
	}
}

// answer holds back what a handler writes, until it is known whole.
type answer struct {
	header http.Header
	status int
	final  bool // the status is, since it was written
	body   bytes.Buffer
}

func newAnswer() *answer {
	return &answer{header: http.Header{"Content-Type": {"application/json; charset=utf-8"}}, status: http.StatusOK}
}

// Header, WriteHeader and Write are those of an [http.ResponseWriter], whose first status counts, but for the 1xx.
func (a *answer) Header() http.Header { return a.header }

func (a *answer) WriteHeader(status int) {
	if !a.final && status >= http.StatusOK {
		a.status, a.final = status, true
	}
}

func (a *answer) Write(b []byte) (int, error) {
	a.final = true
	return a.body.Write(b)
}

func (a *answer) json(status int, value any) {
	a.WriteHeader(status)
	_ = json.NewEncoder(&a.body).Encode(value) // generated types: it does not fail
}

func (a *answer) refuse(status int, text string) {
	a.json(status, generated.BadRequestSchema{Message: text})
}
