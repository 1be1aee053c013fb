package apitest

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/sellerscenter/client-go/internal/operation"
)

// Handle scripts an operation of the spec: from now on h responds to it, in place of the server
// itself or an earlier handler. The operation is named as in the generated client: its method's
// name, without WithResponse.
//
// The handler is called after the API key and the rate limit have been checked. Faults and the
// record of requests work as for any other operation. The response has the Content-Type
// application/json unless h sets another, and the status 200 unless h writes one. It is sent when h
// returns, so it cannot be streamed. [http.Request.PathValue] has the parameters in the path, by
// their names in the spec. A handler may call the server's methods. One that panics with
// [http.ErrAbortHandler] ends the connection without a response.
//
// Handle panics if the spec declares no operation of that name.
func (s *Server) Handle(operation string, h http.HandlerFunc) {
	s.named(operation)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.handlers[operation] = h
}

// named returns the operation with a name. It panics if there is none.
func (s *Server) named(name string) *operation.Operation {
	if op := s.operations.Named(name); op != nil {
		return op
	}
	var names []string
	for _, op := range s.operations {
		names = append(names, op.Name)
	}
	panic(fmt.Sprintf("apitest: the spec declares no operation %q; it has %s",
		name, strings.Join(names, ", ")))
}
