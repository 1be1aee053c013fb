package ratelimit

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sellerscenter/client-go/generated"
)

// server answers after a latency and records when requests arrive.
type server struct {
	mu      sync.Mutex
	latency time.Duration
	answer  func(n int) *http.Response // n counts from 1
	arrived []time.Duration
	start   time.Time
}

func (s *server) Do(r *http.Request) (*http.Response, error) {
	s.mu.Lock()
	s.arrived = append(s.arrived, time.Since(s.start))
	n := len(s.arrived)
	s.mu.Unlock()
	time.Sleep(s.latency)
	if s.answer == nil {
		return answer(200), nil
	}
	return s.answer(n), nil
}

func answer(status int, header ...string) *http.Response {
	h := http.Header{}
	for i := 0; i < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	return &http.Response{StatusCode: status, Header: h}
}

// newLimiter limits the operation "op" to 200 a minute, and "free" not at all.
func newLimiter(s *server, change ...func(*Limiter)) *Limiter {
	s.start = time.Now()
	l := &Limiter{Next: s.Do, ParseCount: generated.ParseCount, Operation: func(r *http.Request) (string, int) {
		return r.URL.Path, map[string]int{"op": 200}[r.URL.Path]
	}, RetryAfter: func(h http.Header, _ time.Time) (time.Duration, bool) {
		n, err := strconv.Atoi(h.Get("Retry-After"))
		return time.Duration(n) * time.Second, err == nil
	}}
	for _, f := range change {
		f(l)
	}
	return l
}

func do(ctx context.Context, l *Limiter, operation string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, operation, nil)
	if err != nil {
		return err
	}
	_, err = l.Do(req)
	return err
}

// calls makes n calls at once and waits for them.
func calls(t *testing.T, l *Limiter, operation string, n int) {
	t.Helper()
	var all sync.WaitGroup
	for range n {
		all.Go(func() {
			if err := do(t.Context(), l, operation); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

// by reports how many requests had arrived by a time.
func (s *server) by(d time.Duration) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n, _ := slices.BinarySearch(s.arrived, d+1)
	return n
}

func TestWholeBudgetGoesAtOnceAndNoMore(t *testing.T) {
	for _, latency := range []time.Duration{0, 80 * time.Millisecond, 20 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			s := &server{latency: latency}
			calls(t, newLimiter(s), "op", 450)
			if n := s.by(0); n != 200 {
				t.Errorf("latency %v: %d at once, want 200", latency, n)
			}
			// A slot is free a minute after the answer, which is when the server can have counted it at the latest.
			if n, m := s.by(latency+time.Minute), s.by(latency+period); n != 200 || m != 400 {
				t.Errorf("latency %v: %d within a minute of the answers, %d after it, want 200 and 400", latency, n, m)
			}
		})
	}
}

// TestLargeLimitsCostLittle would take minutes if each turn looked at each slot.
func TestLargeLimitsCostLittle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(&server{}, func(l *Limiter) { l.Max = 10_000_000 })
		for _, operation := range []string{"op", "free"} {
			for range 100_000 {
				if err := do(t.Context(), l, operation); err != nil {
					t.Fatal(err)
				}
			}
		}
	})
	unlimited := newLimiter(&server{})
	calls(t, unlimited, "free", 1000)
	if w := unlimited.window("free", 0); len(w.own)+len(w.calls) != 0 {
		t.Errorf("%d slots are logged without a limit", len(w.own))
	}
}

func TestOperationsHaveTheirOwnWindows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{}
		l := newLimiter(s)
		calls(t, l, "op", 200)
		calls(t, l, "free", 1000)
		if n := s.by(0); n != 1200 {
			t.Errorf("%d at once, want the limited operation's 200 and all 1,000 of the other", n)
		}
	})
}

func TestServersLimitReplacesTheDocumented(t *testing.T) {
	for _, tt := range []struct {
		operation, header string
		want              int
	}{
		{"op", "", 200},
		{"op", "50", 50},
		{"op", "50, 50;w=60", 50},
		{"op", "300", 300},
		{"op", "100000", 100_000},
		{"op", "9999999999", maxLimit},
		{"op", "0", 200},
		{"op", "abc", 200},
		{"op", "-5", 200},
		{"op", "99999999999999999999", 200},
		{"free", "50", 50},
		{"free", "abc", 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := &server{answer: func(int) *http.Response { return answer(200, "X-RateLimit-Limit", tt.header) }}
			l := newLimiter(s)
			calls(t, l, tt.operation, 1)
			if limit, remaining, _ := l.State(tt.operation, 0); limit != tt.want || remaining != max(tt.want-1, 0) {
				t.Errorf("%s with %q: limit %d, %d remaining, want %d", tt.operation, tt.header, limit, remaining, tt.want)
			}
			calls(t, l, tt.operation, 400)
			if n, want := s.by(0), min(cmp.Or(tt.want, 401), 401); n != want {
				t.Errorf("%s with %q: %d at once, want %d", tt.operation, tt.header, n, want)
			}
		})
	}
}

func TestLoweredLimitWaitsForSlotsBelowIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{}
		s.answer = func(n int) *http.Response {
			if n < 200 {
				return answer(200)
			}
			return answer(200, "X-RateLimit-Limit", "50")
		}
		l := newLimiter(s)
		for range 4 { // slots that come free 10 s apart
			calls(t, l, "op", 50)
			time.Sleep(10 * time.Second)
		}
		calls(t, l, "op", 120)
		for i, want := range map[int]time.Duration{199: 30 * time.Second, 200: 30*time.Second + period, 249: 30*time.Second + period, 250: 30*time.Second + 2*period, 319: 30*time.Second + 3*period} {
			if s.arrived[i] != want {
				t.Errorf("request %d went after %v, want %v", i, s.arrived[i], want)
			}
		}
		soon, cancel := context.WithTimeout(t.Context(), period-time.Second)
		defer cancel()
		calls(t, l, "op", 30) // of the 50, 20 went in the last round
		if err := do(soon, l, "op"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v, want deadline exceeded", err)
		}
	})
}

func TestMaxBoundsBoth(t *testing.T) {
	for _, tt := range []struct {
		maximum      int
		header       string
		first, later int
	}{
		{50, "", 50, 50},
		{50, "200", 50, 50},
		{50, "20", 50, 20},
		{500, "", 500, 500},
		{500, "300", 500, 300},
		{100_000, "100000", 100_000, 100_000},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := &server{answer: func(int) *http.Response { return answer(200, "X-RateLimit-Limit", tt.header) }}
			l := newLimiter(s, func(l *Limiter) { l.Max = tt.maximum })
			if limit, _, _ := l.State("op", 200); limit != tt.maximum {
				t.Errorf("limit %d, want %d", limit, tt.maximum)
			}
			calls(t, l, "op", 1)
			if limit, _, _ := l.State("op", 200); limit != tt.later {
				t.Errorf("max %d with %q: limit %d, want %d", tt.maximum, tt.header, limit, tt.later)
			}
		})
	}
}

func TestGivesWayToOthersOnTheKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		// Others have used 150 of the 200 before our first call, and nothing since.
		s := &server{}
		s.answer = func(n int) *http.Response {
			return answer(200, "X-RateLimit-Limit", "200", "X-RateLimit-Remaining", strconv.Itoa(max(50-n, 0)))
		}
		l := newLimiter(s)
		calls(t, l, "op", 1)
		if _, remaining, _ := l.State("op", 200); remaining != 49 {
			t.Errorf("%d remaining, want the server's 49", remaining)
		}
		calls(t, l, "op", 48)
		if n := s.by(0); n < 40 || n > 49 {
			t.Errorf("%d at once, want nearly 49", n)
		}
	})
}

func TestTakesBackWhatOthersNoLongerUse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		remaining := 20
		s := &server{answer: func(int) *http.Response {
			return answer(200, "X-RateLimit-Limit", "200", "X-RateLimit-Remaining", strconv.Itoa(remaining))
		}}
		l := newLimiter(s)
		calls(t, l, "op", 1)
		if _, left, _ := l.State("op", 200); left != 20 {
			t.Errorf("%d left, want 20", left)
		}
		remaining = 150
		calls(t, l, "op", 1)
		if _, left, _ := l.State("op", 200); left != 150 {
			t.Errorf("%d left, want 150", left)
		}
	})
}

func TestPollsLeaveRoomForDirectCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{}
		l := newLimiter(s)
		calls(t, l, "op", 98)
		time.Sleep(time.Second)
		var polls sync.WaitGroup
		for range 2 {
			polls.Go(func() {
				if err := do(AsPoll(t.Context()), l, "op"); err != nil {
					t.Error(err)
				}
			})
		}
		polls.Wait()
		// 200 slots less 98 that direct calls have and 4 for those to come.
		if gap := s.arrived[99] - s.arrived[98]; gap != period/98 {
			t.Errorf("polls %v apart, want %v", gap, period/98)
		}
	})
}

// TestTurnGrantedToCancelledWaiterIsGivenBack cancels waiters at the very moment at which their turns come.
func TestTurnGrantedToCancelledWaiterIsGivenBack(t *testing.T) {
	for range 20 {
		synctest.Test(t, func(t *testing.T) {
			s := &server{}
			l := newLimiter(s)
			calls(t, l, "op", 200)
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(period, cancel)
			var all sync.WaitGroup
			for range 200 {
				all.Go(func() { _ = do(ctx, l, "op") })
			}
			all.Wait()
			granted := s.by(period) - 200
			calls(t, l, "op", 200-granted)
			if n := s.by(period); n != 400 {
				t.Fatalf("%d requests after a period, want 400: %d turns were lost", n, 400-n)
			}
		})
	}
}

func TestRemainingAboveOurCountIsNoNews(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{answer: func(int) *http.Response { return answer(200, "X-RateLimit-Remaining", "199") }}
		calls(t, newLimiter(s), "op", 250)
		if n := s.by(time.Minute); n > 200 {
			t.Errorf("%d in a minute, want at most 200", n)
		}
	})
}

func TestRefusalHoldsEveryone(t *testing.T) {
	for _, tt := range []struct {
		name   string
		header []string
		until  time.Duration
	}{
		{"with a time", []string{"Retry-After", "17"}, 17 * time.Second},
		{"without one", nil, minHold},
		{"for longer than two minutes", []string{"Retry-After", "3600"}, maxHold},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &server{answer: func(n int) *http.Response {
					if n == 1 {
						return answer(429, tt.header...)
					}
					return answer(200)
				}}
				l := newLimiter(s)
				calls(t, l, "op", 1)
				if _, _, held := l.State("op", 200); time.Until(held) != tt.until {
					t.Errorf("held for %v, want %v", time.Until(held), tt.until)
				}
				calls(t, l, "op", 10)
				if n, m := s.by(tt.until-1), s.by(tt.until); n != 1 || m != 11 {
					t.Errorf("%d requests before the time, %d at it, want 1 and 11", n, m)
				}
				calls(t, l, "free", 1)
			})
		})
	}
}

func TestRefusalWithATimeForgetsOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		// Others have used up the limit; the server says when there is room.
		s := &server{answer: func(n int) *http.Response {
			if n == 1 {
				return answer(429, "Retry-After", "17", "X-RateLimit-Limit", "200", "X-RateLimit-Remaining", "0")
			}
			return answer(200)
		}}
		l := newLimiter(s)
		calls(t, l, "op", 1)
		if _, remaining, _ := l.State("op", 200); remaining != 0 {
			t.Errorf("%d remaining while held, want 0", remaining)
		}
		calls(t, l, "op", 150)
		if n := s.by(17 * time.Second); n != 151 {
			t.Errorf("%d requests by the time that the server gave, want 151", n)
		}
	})
}

func TestRefusedRequestsCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{answer: func(n int) *http.Response {
			if n <= 10 {
				return answer(429, "Retry-After", "1")
			}
			return answer(200)
		}}
		l := newLimiter(s)
		calls(t, l, "op", 250)
		if n := s.by(period - 1); n != 200 {
			t.Errorf("%d requests in the first minute, want 200 with the refused", n)
		}
	})
}

func TestFirstComeFirstServed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{}
		l := newLimiter(s, func(l *Limiter) { l.Max = 1 })
		var mu sync.Mutex
		var order []int
		var all sync.WaitGroup
		for i := range 5 {
			all.Go(func() {
				time.Sleep(time.Duration(i) * time.Millisecond)
				if err := do(t.Context(), l, "op"); err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				order = append(order, i)
			})
		}
		all.Wait()
		if !slices.IsSorted(order) {
			t.Errorf("served in the order %v", order)
		}
		for i, at := range s.arrived {
			if at < time.Duration(i)*period {
				t.Errorf("request %d after %v", i, at)
			}
		}
	})
}

func TestDirectCallsGoBeforePolls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{}
		l := newLimiter(s, func(l *Limiter) { l.Max = 1 })
		var mu sync.Mutex
		var order []string
		var all sync.WaitGroup
		call := func(ctx context.Context, name string) {
			all.Go(func() {
				if err := do(ctx, l, "op"); err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				order = append(order, name)
			})
			synctest.Wait()
		}
		call(t.Context(), "first")
		call(AsPoll(t.Context()), "poll")
		call(t.Context(), "direct")
		all.Wait()
		if !slices.Equal(order, []string{"first", "direct", "poll"}) {
			t.Errorf("served in the order %v", order)
		}
	})
}

func TestPollsAreSpacedEvenly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{latency: 80 * time.Millisecond}
		calls := newLimiter(s)
		var all sync.WaitGroup
		for range 500 {
			all.Go(func() {
				if err := do(AsPoll(t.Context()), calls, "op"); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		for i := 1; i < len(s.arrived); i++ {
			// A minute by 196: four slots of the 200 are left to direct calls.
			if gap := s.arrived[i] - s.arrived[i-1]; gap < 306*time.Millisecond || gap > 400*time.Millisecond {
				t.Fatalf("poll %d came %v after the one before it", i, gap)
			}
		}
	})
}

func TestCancelledWaiterCostsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{}
		l := newLimiter(s)
		calls(t, l, "op", 200)
		ctx, cancel := context.WithCancel(t.Context())
		var all sync.WaitGroup
		for range 300 {
			all.Go(func() {
				start := time.Now()
				if err := do(ctx, l, "op"); !errors.Is(err, context.Canceled) || !errors.As(err, new(interface{ Unsent() })) || time.Since(start) != time.Second {
					t.Errorf("error %v after %v, want canceled and unsent after 1s", err, time.Since(start))
				}
			})
		}
		time.Sleep(time.Second)
		cancel()
		all.Wait()
		calls(t, l, "op", 200)
		if n, m := s.by(period-1), s.by(period); n != 200 || m != 400 {
			t.Errorf("%d and then %d requests, want 200 and 400", n, m)
		}
	})
}

func TestWaitThatDoesNotFitEndsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{}
		l := newLimiter(s)
		calls(t, l, "op", 200)
		start := time.Now()
		tight, cancel := context.WithTimeout(t.Context(), period)
		defer cancel()
		if err := do(tight, l, "op"); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 0 {
			t.Errorf("error %v after %v, want deadline exceeded at once", err, time.Since(start))
		}
		wide, cancel := context.WithTimeout(t.Context(), period+1)
		defer cancel()
		if err := do(wide, l, "op"); err != nil || time.Since(start) != period {
			t.Errorf("error %v after %v, want success after %v", err, time.Since(start), period)
		}
	})
}

func TestWaitBehindOthersThatDoesNotFitEndsAtOnce(t *testing.T) {
	for name, in := range map[string]func(context.Context) context.Context{
		"direct": func(ctx context.Context) context.Context { return ctx }, "polls": AsPoll,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				l := newLimiter(&server{})
				var all sync.WaitGroup
				for range 1000 {
					all.Go(func() { _ = do(in(ctx), l, "op") })
				}
				synctest.Wait()
				start := time.Now()
				soon, stop := context.WithTimeout(in(t.Context()), 3*time.Minute)
				defer stop()
				// The turn is in more than four minutes.
				if err := do(soon, l, "op"); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 0 {
					t.Errorf("error %v after %v, want deadline exceeded at once", err, time.Since(start))
				}
				cancel()
				all.Wait()
			})
		})
	}
}
