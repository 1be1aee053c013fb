package apitest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/internal/operation"
)

// Handle scripts an operation of the spec: from now on h responds to it, in place of the server
// itself or the handler before. The operation is given by its name in the generated client, which
// is that of its method without WithResponse.
//
// The handler is called after the API key and the rate limit were checked. Faults and the record
// of requests work as for any other operation. The response has the Content-Type application/json
// unless h sets another, and the status 200 unless h writes one. It is sent when h returns, so it
// cannot be streamed. [http.Request.PathValue] has the parameters in the path, by their names in
// the spec. A handler may call the server's methods. One that panics with [http.ErrAbortHandler]
// ends the connection without a response.
//
// Handle panics if the spec declares no operation of that name.
func (s *Server) Handle(operation string, h http.HandlerFunc) {
	s.named("Handle", operation)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.handlers[operation] = h
}

// HandleSubmission scripts an operation that submits a batch, which can then be waited for: newBatch
// makes the batch of a request, and the response has the status that the spec declares and the
// batch's id as batchRequestId. The body of the request is decoded into T, such as the generated
// type of the body, or [json.RawMessage]. To have every shipment fail, write
//
//	newBatch := func(shipments []generated.ShipmentItemSchema) apitest.Batch {
//		var items []generated.ShipmentResultItemSchema
//		for _, shipment := range shipments {
//			items = append(items, generated.ShipmentResultItemSchema{
//				RequestItem: shipment,
//				Errors:      []string{"carrier key is not active"},
//			})
//		}
//		return apitest.Batch{Statuses: []api.BatchStatus{"processing", "completed"}, Items: items}
//	}
//	apitest.HandleSubmission(server, "ShipOrders", newBatch)
//
// A body that does not decode gets a 400. For requests that come at the same time, newBatch is
// called at the same time. [Server.Handle] says what else holds for a script.
//
// HandleSubmission panics if the spec declares no operation of that name, or one whose success is
// not JSON. It is not a method, since those have no type parameters.
func HandleSubmission[T any](s *Server, operation string, newBatch func(submitted T) Batch) {
	status := successStatus(s.named("HandleSubmission", operation))
	s.Handle(operation, func(w http.ResponseWriter, r *http.Request) {
		var submitted T
		if err := json.NewDecoder(r.Body).Decode(&submitted); err != nil {
			writeError(w, http.StatusBadRequest, "apitest: the body does not decode: "+err.Error())
			return
		}
		id := s.AddBatch(newBatch(submitted))
		writeJSON(w, status, map[string]uuid.UUID{"batchRequestId": id})
	})
}

// named returns the operation with a name. It panics, on behalf of a function, if there is none.
func (s *Server) named(function, name string) *operation.Operation {
	if op := s.operations.Named(name); op != nil {
		return op
	}
	var names []string
	for _, op := range s.operations {
		names = append(names, op.Name)
	}
	panic(fmt.Sprintf("apitest: %s: the spec declares no operation %q, but %s",
		function, name, strings.Join(names, ", ")))
}

// successStatus returns the lowest status code that the spec declares for a success in JSON.
func successStatus(op *operation.Operation) int {
	for status := 200; status < 300; status++ {
		if op.DeclaresJSON(status, "application/json") {
			return status
		}
	}
	panic(fmt.Sprintf("apitest: HandleSubmission: the spec declares %v for %s, which is not JSON; "+
		"script it with Handle", op.Success, op.Name))
}
