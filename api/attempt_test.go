package api_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/api"
)

// TestTransportLearnsWhichAttemptItSends, and nobody else: a request editor and a poll function are
// outside of any attempt.
func TestTransportLearnsWhichAttemptItSends(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got []string
		note := func(ctx context.Context, where string) {
			attempt, ok := api.AttemptFromContext(ctx)
			if attempt != (api.Attempt{}) || ok {
				where += fmt.Sprintf(" %v %v", attempt, ok)
			}
			got = append(got, where)
		}
		s := serve("503", "completed", "503", "completed")
		c := newClient(t, after(func(r *http.Request) { note(r.Context(), "transport") }, s.RoundTrip))
		_, direct := get(t.Context(), c, func(ctx context.Context, _ *http.Request) error {
			note(ctx, "editor")
			return nil
		})
		poll := func(ctx context.Context, _ uuid.UUID) (int, api.BatchStatus, error) {
			note(ctx, "poll")
			_, err := get(ctx, c)
			return 0, api.StatusCompleted, err
		}
		_, err := api.Wait(t.Context(), c, batchID, poll)
		const (
			first  = "transport {1 GetShipOrderBatchResults "
			second = "transport {2 GetShipOrderBatchResults "
		)
		none := uuid.Nil.String() + "} true"
		batch := batchID.String() + "} true"
		want := []string{
			"editor", first + none, second + none,
			"poll", first + batch, second + batch,
		}
		if direct != nil || err != nil || !slices.Equal(got, want) {
			t.Errorf("errors %v, %v, attempts\n%q, want\n%q", direct, err, got, want)
		}
	})
}
