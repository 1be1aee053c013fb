package api_test

import (
	"context"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/api"
)

func TestTransportLearnsWhichAttemptItSends(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got []api.Attempt
		s := serve("503", "completed", "pending", "503", "completed")
		c := newClient(t, wire(func(r *http.Request) (*http.Response, error) {
			attempt, ok := api.AttemptFromContext(r.Context())
			if !ok {
				t.Error("the transport sends no attempt")
			}
			got = append(got, attempt)
			return s.RoundTrip(r)
		}))
		_, direct := get(t.Context(), c)
		_, err := c.WaitShipOrderBatch(t.Context(), batchID)
		if direct != nil || err != nil {
			t.Fatal(direct, err)
		}
		const operation = "GetShipOrderBatchResults"
		want := []api.Attempt{
			{Number: 1, Operation: operation},
			{Number: 2, Operation: operation},
			{Number: 1, Operation: operation, Batch: batchID},
			{Number: 1, Operation: operation, Batch: batchID},
			{Number: 2, Operation: operation, Batch: batchID},
		}
		if !slices.Equal(got, want) {
			t.Errorf("attempts of a call and a wait\n%v, want\n%v", got, want)
		}
	})
}

func TestNoAttemptOutsideATransport(t *testing.T) {
	check := func(ctx context.Context, where string) {
		if attempt, ok := api.AttemptFromContext(ctx); ok || attempt != (api.Attempt{}) {
			t.Errorf("attempt %+v in %s", attempt, where)
		}
	}
	c := newClient(t, handle(ok))
	check(t.Context(), "the caller's context")
	poll := func(ctx context.Context, _ uuid.UUID) (int, api.BatchStatus, error) {
		check(ctx, "a poll function")
		_, err := get(ctx, c, func(ctx context.Context, _ *http.Request) error {
			check(ctx, "a request editor")
			return nil
		})
		return 0, api.StatusCompleted, err
	}
	if _, err := api.Wait(t.Context(), c, batchID, poll); err != nil {
		t.Error(err)
	}
}
