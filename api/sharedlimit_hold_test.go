package api_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/api/apitest"
)

var okReply = reply(200, completed, "Content-Type", "application/json")

// delayed is a shared limit that answers late.
func delayed(d time.Duration) *apitest.SharedLimit {
	return &apitest.SharedLimit{Err: func(context.Context) error {
		time.Sleep(d)
		return nil
	}}
}

// TestGrantIsNotUsedInAHold has an answer of the shared limit under way when a 429 comes.
func TestGrantIsNotUsedInAHold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var at []time.Time
		server := wire(func(r *http.Request) (*http.Response, error) {
			mu.Lock()
			at = append(at, time.Now())
			isFirst := len(at) == 1
			mu.Unlock()
			time.Sleep(80 * time.Millisecond)
			if isFirst {
				return reply(429, "slow down", "Retry-After", "20")(r)
			}
			return okReply(r)
		})
		c := newClient(t, server, api.WithSharedLimit(delayed(100*time.Millisecond)))
		var calls sync.WaitGroup
		calls.Go(func() { _, _ = get(t.Context(), c) }) // granted at 100 ms, refused at 180 ms
		time.Sleep(120 * time.Millisecond)
		calls.Go(func() { _, _ = get(t.Context(), c) }) // asks at 120 ms, granted at 220 ms
		calls.Wait()
		if d := at[1].Sub(at[0]); d < 20*time.Second {
			t.Errorf("the second request came %v after the first, which was refused for 20 s", d)
		}
	})
}

// breakable returns a shared limit that fails while the flag is set.
func breakable(isDown *atomic.Bool) *apitest.SharedLimit {
	return &apitest.SharedLimit{Err: func(context.Context) error {
		if isDown.Load() {
			return errors.New("down")
		}
		return nil
	}}
}

// TestOldRefusalHoldsNobody has a 429 that could not be told for an hour.
func TestOldRefusalHoldsNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var isDown atomic.Bool
		isDown.Store(true)
		limit := breakable(&isDown)
		requests := 0
		server := wire(func(r *http.Request) (*http.Response, error) {
			requests++
			if requests == 1 {
				return reply(429, "slow down", "Retry-After", "60")(r)
			}
			return okReply(r)
		})
		c := newClient(t, server, api.WithSharedLimit(limit))
		callAll(t, 1, c)
		time.Sleep(time.Hour)
		isDown.Store(false)
		callAll(t, 1, c)
		synctest.Wait()
		other := newClient(t, server, api.WithSharedLimit(limit))
		if took := callAll(t, 1, other); took > time.Second {
			t.Errorf("held for %v", took)
		}
	})
}

// spyLimit keeps the last request for slots.
type spyLimit struct {
	api.SharedLimit
	last *atomic.Pointer[api.SlotRequest]
}

func (s spyLimit) Take(ctx context.Context, r api.SlotRequest) (api.SlotGrant, error) {
	s.last.Store(&r)
	return s.SharedLimit.Take(ctx, r)
}

// spied returns a client that has made one call, its limit, and a request for slots as another
// client of the same account would make it.
func spied(t *testing.T, server http.RoundTripper) (*api.Client, *apitest.SharedLimit, api.SlotRequest) {
	t.Helper()
	limit := &apitest.SharedLimit{}
	var last atomic.Pointer[api.SlotRequest]
	c := newClient(t, server, api.WithSharedLimit(spyLimit{limit, &last}))
	callAll(t, 1, c)
	request := *last.Load()
	request.Client = "another"
	request.Calls = 0
	request.Remaining = -1
	return c, limit, request
}

func takeFor(t *testing.T, limit api.SharedLimit, r api.SlotRequest) {
	t.Helper()
	if _, err := limit.Take(t.Context(), r); err != nil {
		t.Fatal(err)
	}
}

// TestSlotsGivenBackAreSeen has a client that was told that no slot is free for a minute.
func TestSlotsGivenBackAreSeen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, limit, another := spied(t, okReply)
		another.Calls = 199
		takeFor(t, limit, another)
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		if _, err := get(ctx, c); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("no slot is free, and the error is %v", err)
		}
		another.Calls = 0
		another.Sent = -199
		takeFor(t, limit, another)
		time.Sleep(10 * time.Second)
		if _, err := get(ctx, c); err != nil {
			t.Errorf("199 slots are free, and the error is %v", err)
		}
	})
}

// TestRaisedLimitRefusesNobody has a client that learns with a grant that there is more to grant.
func TestRaisedLimitRefusesNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clients := sharing(t, 2, &limited{perMinute: 300, tells: true}, &apitest.SharedLimit{})
		callAll(t, 210, clients[0])
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		if _, err := get(ctx, clients[1]); err != nil {
			t.Errorf("90 of 300 slots are free, and the error is %v", err)
		}
	})
}

// TestRaisedLimitIsUsedAtOnce has a call in line when a response raises the limit.
func TestRaisedLimitIsUsedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := sharing(t, 1, &limited{perMinute: 300, tells: true}, &apitest.SharedLimit{})[0]
		if took := callAll(t, 201, c); took > 200*time.Millisecond {
			t.Errorf("201 of 300 calls took %v", took)
		}
	})
}

// askingHandler is a log handler that asks for the state of the limits.
type askingHandler struct{ ask func() }

func (h askingHandler) Enabled(context.Context, slog.Level) bool { return true }

func (h askingHandler) Handle(context.Context, slog.Record) error {
	h.ask()
	return nil
}

func (h askingHandler) WithAttrs([]slog.Attr) slog.Handler { return h }
func (h askingHandler) WithGroup(string) slog.Handler      { return h }

func TestLogHandlerMayAskForTheLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var isDown atomic.Bool
		isDown.Store(true)
		var c *api.Client
		handler := askingHandler{func() { c.RateLimits() }}
		c = newClient(t, okReply, api.WithSharedLimit(breakable(&isDown)), api.WithLogger(slog.New(handler)))
		callAll(t, 1, c)
	})
}
