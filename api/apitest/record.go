package apitest

import (
	"net/http"
	"time"

	"github.com/sellerscenter/client-go/internal/operation"
)

// Request is a request that the server received.
type Request struct {
	// Operation is the operation's name in the generated client: its method's, without
	// WithResponse. It is empty if the spec declares no such operation.
	Operation string
	Method    string
	URL       string // path and query
	Header    http.Header
	Body      []byte
	Time      time.Time // of arrival
	Status    int       // of the response; 0 until there is one, and if the client left first
}

// Requests returns the requests that the server has received so far, in the order of their arrival.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	var requests []Request
	for _, r := range s.requests {
		requests = append(requests, *r)
	}
	return requests
}

func newRequest(r *http.Request, body []byte, op *operation.Operation) *Request {
	record := &Request{
		Method: r.Method,
		URL:    r.URL.RequestURI(),
		Header: r.Header.Clone(),
		Body:   body,
		Time:   time.Now(),
	}
	if op != nil {
		record.Operation = op.Name
	}
	return record
}
