package apitest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/internal/operation"
)

// HandleSubmission scripts an operation that submits a batch, which can then be waited for:
// newBatch makes a batch from each request, and the response has the status that the spec declares
// and the batch's id as batchRequestId. The body of the request is decoded into T, such as the
// generated type of the body, or [json.RawMessage]. To have every shipment fail, write
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
// A body that does not decode gets a 400; without a body, submitted is zero. newBatch may be called
// concurrently. What [Server.Handle] says about handlers holds here too.
//
// HandleSubmission panics if the spec declares no operation of that name, or one whose success is
// not JSON. It is a function because methods cannot have type parameters.
func HandleSubmission[T any](s *Server, operation string, newBatch func(submitted T) Batch) {
	status := successStatus(s.named(operation))
	s.Handle(operation, func(w http.ResponseWriter, r *http.Request) {
		var submitted T
		err := json.NewDecoder(r.Body).Decode(&submitted)
		if err != nil && !errors.Is(err, io.EOF) {
			writeError(w, http.StatusBadRequest, "apitest: the body does not decode: "+err.Error())
			return
		}
		id := s.AddBatch(newBatch(submitted))
		writeJSON(w, status, map[string]uuid.UUID{"batchRequestId": id})
	})
}

// successStatus returns the lowest status code that the spec declares for a success in JSON.
func successStatus(op *operation.Operation) int {
	for status := 200; status < 300; status++ {
		success, err := op.Declared(status, "application/json")
		if err == nil && len(success.ContentTypes) > 0 {
			return status
		}
	}
	panic(fmt.Sprintf("apitest: HandleSubmission: the spec declares %v for %s, which is not JSON; "+
		"script it with Handle", op.Success, op.Name))
}
