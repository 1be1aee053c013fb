package api_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"math"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/api/apitest"
)

// limited is a server that counts in a sliding window, silently unless tells is set.
type limited struct {
	perMinute int
	tells     bool

	mu      sync.Mutex
	log     []time.Time
	refused int
}

func (l *limited) RoundTrip(r *http.Request) (*http.Response, error) {
	time.Sleep(40 * time.Millisecond)
	l.mu.Lock()
	now := time.Now()
	for len(l.log) > 0 && now.Sub(l.log[0]) >= time.Minute {
		l.log = l.log[1:]
	}
	l.log = append(l.log, now)
	isRefused := len(l.log) > l.perMinute
	if isRefused {
		l.refused++
	}
	l.mu.Unlock()
	time.Sleep(40 * time.Millisecond)
	var headers []string
	if l.tells {
		headers = []string{"X-RateLimit-Limit", "300"}
	}
	if isRefused {
		return reply(429, "slow down", append(headers, "Retry-After", "20")...)(r)
	}
	return reply(200, completed, append(headers, "Content-Type", "application/json")...)(r)
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

// sharing returns n clients that share a limit.
func sharing(t *testing.T, n int, w http.RoundTripper, limit api.SharedLimit) []*api.Client {
	t.Helper()
	var clients []*api.Client
	for range n {
		clients = append(clients, newClient(t, w, api.WithSharedLimit(limit)))
	}
	return clients
}

func TestClientsShareALimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &limited{perMinute: 200}
		clients := sharing(t, 8, server, &apitest.SharedLimit{})
		if took := callAll(t, 25, clients...); took > time.Second {
			t.Errorf("the budget took %v", took)
		}
		if took := callAll(t, 25, clients...); took < 59*time.Second || took > 62*time.Second {
			t.Errorf("the next budget took %v", took)
		}
		if server.refused > 0 {
			t.Errorf("%d requests refused", server.refused)
		}
	})
}

// TestOtherKeysAndOriginsShareNothing: each server counts for each key.
func TestOtherKeysAndOriginsShareNothing(t *testing.T) {
	for _, tt := range []struct {
		name, base, key string
		shares          bool
	}{
		{"another key", baseURL, "another-key-0123456789abcdef", false},
		{"another host", "https://sandbox.example.com", markedKey, false},
		{"another port", baseURL + ":8443", markedKey, false},
		{"another scheme", "http://sellers.example.com:443", markedKey, false},
		{"another spelling", "https://SELLERS.example.com:443/", markedKey, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				limit := &apitest.SharedLimit{}
				clients := sharing(t, 1, okReply, limit)
				other, err := api.New(tt.base, tt.key, api.WithSharedLimit(limit), api.WithInsecureHTTP(),
					api.WithHTTPClient(&http.Client{Transport: okReply}))
				if err != nil {
					t.Fatal(err)
				}
				took := callAll(t, 150, append(clients, other)...)
				if shares := took > time.Second; shares != tt.shares {
					t.Errorf("150 calls with each took %v, want them to share: %v", took, tt.shares)
				}
			})
		})
	}
}

// TestClientsLearnALimitFromEachOther has a server with a higher limit than the spec's.
func TestClientsLearnALimitFromEachOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &limited{perMinute: 300, tells: true}
		clients := sharing(t, 2, server, &apitest.SharedLimit{})
		if took := callAll(t, 150, clients...); took > 5*time.Second || server.refused > 0 {
			t.Errorf("300 calls took %v, %d refused", took, server.refused)
		}
	})
}

func TestRefusalTellsAllClients(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &limited{perMinute: 0}
		clients := sharing(t, 2, server, &apitest.SharedLimit{})
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		if _, err := get(ctx, clients[0]); !errors.Is(err, api.ErrRateLimited) {
			t.Fatal(err)
		}
		synctest.Wait()
		server.perMinute = 200
		began := time.Now()
		_, err := get(t.Context(), clients[1])
		if took := time.Since(began); err != nil || took < 19*time.Second || took > 21*time.Second {
			t.Errorf("error %v after %v", err, took)
		}
	})
}

// TestSharedLimitThatFails goes on alone, says so once, and comes back.
func TestSharedLimitThatFails(t *testing.T) {
	broken := errors.New("broken")
	for _, tt := range []struct {
		name  string
		fails func(context.Context) error
		delay time.Duration // of a call that finds out
	}{
		{"at once", func(context.Context) error { return broken }, 0},
		{"late", func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		}, 250 * time.Millisecond},
		{"never, whatever its context says", func(context.Context) error {
			time.Sleep(10 * time.Second)
			return nil
		}, 250 * time.Millisecond},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var isDown bool
				var mu sync.Mutex
				limit := &apitest.SharedLimit{Err: func(ctx context.Context) error {
					mu.Lock()
					fails := isDown
					mu.Unlock()
					if fails {
						return tt.fails(ctx)
					}
					return nil
				}}
				set := func(down bool) {
					mu.Lock()
					defer mu.Unlock()
					isDown = down
				}
				var log bytes.Buffer
				server := &limited{perMinute: 200}
				var last atomic.Pointer[api.SlotRequest]
				c := newClient(t, server, api.WithSharedLimit(spyLimit{limit, &last}),
					api.WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
				callAll(t, 50, c)
				set(true)
				if took := callAll(t, 50, c); took > tt.delay+100*time.Millisecond {
					t.Errorf("calls took %v", took)
				}
				for range 20 {
					time.Sleep(time.Second)
					callAll(t, 1, c)
				}
				if r := last.Load(); r.Calls > 0 || r.Sent == 0 {
					t.Errorf("counting alone, it asks for %d slots, and tells of %d", r.Calls, r.Sent)
				}
				set(false)
				time.Sleep(40 * time.Second)
				callAll(t, 1, c) // tries whether the count is back
				time.Sleep(time.Second)
				synctest.Wait()
				lost := strings.Count(log.String(), "level=WARN msg=\"sellerscenter: shared limit lost")
				back := strings.Count(log.String(), "level=INFO msg=\"sellerscenter: shared limit is back")
				if lost != 1 || back != 1 || strings.Contains(log.String(), markedKey) {
					t.Errorf("lost %d times, back %d times; the log is\n%s", lost, back, &log)
				}
				other := newClient(t, server, api.WithSharedLimit(limit))
				callAll(t, 195, other) // what went alone in the last minute counts
				if server.refused > 0 {
					t.Errorf("%d requests refused", server.refused)
				}
				time.Sleep(time.Minute)
			})
		})
	}
}

func TestCancelledCallDoesNotWaitForTheSharedLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limit := &apitest.SharedLimit{Err: func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		}}
		c := newClient(t, &limited{perMinute: 200}, api.WithSharedLimit(limit))
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		began := time.Now()
		_, err := get(ctx, c)
		took := time.Since(began)
		if !errors.Is(err, context.DeadlineExceeded) || took != 50*time.Millisecond {
			t.Errorf("error %v after %v", err, took)
		}
		time.Sleep(time.Second)
	})
}

// TestSharedLimitIsAskedOnceForManyCalls counts what the store has to do.
func TestSharedLimitIsAskedOnceForManyCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int64
		limit := &apitest.SharedLimit{Err: func(context.Context) error {
			asked.Add(1)
			time.Sleep(time.Millisecond)
			return nil
		}}
		c := newClient(t, &limited{perMinute: 200}, api.WithSharedLimit(limit))
		for range 50 {
			callAll(t, 1, c)
		}
		if asked := asked.Load(); asked != 50 {
			t.Errorf("asked %d times for 50 calls, one after the other", asked)
		}
		callAll(t, 100, c)
		if asked := asked.Load(); asked > 50+5 {
			t.Errorf("asked %d times for 100 calls at once", asked-50)
		}
	})
}

// oddLimit is a SharedLimit of a careless user's.
type oddLimit func(api.SlotRequest) (api.SlotGrant, error)

func (f oddLimit) Take(_ context.Context, r api.SlotRequest) (api.SlotGrant, error) { return f(r) }

// TestOddGrants has limits that grant nothing without a time, or more than was asked for.
func TestOddGrants(t *testing.T) {
	for _, tt := range []struct {
		name  string
		grant api.SlotGrant
		most  int64 // questions in three seconds
	}{
		{"nothing", api.SlotGrant{}, 310},
		{"too much", api.SlotGrant{Calls: 20, Polls: 20, Free: 99}, 2},
		{"less than nothing", api.SlotGrant{Calls: -1, Polls: -1, Free: -1}, 310},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var asked atomic.Int64
				limit := oddLimit(func(api.SlotRequest) (api.SlotGrant, error) {
					asked.Add(1)
					return tt.grant, nil
				})
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				_, err := get(ctx, newClient(t, &limited{perMinute: 200}, api.WithSharedLimit(limit)))
				if isLate := errors.Is(err, context.DeadlineExceeded); isLate != (tt.grant.Calls <= 0) {
					t.Errorf("error %v", err)
				}
				time.Sleep(2 * time.Second)
				if n := asked.Load(); n > tt.most {
					t.Errorf("asked %d times", n)
				}
			})
		})
	}
}

// TestSharedLimitThatHangsIsNotAskedAgain has one that never minds its context.
func TestSharedLimitThatHangsIsNotAskedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		underway, most := 0, 0
		var mu sync.Mutex
		add := func(n int) {
			mu.Lock()
			defer mu.Unlock()
			underway += n
			most = max(most, underway)
		}
		limit := oddLimit(func(api.SlotRequest) (api.SlotGrant, error) {
			add(1)
			defer add(-1)
			time.Sleep(5 * time.Minute)
			return api.SlotGrant{}, nil
		})
		c := newClient(t, &limited{perMinute: 200}, api.WithSharedLimit(limit))
		for range 20 {
			callAll(t, 1, c)
			time.Sleep(time.Minute)
		}
		time.Sleep(10 * time.Minute)
		mu.Lock()
		defer mu.Unlock()
		if most != 1 {
			t.Errorf("%d questions at once", most)
		}
	})
}

// TestSharedLimitLostWhileFull knows what the limit said last: no slot is free for a while.
func TestSharedLimitLostWhileFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var isDown atomic.Bool
		limit := &apitest.SharedLimit{Err: func(context.Context) error {
			if isDown.Load() {
				return errors.New("down")
			}
			return nil
		}}
		server := &limited{perMinute: 200}
		clients := sharing(t, 2, server, limit)
		callAll(t, 200, clients[0])
		var calls sync.WaitGroup
		calls.Go(func() {
			if took := callAll(t, 1, clients[1]); took < 55*time.Second {
				t.Errorf("a call took %v", took)
			}
		})
		time.Sleep(time.Second)
		synctest.Wait()
		isDown.Store(true)
		calls.Wait()
		if server.refused > 0 {
			t.Errorf("%d requests refused", server.refused)
		}
	})
}

// TestGrantIsBelievedWithinBounds has limits that say what no limit can mean. What the server says is
// bounded in the same way.
func TestGrantIsBelievedWithinBounds(t *testing.T) {
	const year = 365 * 24 * time.Hour
	for _, tt := range []struct {
		name  string
		grant api.SlotGrant // to the first request; all is granted then
		took  time.Duration // by two calls, one after the other
		limit int
	}{
		{"a pause of a year", api.SlotGrant{Paused: year, Wait: year}, time.Hour, 200},
		{"a pause in the past", api.SlotGrant{Calls: 1, Free: 1, Paused: -year}, 0, 200},
		{"no slot for a year", api.SlotGrant{Wait: year, Full: year}, 3 * time.Second, 200},
		{"a limit beyond all limits", api.SlotGrant{Calls: 1, Free: 1, ServerLimit: math.MaxInt}, 0, 1 << 30},
		{"a limit below zero", api.SlotGrant{Calls: 1, Free: 1, ServerLimit: -5}, 0, 200},
		{"more than the limit is free", api.SlotGrant{Calls: 1, Free: math.MaxInt}, 0, 200},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var asked atomic.Int64
				c := newClient(t, okReply, api.WithSharedLimit(oddLimit(
					func(r api.SlotRequest) (api.SlotGrant, error) {
						if asked.Add(1) == 1 {
							return tt.grant, nil
						}
						return granted(r), nil
					})))
				began := time.Now()
				ctx, cancel := context.WithTimeout(t.Context(), 2*time.Hour)
				defer cancel()
				for range 2 {
					if _, err := get(ctx, c); err != nil {
						t.Error(err)
					}
				}
				if took := time.Since(began); took != tt.took {
					t.Errorf("two calls took %v, want %v", took, tt.took)
				}
				if limit := c.RateLimits()[0].Limit; limit != tt.limit {
					t.Errorf("limit %d, want %d", limit, tt.limit)
				}
			})
		})
	}
}

// TestGrantHoldsNobody: the state tells of a hold only after a refusal.
func TestGrantHoldsNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, okReply, api.WithSharedLimit(new(apitest.SharedLimit)))
		calls(t, c, 3)
		if until := c.RateLimits()[0].HeldUntil; !until.IsZero() {
			t.Errorf("held until %v, though nothing was refused", until)
		}
	})
}

// TestSharedLimitThatComesAndGoes is lost once, and is back once it has been well for a while.
func TestSharedLimitThatComesAndGoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		var asked int
		var isWell atomic.Bool
		limit := oddLimit(func(r api.SlotRequest) (api.SlotGrant, error) {
			asked++
			if !isWell.Load() && asked%5 == 0 {
				return api.SlotGrant{}, errors.New("connection cut")
			}
			return granted(r), nil
		})
		c := newClient(t, okReply, api.WithSharedLimit(limit),
			api.WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
		for i := range 200 {
			isWell.Store(i >= 150)
			calls(t, c, 1)
			time.Sleep(500 * time.Millisecond)
		}
		lost := strings.Count(log.String(), "shared limit lost")
		back := strings.Count(log.String(), "shared limit is back")
		if lost != 1 || back != 1 {
			t.Errorf("lost %d times and back %d times:\n%s", lost, back, &log)
		}
	})
}
