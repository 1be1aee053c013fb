package api

import (
	"fmt"
	"strings"

	"github.com/google/uuid"
)

// BatchError tells which batch failed, or of which the end was not seen.
type BatchError struct {
	// ID is the batch's id, by which it can be asked for again: no batch is lost with an error.
	ID uuid.UUID
	// Status is the last status that was seen, empty if none was.
	Status BatchStatus
	// Err is the reason. It wraps ErrBatchFailed when the batch ended as failed.
	Err error
}

// Error names the batch and the reason.
func (e *BatchError) Error() string {
	if e.Err == nil {
		return fmt.Sprintf("%sbatch %s", prefix, e.ID)
	}
	return fmt.Sprintf("%sbatch %s: %s", prefix, e.ID, textOfCause(e.Err))
}

// Unwrap returns the reason.
func (e *BatchError) Unwrap() error { return e.Err }

// textOfCause returns the text of an error within another one, without the prefix that that one
// has.
func textOfCause(err error) string { return strings.TrimPrefix(err.Error(), prefix) }

// waitEnd says what ended a wait, and keeps what its error is to match.
type waitEnd struct {
	text   string
	causes error
}

func (e *waitEnd) Error() string { return e.text }
func (e *waitEnd) Unwrap() error { return e.causes }
