package apitest

import (
	"fmt"
	"net/http"
	"slices"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/generated"
)

// Batch is a batch of shipments, as the server knows it.
type Batch struct {
	// ID is the batchRequestId; AddBatch chooses one if it is zero.
	ID uuid.UUID
	// Statuses lists what the polls see, one after the other; the last one stays. The default is completed. AddBatch panics at one
	// that the spec does not declare, which would be waited for without end; [Server.Handle] can answer one of the future.
	Statuses []generated.RequestStatus
	// Items is what happened to each shipment, sent once the status is completed or failed; until then the list is empty. They are
	// sent as they are, also where a field is empty that the spec wants filled.
	Items []generated.ShipmentResultItemSchema
}

// AddBatch makes the server know a batch, in place of one with the same id, and returns the id. The server keeps nothing of b's
// slices.
func (s *Server) AddBatch(b Batch) uuid.UUID {
	if b.ID == uuid.Nil {
		b.ID = uuid.New()
	}
	b.Statuses = slices.Clone(b.Statuses)
	if len(b.Statuses) == 0 {
		b.Statuses = []generated.RequestStatus{generated.RequestStatusCompleted}
	}
	for _, status := range b.Statuses {
		if !status.Valid() {
			panic(fmt.Sprintf("apitest: AddBatch: the spec declares no status %q; script one of the future with Handle", status))
		}
	}
	// The spec declares lists, also where a test leaves them out.
	b.Items = append([]generated.ShipmentResultItemSchema{}, b.Items...)
	for i := range b.Items {
		item := &b.Items[i]
		item.Errors = append([]string{}, item.Errors...)
		item.RequestItem.OrderItems = append([]int64{}, item.RequestItem.OrderItems...)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.batches[b.ID] = &b
	return b.ID
}

// results answers GetShipOrderBatchResults.
func (s *Server) results(w http.ResponseWriter, r *http.Request) {
	a := w.(*answer) //nolint:forcetypeassert // of the server's own handler
	id, err := uuid.Parse(r.URL.Query().Get("batch_request_id"))
	if err != nil {
		a.refuse(http.StatusBadRequest, "batch_request_id must be a UUID")
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.batches[id]
	if b == nil {
		a.refuse(http.StatusNotFound, "batch request not found")
		return
	}
	result := generated.ShipmentOrderResultsResponseSchema{
		BatchRequestID: id, Status: b.Statuses[0], Items: []generated.ShipmentResultItemSchema{},
	}
	if len(b.Statuses) > 1 {
		b.Statuses = b.Statuses[1:]
	}
	if result.Status == generated.RequestStatusCompleted || result.Status == generated.RequestStatusFailed {
		result.Items = b.Items
	}
	a.json(http.StatusOK, result)
}
