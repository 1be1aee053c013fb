package api_test

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/generated"
)

// arrivals makes n calls at once of a client with the given options, and returns when each attempt reached the server.
func arrivals(t *testing.T, n int, answer http.HandlerFunc, opts ...api.Option) []time.Duration {
	t.Helper()
	var mu sync.Mutex
	var arrived []time.Duration
	start := time.Now()
	c := newClient(t, handle(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		arrived = append(arrived, time.Since(start))
		mu.Unlock()
		answer(w, r)
	}), opts...)
	var calls sync.WaitGroup
	for range n {
		calls.Go(func() { _, _ = get(t.Context(), c) })
	}
	calls.Wait()
	slices.Sort(arrived)
	return arrived
}

func TestCallsKeepWithinTheLimit(t *testing.T) {
	for _, tt := range []struct {
		name   string
		opts   []api.Option
		atOnce int
	}{
		{"the spec's", nil, 200},
		{"fewer", []api.Option{api.WithRateLimit(10)}, 10},
		{"more", []api.Option{api.WithRateLimit(250)}, 250},
		{"none", []api.Option{api.WithoutRateLimit()}, 300},
		{"none, then one", []api.Option{api.WithoutRateLimit(), api.WithRateLimit(10)}, 10},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				arrived := arrivals(t, 300, ok, tt.opts...)
				if n, _ := slices.BinarySearch(arrived, 1); n != tt.atOnce || len(arrived) != 300 {
					t.Errorf("%d of %d calls went at once, want %d of 300", n, len(arrived), tt.atOnce)
				}
				if tt.atOnce < 300 && (arrived[tt.atOnce] < time.Minute || arrived[tt.atOnce] > 61*time.Second) {
					t.Errorf("the first call beyond the limit went after %v, want a minute", arrived[tt.atOnce])
				}
			})
		})
	}
}

func TestEachAttemptTakesASlot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		arrived := arrivals(t, 60, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusServiceUnavailable)
		})
		// The retry budget allows 100 of 180 retries; the limit is met before that only if retries count.
		if n, _ := slices.BinarySearch(arrived, time.Minute); n != 160 {
			t.Errorf("%d attempts, want 60 and the budget's 100", n)
		}
		arrived = arrivals(t, 60, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusServiceUnavailable)
		}, api.WithRateLimit(100))
		if n, _ := slices.BinarySearch(arrived, time.Minute); n != 100 {
			t.Errorf("%d attempts in a minute, want the limit's 100", n)
		}
	})
}

func TestRateLimitsTellTheState(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, handle(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-RateLimit-Limit", "100, 100;w=60")
			w.Header().Set("X-RateLimit-Remaining", "0")
			w.Header().Set("Retry-After", "30")
			w.WriteHeader(http.StatusTooManyRequests)
		}), api.WithRetry(api.RetryPolicy{MaxAttempts: 1}))
		if got, want := c.RateLimits(), []api.RateLimit{{Operation: "GetShipOrderBatchResults", Limit: 200, Remaining: 200}}; len(got) != len(generated.Operations) || !slices.Equal(got[:1], want) {
			t.Errorf("at first %+v, want %+v", got, want)
		}
		_, _ = get(t.Context(), c)
		want := []api.RateLimit{{Operation: "GetShipOrderBatchResults", Limit: 100, Remaining: 0, HeldUntil: time.Now().Add(30 * time.Second)}}
		if got := c.RateLimits(); !got[0].HeldUntil.Equal(want[0].HeldUntil) || got[0].Limit != 100 || got[0].Remaining != 0 {
			t.Errorf("after a 429 %+v, want %+v", got, want)
		}
	})
	if limits := newClient(t, handle(ok), api.WithoutRateLimit()).RateLimits(); len(limits) != 0 {
		t.Errorf("without a rate limit %+v", limits)
	}
	if limits := (&api.Client{}).RateLimits(); len(limits) != 0 {
		t.Errorf("of a client that New did not make %+v", limits)
	}
}

// truthful is a server that allows 200 requests in any minute, counts each when it comes, and tells what is left.
type truthful struct {
	mu       sync.Mutex
	counted  []time.Time
	requests int
	hanging  int // the number of the request that takes 25 s, from 1
}

func (s *truthful) RoundTrip(r *http.Request) (*http.Response, error) {
	s.mu.Lock()
	now := time.Now()
	s.counted = append(slices.DeleteFunc(s.counted, func(at time.Time) bool { return now.Sub(at) >= time.Minute }), now)
	left := 200 - len(s.counted)
	s.requests++
	latency := time.Duration(50+s.requests*37%100) * time.Millisecond
	if s.requests == s.hanging {
		latency = 25 * time.Second
	}
	s.mu.Unlock()
	time.Sleep(latency)
	answer := "completed"
	if left < 0 {
		answer = "429"
	}
	resp, err := serve(answer).RoundTrip(r)
	resp.Header.Set("X-RateLimit-Limit", "200")
	resp.Header.Set("X-RateLimit-Remaining", strconv.Itoa(max(left, 0)))
	return resp, err
}

func TestWorkersGetTheirTurnsWhileTheLimitHasRoom(t *testing.T) {
	for _, workers := range []int{64, 100} {
		t.Run(strconv.Itoa(workers), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newClient(t, &truthful{})
				var begun atomic.Int32
				var all sync.WaitGroup
				for range workers {
					all.Go(func() {
						for begun.Add(1) <= 190 {
							ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
							if _, err := get(ctx, c); err != nil {
								t.Error(err)
							}
							cancel()
						}
					})
				}
				all.Wait()
			})
		})
	}
}

func TestCallThatHangsHoldsUpNoOther(t *testing.T) {
	for _, timeout := range []time.Duration{50 * time.Second, time.Hour} { // less than the minute until the next slot, and more
		t.Run(timeout.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newClient(t, &truthful{hanging: 60})
				var burst sync.WaitGroup
				for range 120 {
					burst.Go(func() { _, _ = get(t.Context(), c) })
				}
				time.Sleep(time.Second)
				for range 50 {
					ctx, cancel := context.WithTimeout(t.Context(), timeout)
					start := time.Now()
					if _, err := get(ctx, c); err != nil || time.Since(start) > time.Second {
						t.Errorf("took %v, error %v", time.Since(start), err)
					}
					cancel()
				}
				burst.Wait()
			})
		})
	}
}

// TestWaitsAreNotRefusedAfterABurstOfCalls: the pace of polls right after a burst is slow, but passes with it.
func TestWaitsAreNotRefusedAfterABurstOfCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, &truthful{})
		var burst sync.WaitGroup
		for range 190 {
			burst.Go(func() { _, _ = get(t.Context(), c) })
		}
		burst.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		defer cancel()
		polls := 0 // those that the rate limit refuses included
		for _, err := range c.WaitShipOrderBatches(ctx, newMany(20).ids, api.WithProgress(func(api.Progress) { polls++ })) {
			if err != nil {
				t.Error(err)
			}
		}
		if polls != 20 {
			t.Errorf("%d polls for 20 batches that are completed", polls)
		}
	})
}

func TestPanicGivesItsSlotBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broken := true
		c := newClient(t, wire(func(r *http.Request) (*http.Response, error) {
			if broken {
				panic("a bug in the caller's transport, which an http.Server recovers from")
			}
			return handle(ok)(r)
		}), api.WithRateLimit(1))
		func() {
			defer func() { _ = recover() }()
			_, _ = get(t.Context(), c)
		}()
		broken = false
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		defer cancel()
		if _, err := get(ctx, c); err != nil {
			t.Error(err)
		}
	})
}
