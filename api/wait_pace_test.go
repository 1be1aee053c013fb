package api_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/api"
)

// TestWaitSpeedsUpWithTheWindow: the pace of polls follows the window as it is now, not as it was
// when the last poll was made.
func TestWaitSpeedsUpWithTheWindow(t *testing.T) {
	t.Run("a burst of calls expires", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var done time.Time
			s := &truthful{status: func(uuid.UUID) string {
				if time.Now().Before(done) {
					return "processing"
				}
				return "completed"
			}}
			c := newClient(t, s)
			calls(t, c, 195)
			time.Sleep(59500 * time.Millisecond)
			done = time.Now().Add(5 * time.Second)
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Second)
			defer cancel()
			_, err := c.WaitShipOrderBatch(ctx, batchID)
			if d := time.Since(done); err != nil || d > 4*time.Second {
				t.Errorf("error %v, %v after the batch was done; limits %+v", err, d, c.RateLimits())
			}
		})
	})
	t.Run("a short Retry-After passes", func(t *testing.T) {
		for range 5 { // the silence was of random length
			synctest.Test(t, func(t *testing.T) {
				s := record(func(n int, w http.ResponseWriter, r *http.Request) {
					if n == 196 {
						writeAnswer(w, r, "429/3")
						return
					}
					writeAnswer(w, r, "completed")
				})
				c := newClient(t, s)
				calls(t, c, 195)
				time.Sleep(58 * time.Second)
				start := time.Now()
				_, err := c.WaitShipOrderBatch(t.Context(), batchID)
				if d := time.Since(start); err != nil || d < 3*time.Second || d > 5*time.Second {
					t.Errorf("error %v after %v, want the batch soon after 3s", err, d)
				}
			})
		}
	})
}

// TestWaitsAreNotRefusedAfterABurstOfCalls: the pace of polls right after a burst is slow, but
// passes with it.
func TestWaitsAreNotRefusedAfterABurstOfCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, &truthful{})
		calls(t, c, 190)
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		defer cancel()
		polls := 0 // those that the rate limit refuses included
		progress := api.WithProgress(func(api.Progress) { polls++ })
		for _, err := range c.WaitShipOrderBatches(ctx, newIDs(20), progress) {
			if err != nil {
				t.Error(err)
			}
		}
		if polls != 20 {
			t.Errorf("%d polls for 20 batches that are completed", polls)
		}
	})
}

// TestPollsAreSpreadOverTheWindow: ten may go at once, a few more when those are answered, and the rest
// evenly, so that each of many batches is asked after in turn.
func TestPollsAreSpreadOverTheWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
		defer cancel()
		s := record(func(_ int, w http.ResponseWriter, r *http.Request) { writeAnswer(w, r, "processing") })
		s.latency = 80 * time.Millisecond
		for _, err := range newClient(t, s).WaitShipOrderBatches(ctx, newIDs(300)) {
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Error(err)
			}
		}
		if n := s.by(79 * time.Millisecond); n != 10 {
			t.Errorf("%d went at once, want 10", n)
		}
		// Those behind them are asked after slowly at first: most batches would not be done.
		if n := s.by(10 * time.Second); n < 18 || n > 25 {
			t.Errorf("%d polls in ten seconds, want a few more than at once", n)
		}
		if n := s.by(150 * time.Second); n < 400 || n > 450 {
			t.Errorf("%d polls in two minutes and a half, want more than four fifths of 200 a minute", n)
		}
		for i := 1; i < len(s.arrived); i++ {
			if gap := s.arrived[i] - s.arrived[i-1]; gap > 11*time.Second {
				t.Errorf("nothing went for %v after poll %d", gap, i)
			}
		}
		first := distinct(s.batches[:300])
		if len(first) != 300 {
			t.Errorf("%d of 300 batches were asked after in the first 300 polls", len(first))
		}
	})
}

func distinct(ids []uuid.UUID) map[uuid.UUID]bool {
	set := map[uuid.UUID]bool{}
	for _, id := range ids {
		set[id] = true
	}
	return set
}
