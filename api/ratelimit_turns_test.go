package api_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/api/apitest"
)

func TestFirstComeFirstServed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var order []string
		s := record(func(_ int, w http.ResponseWriter, r *http.Request) {
			order = append(order, r.Header.Get("X-Order"))
			writeAnswer(w, r, "completed")
		})
		c := newClient(t, s, api.WithRateLimit(1))
		var all sync.WaitGroup
		for _, name := range []string{"1", "2", "3", "4", "5"} {
			all.Go(func() {
				_, err := get(t.Context(), c, func(_ context.Context, r *http.Request) error {
					r.Header.Set("X-Order", name)
					return nil
				})
				if err != nil {
					t.Error(err)
				}
			})
			synctest.Wait()
		}
		all.Wait()
		if !slices.IsSorted(order) {
			t.Errorf("served in the order %v", order)
		}
		for i, at := range s.arrived {
			if at < time.Duration(i)*time.Minute {
				t.Errorf("request %d after %v, want one a minute", i, at)
			}
		}
	})
}

func TestDirectCallsGoBeforePolls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := record(nil)
		c := newClient(t, s, api.WithRateLimit(1))
		waited := uuid.New()
		calls(t, c, 1)
		var all sync.WaitGroup
		all.Go(func() {
			if _, err := c.WaitShipOrderBatch(t.Context(), waited); err != nil {
				t.Error(err)
			}
		})
		synctest.Wait() // the wait is in line
		all.Go(func() { calls(t, c, 2) })
		all.Wait()
		if want := []uuid.UUID{batchID, batchID, batchID, waited}; !slices.Equal(s.batches, want) {
			t.Errorf("served in the order %v, want %v", s.batches, want)
		}
	})
}

// TestCallAfterWaitsThatFoundNothing: only a poll that ends its wait leaves its place to the next. A
// wait that the context ends was one of many who asked for more than there is.
func TestCallAfterWaitsThatFoundNothing(t *testing.T) {
	const end = 20 * time.Second
	for name, wait := range map[string]func(ctx context.Context, c *api.Client, n int){
		"a deadline": func(ctx context.Context, c *api.Client, _ int) {
			ctx, cancel := context.WithTimeout(ctx, end)
			defer cancel()
			_, _ = c.WaitShipOrderBatch(ctx, uuid.New())
		},
		"cancelled one by one": func(ctx context.Context, c *api.Client, n int) {
			ctx, cancel := context.WithCancel(ctx)
			time.AfterFunc(end-time.Duration(n)*10*time.Millisecond, cancel)
			_, _ = c.WaitShipOrderBatch(ctx, uuid.New())
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newClient(t, &truthful{status: func(uuid.UUID) string { return "processing" }})
				var all sync.WaitGroup
				for n := range 300 {
					all.Go(func() { wait(t.Context(), c, n) })
				}
				all.Wait()
				start := time.Now()
				if _, err := get(t.Context(), c); err != nil || time.Since(start) > time.Second {
					t.Errorf("a call after 300 waits took %v, error %v", time.Since(start), err)
				}
			})
		})
	}
}

func TestCancelledWaiterCostsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := record(nil)
		c := newClient(t, s)
		calls(t, c, 200)
		ctx, cancel := context.WithCancel(t.Context())
		var all sync.WaitGroup
		for range 300 {
			all.Go(func() {
				start := time.Now()
				_, err := get(ctx, c)
				if !errors.Is(err, context.Canceled) || time.Since(start) != time.Second {
					t.Errorf("error %v after %v, want canceled after 1s", err, time.Since(start))
				}
			})
		}
		time.Sleep(time.Second)
		cancel()
		all.Wait()
		calls(t, c, 200)
		if n, m := s.by(time.Minute), s.by(nextMinute); n != 200 || m != 400 {
			t.Errorf("%d and then %d requests, want 200 and 400", n, m)
		}
	})
}

// TestTurnGrantedToCancelledWaiterIsGivenBack cancels waiters at the very moment at which their
// turns come.
func TestTurnGrantedToCancelledWaiterIsGivenBack(t *testing.T) {
	var turn time.Duration
	synctest.Test(t, func(t *testing.T) {
		s := record(nil)
		calls(t, newClient(t, s, api.WithRateLimit(50)), 51)
		turn = s.arrived[50]
	})
	for range 20 {
		synctest.Test(t, func(t *testing.T) {
			s := record(nil)
			c := newClient(t, s, api.WithRateLimit(50))
			calls(t, c, 50)
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(turn, cancel)
			var all sync.WaitGroup
			for range 50 {
				all.Go(func() { _, _ = get(ctx, c) })
			}
			all.Wait()
			calls(t, c, 100-s.by(turn))
			if n := s.by(turn); n != 100 {
				t.Fatalf("%d requests at the next turn, want 100: %d turns were lost", n, 100-n)
			}
		})
	}
}

// TestRefusedDialsCostNothing has a server that is down for 200 requests, and has seen none of them.
func TestRefusedDialsCostNothing(t *testing.T) {
	for name, opts := range map[string][]api.Option{
		"alone":  {once},
		"shared": {once, api.WithSharedLimit(new(apitest.SharedLimit))},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var isUp atomic.Bool
				c := newClient(t, wire(func(r *http.Request) (*http.Response, error) {
					if !isUp.Load() {
						return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
					}
					return okReply(r)
				}), opts...)
				for range 200 {
					if _, err := get(t.Context(), c); !errors.Is(err, syscall.ECONNREFUSED) {
						t.Fatal(err)
					}
				}
				isUp.Store(true)
				synctest.Wait()
				start := time.Now()
				calls(t, c, 200)
				if took := time.Since(start); took != 0 {
					t.Errorf("200 calls took %v, want the whole budget at once", took)
				}
			})
		})
	}
}

// TestOwnSlotsRefuseWhatCannotFit: what the client itself sent is certain.
func TestOwnSlotsRefuseWhatCannotFit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := record(nil)
		c := newClient(t, s)
		calls(t, c, 200)
		start := time.Now()
		tight, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		_, err := get(tight, c)
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 0 || len(s.arrived) != 200 {
			t.Errorf("error %v after %v, want deadline exceeded at once", err, time.Since(start))
		}
		if errors.Is(err, api.ErrRateLimited) || !strings.HasSuffix(err.Error(), " (not sent)") {
			t.Errorf("error %v, want one that says (not sent), and nothing of a 429", err)
		}
		wide, cancel := context.WithTimeout(t.Context(), nextMinute)
		defer cancel()
		if _, err := get(wide, c); err != nil || time.Since(start) < time.Minute {
			t.Errorf("error %v after %v, want success after a minute", err, time.Since(start))
		}
	})
}

// TestThoseAheadMayLeave: how many are ahead in line refuses nobody, as long as the first in line
// could go in time.
func TestThoseAheadMayLeave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := record(nil)
		c := newClient(t, s, api.WithRateLimit(10))
		calls(t, c, 10)
		ahead, leave := context.WithCancel(t.Context())
		var all sync.WaitGroup
		for range 40 {
			all.Go(func() { _, _ = get(ahead, c) })
		}
		synctest.Wait()
		time.AfterFunc(time.Second, leave)
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		defer cancel()
		if _, err := get(ctx, c); err != nil || time.Since(s.start) > nextMinute {
			t.Errorf("error %v after %v, want a success after a minute", err, time.Since(s.start))
		}
		all.Wait()
	})
}

// TestCallInLineIsRefusedOnceThatIsCertain has 1,000 ahead of a call. When the window is full again,
// its deadline is before that of the first in line.
func TestCallInLineIsRefusedOnceThatIsCertain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		c := newClient(t, record(nil))
		var all sync.WaitGroup
		for range 1000 {
			all.Go(func() { _, _ = get(ctx, c) })
		}
		synctest.Wait()
		start := time.Now()
		soon, stop := context.WithTimeout(t.Context(), 90*time.Second)
		defer stop()
		_, err := get(soon, c)
		took := time.Since(start)
		if !errors.Is(err, context.DeadlineExceeded) || took < time.Minute || took > nextMinute {
			t.Errorf("error %v after %v, want deadline exceeded after a minute", err, took)
		}
		cancel()
		all.Wait()
	})
}
