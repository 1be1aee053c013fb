package api_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/api"
)

func waitForMany(ctx context.Context, c *api.Client) error {
	for _, err := range c.WaitShipOrderBatches(ctx, []uuid.UUID{batchID}) {
		return err
	}
	return nil
}

// TestCauseOfACancelMatches whatever the call or wait is doing when its context is cancelled. The
// cause is an error of ours, as when an errgroup cancels its other calls with the error of the first.
func TestCauseOfACancelMatches(t *testing.T) {
	cause := &api.Error{Method: "GET", URL: "/a", StatusCode: 404, Message: "batch not found"}
	call := func(ctx context.Context, c *api.Client) error {
		_, err := get(ctx, c)
		return err
	}
	callAgain := func(ctx context.Context, c *api.Client) error {
		_, _ = get(context.WithoutCancel(ctx), c)
		return call(ctx, c)
	}
	wait := func(ctx context.Context, c *api.Client) error {
		_, err := c.WaitShipOrderBatch(ctx, batchID)
		return err
	}
	all := api.WithRateLimit(200)
	oneAMinute := api.WithRateLimit(1)
	const later = 4 * time.Second
	for _, tt := range []struct {
		name, answer string
		opt          api.Option
		do           func(context.Context, *api.Client) error
		after        time.Duration
	}{
		{"before a call", "completed", all, call, 0},
		{"before a wait", "completed", all, wait, 0},
		{"before a wait for many", "completed", all, waitForMany, 0},
		{"in flight", "hang", all, call, later},
		{"in the delay before a retry", "503/60", all, call, later},
		{"in line for the rate limit", "completed", oneAMinute, callAgain, later},
		{"while a 429 holds", "429/60", noRetry, callAgain, later},
		{"before it retries a 429", "429/60", all, call, later},
		{"between polls", "processing", all, wait, later},
		{"in a poll", "hang", all, wait, later},
		{"in a poll's line", "processing", oneAMinute, wait, later},
		{"in a wait while a 429 holds", "429/60", noRetry, wait, later},
		{"in a wait for many", "processing", all, waitForMany, later},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancelCause(t.Context())
				time.AfterFunc(tt.after, func() { cancel(cause) })
				if tt.after == 0 {
					cancel(cause)
				}
				start := time.Now()
				err := tt.do(ctx, newClient(t, serve(tt.answer), tt.opt))
				took := time.Since(start)
				if !errors.Is(err, context.Canceled) || !errors.Is(err, cause) || took != tt.after ||
					strings.Count(err.Error(), "sellerscenter: ") != 1 {
					t.Errorf("error %v after %v, want one prefix, the cancel and its cause", err, took)
				}
			})
		})
	}
}
