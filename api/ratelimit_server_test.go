package api_test

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sellerscenter/client-go/api"
)

// refuseFirst refuses the first n requests as answer says, and completes the others.
func refuseFirst(n int, answer string) *recording {
	return record(func(i int, w http.ResponseWriter, r *http.Request) {
		if i > n {
			writeAnswer(w, r, "completed")
		} else {
			writeAnswer(w, r, answer)
		}
	})
}

func TestGivesWayToOthersOnTheKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		// Others have used 150 of the 200 before our first call, and nothing since.
		s := record(func(n int, w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-RateLimit-Limit", "200")
			w.Header().Set("X-RateLimit-Remaining", strconv.Itoa(max(50-n, 0)))
			writeAnswer(w, r, "completed")
		})
		c := newClient(t, s)
		calls(t, c, 1)
		if left := c.RateLimits()[0].Remaining; left != 49 {
			t.Errorf("%d remaining, want the server's 49", left)
		}
		calls(t, c, 199)
		if n := s.by(0); n < 40 || n > 52 {
			t.Errorf("%d at once, want nearly the 50 that others left", n)
		}
	})
}

func TestRemainingAboveOurCountIsNoNews(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := record(completedWith("X-RateLimit-Remaining", "199"))
		calls(t, newClient(t, s), 250)
		if n := s.by(time.Minute); n > 200 {
			t.Errorf("%d in a minute, want at most 200", n)
		}
	})
}

func TestRefusalHoldsEveryone(t *testing.T) {
	for _, tt := range []struct {
		name   string
		answer string
		until  time.Duration
	}{
		{"with a time", "429/17", 17 * time.Second},
		{"without one", "429", 500 * time.Millisecond},
		{"for longer than an hour", "429/7200", time.Hour},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := refuseFirst(1, tt.answer)
				c := newClient(t, s, once)
				_, _ = get(t.Context(), c)
				if held := time.Until(c.RateLimits()[0].HeldUntil); held != tt.until {
					t.Errorf("held for %v, want %v", held, tt.until)
				}
				var wait sync.WaitGroup
				wait.Go(func() { _, _ = c.WaitShipOrderBatch(t.Context(), batchID) })
				calls(t, c, 10)
				wait.Wait()
				if n, m := s.by(tt.until-1), s.by(tt.until+2*time.Second); n != 1 || m != 12 {
					t.Errorf("%d requests before the time, %d at it, want 1 and 12", n, m)
				}
			})
		})
	}
}

// TestHoldIsNeverShortened has two requests that are refused, the later one for a shorter time.
func TestHoldIsNeverShortened(t *testing.T) {
	for _, later := range []string{"429/5", "429"} {
		t.Run(later, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := record(func(n int, w http.ResponseWriter, r *http.Request) {
					time.Sleep(time.Duration(n) * time.Second)
					writeAnswer(w, r, []string{"429/60", later, "completed"}[n-1])
				})
				c := newClient(t, s, once)
				var all sync.WaitGroup
				for range 2 {
					all.Go(func() { _, _ = get(t.Context(), c) })
				}
				all.Wait()
				if until := c.RateLimits()[0].HeldUntil.Sub(s.start); until != 61*time.Second {
					t.Errorf("held until %v, want the 61s of the first refusal", until)
				}
				calls(t, c, 1)
				if s.arrived[2] != 61*time.Second {
					t.Errorf("requests after %v, want the third at 61s", s.arrived)
				}
			})
		})
	}
}

// TestCallHeldByARefusalMatchesIt: the reason that it was not sent is the server's 429.
func TestCallHeldByARefusalMatchesIt(t *testing.T) {
	for _, tt := range []struct {
		name    string
		end     contextEnd
		took    time.Duration
		matches error
	}{
		{"deadline before the time", contextEnd{30 * time.Second, false}, 0, context.DeadlineExceeded},
		{"cancelled meanwhile", contextEnd{10 * time.Second, true}, 10 * time.Second, context.Canceled},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := refuseFirst(1, "429/60")
				c := newClient(t, s, once)
				_, _ = get(t.Context(), c)
				ctx, cancel := tt.end.of(t.Context())
				defer cancel()
				start := time.Now()
				_, err := get(ctx, c)
				if !errors.Is(err, tt.matches) || !errors.Is(err, api.ErrRateLimited) {
					t.Errorf("error %v, want one that matches %v and ErrRateLimited", err, tt.matches)
				}
				if !strings.HasSuffix(err.Error(), " (not sent)") || len(s.arrived) != 1 {
					t.Errorf("error %v after %d requests, want it not sent", err, len(s.arrived))
				}
				if d := time.Since(start); d != tt.took {
					t.Errorf("ended after %v, want %v", d, tt.took)
				}
			})
		})
	}
}

func TestRefusalWithATimeForgetsOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		// Others have used up the limit; the server says when there is room.
		s := record(func(n int, w http.ResponseWriter, r *http.Request) {
			if n > 1 {
				writeAnswer(w, r, "completed")
				return
			}
			w.Header().Set("X-RateLimit-Limit", "200")
			w.Header().Set("X-RateLimit-Remaining", "0")
			writeAnswer(w, r, "429/17")
		})
		c := newClient(t, s, once)
		_, _ = get(t.Context(), c)
		if left := c.RateLimits()[0].Remaining; left != 0 {
			t.Errorf("%d remaining while held, want 0", left)
		}
		calls(t, c, 150)
		if n := s.by(17 * time.Second); n != 151 {
			t.Errorf("%d requests by the time that the server gave, want 151", n)
		}
	})
}

func TestRefusedRequestsCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := refuseFirst(10, "429/1")
		calls(t, newClient(t, s), 250)
		if n := s.by(time.Minute); n != 200 {
			t.Errorf("%d requests in the first minute, want 200 with the refused", n)
		}
	})
}
