package api

import "github.com/google/uuid"

// BatchError says which batch failed, or was unfinished when the wait ended.
type BatchError struct {
	// ID is the batch's id, with which to ask for it again: no batch is lost with an error.
	ID uuid.UUID
	// Status is the last status that was seen, empty if none was.
	Status BatchStatus
	// Err is the reason. It wraps ErrBatchFailed when the batch ended as failed.
	Err error
}

// Error names the batch and the reason.
func (e *BatchError) Error() string {
	return prefix + joined("batch "+e.ID.String(), textOf(e.Err))
}

// Unwrap returns the reason.
func (e *BatchError) Unwrap() error { return e.Err }

// textError has a text of its own for the causes that it matches.
type textError struct {
	text   string
	causes error
}

func (e *textError) Error() string { return e.text }
func (e *textError) Unwrap() error { return e.causes }
