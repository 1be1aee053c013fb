package api_test

import (
	"context"
	"errors"
	"net/http"
	"runtime"
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

// nextMinute is when slots that were taken at once are free again: the minute, and a little,
// since clocks run at different speeds.
const nextMinute = time.Minute + time.Second

// calls makes n calls at once, and waits for them.
func calls(t *testing.T, c *api.Client, n int) {
	t.Helper()
	var all sync.WaitGroup
	for range n {
		all.Go(func() {
			if _, err := get(t.Context(), c); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

// completedWith answers each request with the same headers, names and values in turn.
func completedWith(headers ...string) func(int, http.ResponseWriter, *http.Request) {
	return func(_ int, w http.ResponseWriter, r *http.Request) {
		for i := 0; i < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		writeAnswer(w, r, "completed")
	}
}

func TestWholeBudgetGoesAtOnceAndNoMore(t *testing.T) {
	for _, latency := range []time.Duration{0, 80 * time.Millisecond, 20 * time.Second} {
		t.Run(latency.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := record(nil)
				s.latency = latency
				calls(t, newClient(t, s), 450)
				// The server can have counted a request as late as when it answered.
				got := []int{s.by(0), s.by(latency + time.Minute), s.by(latency + nextMinute)}
				if want := []int{200, 200, 400}; !slices.Equal(got, want) {
					t.Errorf("%d at once, a minute after the responses, and then, want %d", got, want)
				}
			})
		})
	}
}

func TestLimitIsTheSpecsTheCallersOrTheServers(t *testing.T) {
	rate := func(perMinute int) []api.Option { return []api.Option{api.WithRateLimit(perMinute)} }
	for _, tt := range []struct {
		name         string
		opts         []api.Option
		header       string
		first, later int // how many may go at once before and after the server's first response; 0 for any
	}{
		{"the spec's", nil, "", 200, 200},
		{"fewer than the spec's", rate(10), "", 10, 10},
		{"more than the spec's", rate(250), "", 250, 250},
		{"none", []api.Option{api.WithoutRateLimit()}, "50", 0, 0},
		{"none, then one", append([]api.Option{api.WithoutRateLimit()}, rate(10)...), "", 10, 10},
		{"server's, lower", nil, "50", 200, 50},
		{"server's, higher", nil, "300", 200, 300},
		{"server's, with more than the number", nil, "50, 50;w=60", 200, 50},
		{"server's, very high", nil, "9999999999", 200, 320},
		{"server's is zero", nil, "0", 200, 200},
		{"server's is no number", nil, "abc", 200, 200},
		{"server's is negative", nil, "-5", 200, 200},
		{"server's overflows", nil, "99999999999999999999", 200, 200},
		{"server's is above the caller's", rate(60), "200", 60, 60},
		{"server's is below the caller's", rate(60), "20", 60, 20},
		{"server's is below the caller's higher one", rate(310), "300", 310, 300},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := record(completedWith("X-RateLimit-Limit", tt.header))
				c := newClient(t, s, tt.opts...)
				if limits := c.RateLimits(); tt.first > 0 && limits[0].Limit != tt.first {
					t.Errorf("at first %+v, want a limit of %d", limits, tt.first)
				}
				calls(t, c, 1)
				if limits := c.RateLimits(); tt.first > 0 && tt.later < 320 && limits[0].Limit != tt.later {
					t.Errorf("after a response %+v, want a limit of %d", limits, tt.later)
				}
				calls(t, c, 319)
				want := tt.later
				if want == 0 {
					want = 320
				}
				if n := s.by(0); n != want {
					t.Errorf("%d went at once, want %d", n, want)
				}
			})
		})
	}
}

func TestLoweredLimitWaitsForSlotsBelowIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := record(func(n int, w http.ResponseWriter, r *http.Request) {
			if n >= 200 {
				w.Header().Set("X-RateLimit-Limit", "50")
			}
			writeAnswer(w, r, "completed")
		})
		c := newClient(t, s)
		for range 4 { // slots that come free 10 s apart
			calls(t, c, 50)
			time.Sleep(10 * time.Second)
		}
		calls(t, c, 60)
		// The first 50 wait for the slots of the last round, at 30 s, and the others for theirs.
		for i, want := range map[int]float64{199: 30, 200: 90, 249: 90, 250: 150, 259: 150} {
			if d := s.arrived[i].Seconds(); d < want || d > want+1 {
				t.Errorf("request %d went after %vs, want %vs", i, d, want)
			}
		}
	})
}

func TestEachAttemptTakesASlot(t *testing.T) {
	for _, tt := range []struct {
		opts []api.Option
		want int // requests in a minute
	}{
		{nil, 160}, // 60, and the 100 retries that the budget allows of 180
		{[]api.Option{api.WithRateLimit(100)}, 100},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := record(func(_ int, w http.ResponseWriter, r *http.Request) { writeAnswer(w, r, "503/1") })
			c := newClient(t, s, tt.opts...)
			var all sync.WaitGroup
			for range 60 {
				all.Go(func() { _, _ = get(t.Context(), c) })
			}
			all.Wait()
			if n := s.by(time.Minute); n != tt.want {
				t.Errorf("%d attempts in a minute, want %d", n, tt.want)
			}
		})
	}
}

func TestRateLimitsTellTheState(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, record(func(_ int, w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-RateLimit-Limit", "100, 100;w=60")
			w.Header().Set("X-RateLimit-Remaining", "0")
			writeAnswer(w, r, "429/30")
		}), once)
		const operation = "GetShipOrderBatchResults"
		got := c.RateLimits()
		want := api.RateLimit{Operation: operation, Limit: 200, Remaining: 200}
		if len(got) != len(generated.Operations) || got[0] != want {
			t.Errorf("at first %+v, want %+v", got, want)
		}
		_, _ = get(t.Context(), c)
		held := c.RateLimits()[0]
		if until := time.Now().Add(30 * time.Second); !held.HeldUntil.Equal(until) {
			t.Errorf("held until %v, want %v", held.HeldUntil, until)
		}
		held.HeldUntil = time.Time{}
		if want := (api.RateLimit{Operation: operation, Limit: 100}); held != want {
			t.Errorf("after a 429 %+v, want %+v", held, want)
		}
	})
	if limits := newClient(t, handle(ok), api.WithoutRateLimit()).RateLimits(); len(limits) != 0 {
		t.Errorf("without a rate limit %+v", limits)
	}
	if limits := (&api.Client{}).RateLimits(); len(limits) != 0 {
		t.Errorf("of a client that New did not make %+v", limits)
	}
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
	for _, timeout := range []time.Duration{50 * time.Second, time.Hour} { // before the next slot, and after
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

func TestRefusedCallCostsLittle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const limit = 5000
		c := newClient(t, handle(ok), api.WithRateLimit(limit))
		for range limit {
			if _, err := get(t.Context(), c); err != nil {
				t.Fatal(err)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		const refused = 100
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range refused {
			if _, err := get(ctx, c); !errors.Is(err, context.DeadlineExceeded) {
				t.Fatal(err)
			}
		}
		runtime.ReadMemStats(&after)
		if bytes := (after.TotalAlloc - before.TotalAlloc) / refused; bytes > 64<<10 {
			t.Errorf("a call that has no turn allocates %d bytes, its log has 120 kB", bytes)
		}
	})
}
