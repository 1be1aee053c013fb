package api_test

import (
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

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
