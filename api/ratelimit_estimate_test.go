package api_test

import (
	"context"
	"errors"
	"net/http"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/api/apitest"
)

// TestOneLooksWhetherOthersStillUseTheRest has a server that says so all along. One request at a time
// does not take that for granted, every three seconds, alone or with a shared limit. A call whose time
// runs out meanwhile waits until then: nothing is refused up front for an estimate.
func TestOneLooksWhetherOthersStillUseTheRest(t *testing.T) {
	for name, opts := range map[string][]api.Option{
		"alone":  nil,
		"shared": {api.WithSharedLimit(new(apitest.SharedLimit))},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := record(func(n int, w http.ResponseWriter, r *http.Request) {
					if n >= 195 {
						w.Header().Set("X-RateLimit-Remaining", "0")
					}
					writeAnswer(w, r, "completed")
				})
				c := newClient(t, s, opts...)
				calls(t, c, 194)
				calls(t, c, 1)
				var all sync.WaitGroup
				all.Go(func() {
					ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
					defer cancel()
					_, err := get(ctx, c)
					took := time.Since(s.start)
					if !errors.Is(err, context.DeadlineExceeded) || took != 2*time.Second {
						t.Errorf("error %v after %v, want the deadline at 2s", err, took)
					}
				})
				synctest.Wait()
				all.Go(func() { calls(t, c, 2) })
				all.Go(func() { _, _ = c.WaitShipOrderBatch(t.Context(), batchID) })
				all.Wait()
				want := []time.Duration{3 * time.Second, 6 * time.Second, 9 * time.Second}
				if got := s.arrived[195:]; !slices.Equal(got, want) {
					t.Errorf("sent after %v, want %v", got, want)
				}
			})
		})
	}
}

// TestWorstOfResponsesTogetherCounts has requests that are counted while all are under way, and
// answered in another order. Only a request sent since then brings better news.
func TestWorstOfResponsesTogetherCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		remaining := []string{"30", "10", "20", "150"}
		c := newClient(t, record(func(n int, w http.ResponseWriter, r *http.Request) {
			time.Sleep(time.Duration(n) * time.Millisecond)
			w.Header().Set("X-RateLimit-Remaining", remaining[n-1])
			writeAnswer(w, r, "completed")
		}))
		calls(t, c, 3)
		if left := c.RateLimits()[0].Remaining; left != 10 {
			t.Errorf("%d remaining, want the 10 of the worst response", left)
		}
		calls(t, c, 1)
		if left := c.RateLimits()[0].Remaining; left != 150 {
			t.Errorf("%d remaining, want the 150 of the last request", left)
		}
	})
}

// TestEstimateIsForgotten has a server that says once that nothing is left, and then nothing more. It
// said so about one window.
func TestEstimateIsForgotten(t *testing.T) {
	for _, told := range []string{"completed", "429", "429/1"} {
		t.Run(told, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := record(func(n int, w http.ResponseWriter, r *http.Request) {
					if n > 1 {
						writeAnswer(w, r, "completed")
						return
					}
					w.Header().Set("X-RateLimit-Remaining", "0")
					writeAnswer(w, r, told)
				})
				s.latency = time.Second / 2
				c := newClient(t, s)
				calls(t, c, 1)
				for _, pause := range []time.Duration{time.Minute + time.Second, 10 * time.Minute} {
					time.Sleep(pause)
					start := time.Now()
					calls(t, c, 150)
					if took := time.Since(start); took != s.latency {
						t.Errorf("%v later 150 calls took %v, want %v", pause, took, s.latency)
					}
				}
			})
		})
	}
}

// TestAbsurdLimitMakesNoLoopSpin counts what a call allocates that an estimate delays.
func TestAbsurdLimitMakesNoLoopSpin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, record(completedWith(
			"X-RateLimit-Limit", "1000000000", "X-RateLimit-Remaining", "0")))
		calls(t, c, 1)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		calls(t, c, 10) // one every three seconds
		runtime.ReadMemStats(&after)
		if n := after.Mallocs - before.Mallocs; n > 100_000 {
			t.Errorf("%d allocations in half a minute", n)
		}
	})
}
