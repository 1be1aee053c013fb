package api_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/generated"
)

func TestPollIntervalGrowsWithJitter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serve(append(slices.Repeat([]string{"processing"}, 200), "completed")...)
		c := newClient(t, s, api.WithoutRateLimit())
		if _, err := c.WaitShipOrderBatch(t.Context(), batchID); err != nil {
			t.Fatal(err)
		}
		if s.asked[0] != 0 || s.asked[1] != 500*time.Millisecond {
			t.Errorf("first polls after %v, want at once and 500ms later", s.asked[:2])
		}
		var gaps []time.Duration
		for i := range s.asked[10:] {
			gaps = append(gaps, s.asked[10+i]-s.asked[9+i])
		}
		low := slices.Min(gaps)
		high := slices.Max(gaps)
		if low < 1500*time.Millisecond || low > 1600*time.Millisecond ||
			high < 2900*time.Millisecond || high > 3*time.Second {
			t.Errorf("later polls %v to %v apart, want up to half off 3s", low, high)
		}
	})
}

// TestPollIntervalGrowsByHalf looks at the longest intervals of many waits, which have no jitter.
func TestPollIntervalGrowsByHalf(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		longest := make([]time.Duration, 6)
		for range 300 {
			s := serve(append(slices.Repeat([]string{"processing"}, len(longest)), "completed")...)
			_, err := newClient(t, s, api.WithoutRateLimit()).WaitShipOrderBatch(t.Context(), batchID)
			if err != nil {
				t.Fatal(err)
			}
			for i := range longest {
				longest[i] = max(longest[i], s.asked[i+1]-s.asked[i])
			}
		}
		want := 500 * time.Millisecond
		for i, got := range longest {
			if got > want+time.Millisecond || got < want*19/20 {
				t.Errorf("interval %d is up to %v, want %v", i+1, got, want)
			}
			want = min(want*3/2, 3*time.Second)
		}
	})
}

func TestRetryStatusWaitsLongest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serve("retry", "retry", "completed")
		if _, err := newClient(t, s).WaitShipOrderBatch(t.Context(), batchID); err != nil {
			t.Fatal(err)
		}
		if want := []time.Duration{0, 3 * time.Second, 6 * time.Second}; !slices.Equal(s.asked, want) {
			t.Errorf("polls after %v, want %v", s.asked, want)
		}
	})
}

func TestNextPollKeepsToRetryAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serve("503/200", "completed") // longer than the call's own retries wait
		_, err := newClient(t, s).WaitShipOrderBatch(t.Context(), batchID)
		if want := []time.Duration{0, 200 * time.Second}; !slices.Equal(s.asked, want) || err != nil {
			t.Errorf("polls after %v, error %v, want %v", s.asked, err, want)
		}
	})
}

// TestExtremePollIntervals: an interval that is accepted works, at both ends of what a Duration
// holds.
func TestExtremePollIntervals(t *testing.T) {
	for _, tt := range []struct {
		minimum, maximum time.Duration
		low, high        int // polls in a minute
	}{
		{math.MaxInt64, math.MaxInt64, 2, 2}, // the first, and the last before the deadline
		{time.Second, math.MaxInt64, 5, 20},
		{1, 10 * time.Second, 20, 200}, // a nanosecond grows by half as well
	} {
		t.Run(fmt.Sprint(tt.minimum, " to ", tt.maximum), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				// It ends in any case, since polls a nanosecond apart never would.
				s := serve(append(slices.Repeat([]string{"pending"}, 1000), "completed")...)
				c := newClient(t, s, api.WithoutRateLimit())
				_, err := c.WaitShipOrderBatch(ctx, batchID, api.WithPollInterval(tt.minimum, tt.maximum))
				polls := len(s.asked)
				if !errors.Is(err, context.DeadlineExceeded) || polls < tt.low || polls > tt.high {
					t.Errorf("%d polls, want %d to %d; error %v", polls, tt.low, tt.high, err)
				}
			})
		})
	}
}

func TestLastPollBeforeDeadline(t *testing.T) {
	for _, tt := range []struct {
		name    string
		answers []string
	}{
		{"still in progress", []string{"pending", "processing"}},
		{"failing", []string{"processing", "503"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
				defer cancel()
				s := serve(tt.answers...)
				_, err := newClient(t, s, once).WaitShipOrderBatch(ctx, batchID)
				took := time.Since(s.start)
				last := s.asked[len(s.asked)-1]
				if last < 19*time.Second || last >= 20*time.Second || took > 20*time.Second {
					t.Errorf("last poll after %v, ended after %v, want just before 20s", last, took)
				}
				says := fmt.Sprintf("deadline exceeded after %d polls (last status processing)", len(s.asked))
				if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), says) {
					t.Errorf("error %v, want the deadline and %q", err, says)
				}
			})
		})
	}
}

// TestLastPollBeforeNearDeadline has less time than the shortest interval.
func TestLastPollBeforeNearDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		s := serve("pending", "processing")
		_, err := newClient(t, s).WaitShipOrderBatch(ctx, batchID)
		want := []time.Duration{0, 150 * time.Millisecond}
		if !errors.Is(err, context.DeadlineExceeded) || !slices.Equal(s.asked, want) {
			t.Errorf("polls after %v, want %v; error %v", s.asked, want, err)
		}
	})
}

func TestResultOfTheLastPollIsKept(t *testing.T) {
	for _, before := range []string{"processing", "503/30"} { // the latter asks for more time than there is
		t.Run(before, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
				defer cancel()
				start := time.Now()
				c := newClient(t, wire(func(r *http.Request) (*http.Response, error) {
					if time.Since(start) > 19*time.Second {
						return serve("completed").RoundTrip(r)
					}
					return serve(before).RoundTrip(r)
				}))
				batch, err := c.WaitShipOrderBatch(ctx, batchID)
				if err != nil || batch.Status != generated.RequestStatusCompleted {
					t.Errorf("the last poll's result was lost: %v, %v", batch, err)
				}
			})
		})
	}
}

// TestMistakenRetryAfterDoesNotHoldAWaitForGood: 900000000 seconds are 28 years.
func TestMistakenRetryAfterDoesNotHoldAWaitForGood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serve("503/900000000", "completed")
		_, err := newClient(t, s).WaitShipOrderBatch(t.Context(), batchID)
		if err != nil || len(s.asked) != 2 || s.asked[1] > time.Hour {
			t.Errorf("polls after %v, error %v, want the second within an hour", s.asked, err)
		}
	})
}
