package retry

import (
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
)

func TestBudgetBoundsRetriesAndComesBack(t *testing.T) {
	for _, callers := range []int{1, 100} {
		synctest.Test(t, func(t *testing.T) {
			var down atomic.Bool
			var sent atomic.Int64
			r := &Retrier{Logger: discard, Refresh: sameKey, Describe: nothing, Clean: asIs, Policy: defaultPolicy, Next: func(r *http.Request) (*http.Response, error) {
				sent.Add(1)
				if down.Load() {
					return exchange{Request: r}.answer(503, ""), nil
				}
				return exchange{Request: r}.answer(200, ""), nil
			}}
			calls := func(n int) int64 {
				before := sent.Load()
				var wg sync.WaitGroup
				for range callers {
					wg.Go(func() {
						for range n / callers {
							r.Do(request(t, t.Context(), "GET", ""), "/x")
						}
					})
				}
				wg.Wait()
				return sent.Load() - before
			}
			down.Store(true)
			if n := calls(10_000); n > 10_100 || n < 10_003 {
				t.Errorf("%d callers: 10,000 calls made %d attempts, want some retries but at most 10,100 attempts", callers, n)
			}
			if n := calls(100); n != 100 {
				t.Errorf("%d callers: with the budget used up 100 calls made %d attempts, want 100", callers, n)
			}
			down.Store(false)
			calls(100)
			down.Store(true)
			if out := r.Do(request(t, t.Context(), "GET", ""), "/x"); out.Attempts != 4 {
				t.Errorf("%d callers: after the server recovered a call makes %d attempts, want 4", callers, out.Attempts)
			}
		})
	}
}

func TestThrottledCallsSpendNoBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRetrier(func(e exchange) (*http.Response, error) { return e.answer(429, ""), nil })
		for range 200 {
			if out := r.Do(request(t, t.Context(), "GET", ""), "/x"); out.Attempts != 4 {
				t.Fatalf("%d attempts, want 4", out.Attempts)
			}
		}
	})
}
