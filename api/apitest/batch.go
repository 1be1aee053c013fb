package apitest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/internal/operation"
)

// Batch is a batch as the server knows it. Every operation that gives the state of a batch serves
// it.
type Batch struct {
	// ID is the batchRequestId; AddBatch chooses one if it is zero.
	ID uuid.UUID
	// Statuses are what successive polls see; the last one stays. The default is completed.
	// AddBatch panics if package api does not know one, since a wait would then never end; script a
	// future status with [Server.Handle].
	Statuses []api.BatchStatus
	// Items says what happened to each item: a slice of any type that encodes as the spec declares,
	// such as the generated one. They are sent once the status is completed or failed; until then
	// the list is empty. They are sent unchanged, valid or not: a nil slice in an item, for
	// instance, is sent as null, which the client reads as an empty list.
	Items any
}

// AddBatch adds a batch, in place of any with the same ID, and returns the ID. The server keeps no
// reference to b's memory. AddBatch panics if Items is not a slice or cannot be encoded.
func (s *Server) AddBatch(b Batch) uuid.UUID {
	id := b.ID
	if id == uuid.Nil {
		id = uuid.New()
	}
	added := &batch{
		statuses: checkStatuses(b.Statuses),
		items:    encodeItems(b.Items),
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.batches[id] = added
	return id
}

// batch is what the server keeps of a Batch.
type batch struct {
	statuses []api.BatchStatus // that the next polls see; never empty
	items    json.RawMessage
}

// next returns the status that a poll sees, and moves on to the next one.
func (b *batch) next() api.BatchStatus {
	status := b.statuses[0]
	if len(b.statuses) > 1 {
		b.statuses = b.statuses[1:]
	}
	return status
}

// checkStatuses returns a copy of the statuses, or the default.
func checkStatuses(statuses []api.BatchStatus) []api.BatchStatus {
	if len(statuses) == 0 {
		return []api.BatchStatus{api.StatusCompleted}
	}
	for _, status := range statuses {
		if !known(status) {
			panic(fmt.Sprintf("apitest: AddBatch: unknown status %q; "+
				"script a future status with Handle", status))
		}
	}
	return slices.Clone(statuses)
}

func known(status api.BatchStatus) bool {
	switch status {
	case api.StatusPending, api.StatusProcessing, api.StatusCompleted, api.StatusRetry, api.StatusFailed:
		return true
	default:
		return false
	}
}

// writeBatch writes the state of the batch that the request asks for.
func (s *Server) writeBatch(resp *response, r *http.Request, op *operation.Operation) {
	id, err := uuid.Parse(batchParameter(r, op))
	if err != nil {
		writeError(resp, http.StatusBadRequest, op.BatchParameter+" must be a UUID")
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.batches[id]
	if b == nil {
		writeError(resp, http.StatusNotFound, "batch request not found")
		return
	}
	state := batchState{ID: id, Status: b.next(), Items: noItems}
	if state.Status == api.StatusCompleted || state.Status == api.StatusFailed {
		state.Items = b.items
	}
	writeJSON(resp, http.StatusOK, state)
}

// batchState is the envelope that all batches share.
type batchState struct {
	ID     uuid.UUID       `json:"batchRequestId"`
	Status api.BatchStatus `json:"status"`
	Items  json.RawMessage `json:"items"`
}

// batchParameter returns the value of the parameter that names the batch.
func batchParameter(r *http.Request, op *operation.Operation) string {
	name := op.BatchParameter
	if strings.Contains(op.Path, "{"+name+"}") {
		return r.PathValue(name)
	}
	return r.URL.Query().Get(name)
}
