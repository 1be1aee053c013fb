package api

import (
	"cmp"
	"errors"
	"regexp"
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

var (
	errNoResult = errors.New("the client returned neither a result nor an error; is it a fake?")
	errNoStatus = errors.New("the server answered without a status")
)

// statusOf returns a status that the spec does not require, empty if it is absent.
//
//nolint:unused // batches.gen.go calls it where the spec leaves the status optional
func statusOf[S ~string](status *S) BatchStatus {
	return BatchStatus(*cmp.Or(status, new(S)))
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
