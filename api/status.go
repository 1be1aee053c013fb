package api

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"regexp"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/internal/operation"
)

// BatchStatus is what the API calls the state of a batch: one of the constants, or another that
// this version does not know. The status of a result has a generated type of its own: convert it, as
// in BatchStatus(batch.Status).
type BatchStatus string

// The states of a batch that the API documents.
const (
	StatusPending    BatchStatus = "pending"
	StatusProcessing BatchStatus = "processing"
	// StatusCompleted ends a batch. It does not mean that all went well: each item has its own
	// success and errors.
	StatusCompleted BatchStatus = "completed"
	// StatusRetry asks for patience: the batch is still in progress.
	StatusRetry BatchStatus = "retry"
	// StatusFailed ends a batch that failed as a whole.
	StatusFailed BatchStatus = "failed"
)

var knownStatuses = []BatchStatus{
	StatusPending, StatusProcessing, StatusCompleted, StatusRetry, StatusFailed,
}

var (
	errNoResult = errors.New("the client returned neither a result nor an error; is it a fake?")
	errNoStatus = errors.New("the server answered without a status")
)

// checked returns the result of a poll for a batch, with what it has for the batch's id, uuid.Nil if
// nothing, and its status, or an error if it does not give the state of that batch.
func checked[T any](
	resp *http.Response, id uuid.UUID, result *T, got uuid.UUID, status BatchStatus,
) (*T, BatchStatus, error) {
	if got != uuid.Nil && got != id {
		return nil, "", operation.Unusable(resp, fmt.Errorf("the server answered for batch %v", got))
	}
	if status == "" {
		return nil, "", operation.Unusable(resp, errNoStatus)
	}
	return result, status, nil
}

// valueOf returns a value that the spec does not require, its zero value if it is absent.
func valueOf[T any](value *T) T {
	return *cmp.Or(value, new(T))
}

// wordOnly matches what a status looks like.
var wordOnly = regexp.MustCompile(`^[A-Za-z_ -]{1,24}$`)

// word returns the status for an error's text, which must not repeat just anything that a server
// has put in its place.
func (s BatchStatus) word() string {
	if wordOnly.MatchString(string(s)) {
		return string(s)
	}
	return "unknown"
}
