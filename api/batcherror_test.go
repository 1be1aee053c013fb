package api_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/sellerscenter/client-go/api"
)

// TestErrorTextsHaveNoGaps: hand-made errors, as in a test of a user's, lack most of what ours
// have.
func TestErrorTextsHaveNoGaps(t *testing.T) {
	answered := &api.Error{StatusCode: http.StatusNotFound, Message: "batch not found"}
	batch := "sellerscenter: batch " + batchID.String()
	for _, tt := range []struct {
		err  error
		want string
	}{
		{answered, "sellerscenter: 404: batch not found"},
		{&api.Error{}, "sellerscenter: 0"},
		{&api.BatchError{ID: batchID, Err: answered}, batch + ": 404: batch not found"},
		{
			&api.BatchError{ID: batchID, Status: api.StatusPending, Err: context.Canceled},
			batch + ": context canceled",
		},
		{&api.BatchError{ID: batchID, Err: api.ErrBatchFailed}, batch + ": batch failed"},
		{&api.BatchError{ID: batchID}, batch},
	} {
		if got := tt.err.Error(); got != tt.want {
			t.Errorf("%q, want %q", got, tt.want)
		}
	}
}
