package api

import (
	"fmt"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/generated"
)

// BatchError tells which batch could not be brought to its end, or ended badly.
type BatchError struct {
	// ID is the batch's id, by which it can be asked for again: no batch is lost with an error.
	ID uuid.UUID
	// Status is the last status that was seen, empty if none was.
	Status generated.RequestStatus
	// Err is the reason. It is or wraps [ErrBatchFailed] when the batch ended as failed.
	Err error
}

// Error names the batch, its last status and the reason.
func (e *BatchError) Error() string {
	status := e.Status
	if status == "" {
		status = "unknown"
	}
	return fmt.Sprintf("sellerscenter: batch %s (last status %s): %v", e.ID, status, e.Err)
}

// Unwrap returns the reason.
func (e *BatchError) Unwrap() error { return e.Err }
