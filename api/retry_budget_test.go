package api_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sellerscenter/client-go/api"
)

func TestBudgetBoundsRetriesAndComesBack(t *testing.T) {
	for _, callers := range []int{1, 100} {
		synctest.Test(t, func(t *testing.T) {
			var down atomic.Bool
			var sent atomic.Int64
			c := newClient(t, handle(func(w http.ResponseWriter, r *http.Request) {
				sent.Add(1)
				if down.Load() {
					w.WriteHeader(http.StatusServiceUnavailable)
					return
				}
				ok(w, r)
			}), api.WithoutRateLimit())
			calls := func(n int) int64 {
				before := sent.Load()
				var wg sync.WaitGroup
				for range callers {
					wg.Go(func() {
						for range n / callers {
							_, _ = get(t.Context(), c)
						}
					})
				}
				wg.Wait()
				return sent.Load() - before
			}
			down.Store(true)
			if n := calls(10_000); n > 11_100 || n < 10_003 {
				t.Errorf("%d callers: 10,000 calls made %d attempts, want retries, and at most 11,100",
					callers, n)
			}
			if n := calls(100); n != 100 {
				t.Errorf("%d callers: with the budget used up 100 calls made %d attempts", callers, n)
			}
			down.Store(false)
			calls(100)
			down.Store(true)
			if n := calls(callers); n < 4 {
				t.Errorf("%d callers: after the server recovered there were %d attempts, want retries",
					callers, n)
			}
		})
	}
}

func TestThrottledCallsSpendNoBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, reply(429, ""), api.WithoutRateLimit())
		for range 200 {
			if _, err := get(t.Context(), c); answered(err).Attempts != 4 {
				t.Fatalf("error %v, want 4 attempts", err)
			}
		}
	})
}

// TestWaitsLeaveDirectCallsTheirRetries: the polls of many waits at a dead server are retried
// within a budget of their own.
func TestWaitsLeaveDirectCallsTheirRetries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		requests := 0
		polls := 0
		var mu sync.Mutex
		var log strings.Builder
		down := wire(func(r *http.Request) (*http.Response, error) {
			mu.Lock()
			defer mu.Unlock()
			requests++
			return serve("503").RoundTrip(r)
		})
		logger := slog.New(slog.NewTextHandler(&log, nil))
		c := newClient(t, down, api.WithoutRateLimit(), api.WithLogger(logger))
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		progress := api.WithProgress(func(api.Progress) { polls++ })
		for _, err := range c.WaitShipOrderBatches(ctx, newIDs(400), progress) {
			if !errors.Is(err, api.ErrServer) {
				t.Fatal(err)
			}
		}
		if polls < 8000 || requests-polls > 1100 || requests-polls < 3 {
			t.Errorf("%d polls made %d attempts, want retries, and at most 1,100", polls, requests)
		}
		refused := strings.Count(log.String(), "sellerscenter: no retry")
		told := strings.Count(log.String(), `reason="the retry budget is used up"`)
		if refused == 0 || told != refused {
			t.Errorf("%d retries were refused, and %d records say why", refused, told)
		}
		if _, err := get(t.Context(), c); answered(err).Attempts != 4 {
			t.Errorf("then a direct call ended with %v, want 4 attempts", err)
		}
	})
}
