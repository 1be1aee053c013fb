package api_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/generated"
)

// calls makes n calls at once, and waits for them.
func calls(t *testing.T, c *api.Client, n int) {
	t.Helper()
	callAll(t, n, c)
}

// callAll makes n calls at once with each client, and returns how long all of them took.
func callAll(t *testing.T, n int, clients ...*api.Client) time.Duration {
	t.Helper()
	began := time.Now()
	var calls sync.WaitGroup
	for _, c := range clients {
		for range n {
			calls.Go(func() {
				if _, err := get(t.Context(), c); err != nil {
					t.Error(err)
				}
			})
		}
	}
	calls.Wait()
	return time.Since(began)
}

// TestLimitIsTheSpecsTheCallersOrTheServers counts how many of 260 calls go at once, after a first one.
func TestLimitIsTheSpecsTheCallersOrTheServers(t *testing.T) {
	for _, tt := range []struct {
		name   string
		opts   []api.Option
		header string // of the server's first response
		limit  int    // as the client tells it at first
		want   int
	}{
		{"the spec's", nil, "", 200, 200},
		{"fewer than the spec's", []api.Option{api.WithRateLimit(10)}, "", 10, 10},
		{"more than the spec's", []api.Option{api.WithRateLimit(250)}, "", 250, 250},
		{"none", []api.Option{api.WithoutRateLimit()}, "50", 0, 261},
		{"none, then one", []api.Option{api.WithoutRateLimit(), api.WithRateLimit(10)}, "", 10, 10},
		{"the server's", nil, "50, 50;w=60", 200, 50},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := record(func(_ int, w http.ResponseWriter, r *http.Request) {
					w.Header().Set("X-RateLimit-Limit", tt.header)
					writeAnswer(w, r, "completed")
				})
				c := newClient(t, s, tt.opts...)
				limit := 0
				for _, l := range c.RateLimits() {
					limit = l.Limit
				}
				calls(t, c, 1)
				calls(t, c, 260)
				if n := s.by(0); n != tt.want || limit != tt.limit {
					t.Errorf("%d went at once, at a limit of %d, want %d and %d", n, limit, tt.want, tt.limit)
				}
			})
		})
	}
}

func TestRateLimitsTellTheState(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, reply(429, "", "X-RateLimit-Limit", "100", "Retry-After", "30"), noRetry)
		before := c.RateLimits()
		_, _ = get(t.Context(), c)
		got := []api.RateLimit{before[0], c.RateLimits()[0]}
		const operation = "GetShipOrderBatchResults"
		want := []api.RateLimit{
			{Operation: operation, Limit: 200, Remaining: 200},
			{Operation: operation, Limit: 100, HeldUntil: time.Now().Add(30 * time.Second)},
		}
		if len(before) != len(generated.Operations) || !slices.Equal(got, want) {
			t.Errorf("before and after a 429 %+v, want %+v", got, want)
		}
	})
	if limits := newClient(t, handle(ok), api.WithoutRateLimit()).RateLimits(); len(limits) != 0 {
		t.Errorf("without a rate limit %+v", limits)
	}
	if limits := (&api.Client{}).RateLimits(); len(limits) != 0 {
		t.Errorf("of a client that New did not make %+v", limits)
	}
}

func TestEachAttemptTakesASlot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := record(func(_ int, w http.ResponseWriter, r *http.Request) { writeAnswer(w, r, "503/1") })
		c := newClient(t, s, api.WithRateLimit(50))
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() { _, _ = get(t.Context(), c) })
		}
		all.Wait()
		if n := s.by(time.Minute); n != 50 {
			t.Errorf("%d attempts of 20 calls in a minute, want 50", n)
		}
	})
}

// TestCallThatGetsNoTurn: its error says that it was not sent, and why.
func TestCallThatGetsNoTurn(t *testing.T) {
	pausing := oddLimit(func(api.SlotRequest) (api.SlotGrant, error) {
		return api.SlotGrant{Wait: time.Minute, Paused: time.Minute}, nil
	})
	for _, tt := range []struct {
		name    string
		first   string // what the server says to a call before; nothing was sent before if empty
		opts    []api.Option
		end     contextEnd
		took    time.Duration
		matches error
		isHeld  bool
	}{
		{"no slot", "completed", nil, contextEnd{time.Minute, false}, 0, context.DeadlineExceeded, false},
		{"held", "429/60", nil, contextEnd{30 * time.Second, false}, 0, context.DeadlineExceeded, true},
		{"cancelled", "429/60", nil, contextEnd{time.Second, true}, time.Second, context.Canceled, true},
		{
			"held by another client", "", []api.Option{api.WithSharedLimit(pausing)},
			contextEnd{10 * time.Second, false}, time.Millisecond, context.DeadlineExceeded, true,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newClient(t, serve(tt.first), append(tt.opts, noRetry, api.WithRateLimit(1))...)
				if tt.first != "" {
					_, _ = get(t.Context(), c)
				}
				ctx, cancel := tt.end.of(t.Context())
				defer cancel()
				start := time.Now()
				_, err := get(ctx, c)
				took := time.Since(start)
				isHeld := errors.Is(err, api.ErrRateLimited)
				if !errors.Is(err, tt.matches) || isHeld != tt.isHeld || took > tt.took {
					t.Errorf("error %v after %v", err, took)
				}
				if !strings.HasSuffix(err.Error(), " (not sent)") {
					t.Errorf("error %v, want it not sent", err)
				}
			})
		})
	}
}

// TestRefusedDialsCostNothing has a server that is down for 200 requests, and has seen none of them.
func TestRefusedDialsCostNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var isUp atomic.Bool
		c := newClient(t, wire(func(r *http.Request) (*http.Response, error) {
			if isUp.Load() {
				return okReply(r)
			}
			return nil, errRefused
		}), noRetry)
		for range 200 {
			_, _ = get(t.Context(), c)
		}
		isUp.Store(true)
		if took := callAll(t, 200, c); took != 0 {
			t.Errorf("200 calls took %v, want the whole budget at once", took)
		}
	})
}

// TestCallAfterWaitsThatFoundNothing: only a poll that ends its wait leaves its place to the next. A
// wait that the context ends was one of many who asked for more than there is.
func TestCallAfterWaitsThatFoundNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, serve("processing"))
		var all sync.WaitGroup
		for n := range 300 {
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(20*time.Second-time.Duration(n)*10*time.Millisecond, cancel)
			all.Go(func() { _, _ = c.WaitShipOrderBatch(ctx, uuid.New()) })
		}
		all.Wait()
		if took := callAll(t, 1, c); took > time.Second {
			t.Errorf("a call after 300 waits took %v", took)
		}
	})
}
