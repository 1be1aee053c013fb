package api_test

import (
	"net/http"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sellerscenter/client-go/api"
)

// TestFewSlotsAreLeftToOthers: since the last response, others may have used one more for every 25
// that they had.
func TestFewSlotsAreLeftToOthers(t *testing.T) {
	for remaining, atOnce := range map[int]int{8: 0, 9: 1, 20: 12, 100: 96} {
		t.Run(strconv.Itoa(remaining), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := record(completedWith("X-RateLimit-Remaining", strconv.Itoa(remaining)))
				s.latency = time.Millisecond
				c := newClient(t, s)
				calls(t, c, 1)
				calls(t, c, 160)
				if n := s.by(time.Millisecond) - 1; n != atOnce {
					t.Errorf("%d of %d went at once, want %d", n, remaining, atOnce)
				}
			})
		})
	}
}

// TestCallLooksWhetherOthersStillUseTheRest has a server that said so. A direct call does not take
// that for granted for longer than 3 s. A poll has time.
func TestCallLooksWhetherOthersStillUseTheRest(t *testing.T) {
	exhausted := func(t *testing.T) (*recording, *api.Client) {
		t.Helper()
		s := record(func(n int, w http.ResponseWriter, r *http.Request) {
			if n >= 195 {
				w.Header().Set("X-RateLimit-Remaining", "0")
			}
			writeAnswer(w, r, "completed")
		})
		c := newClient(t, s)
		calls(t, c, 194)
		calls(t, c, 1)
		return s, c
	}
	t.Run("calls", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s, c := exhausted(t)
			calls(t, c, 3)
			want := []time.Duration{3 * time.Second, 6 * time.Second, 9 * time.Second}
			if got := s.arrived[195:]; !slices.Equal(got, want) {
				t.Errorf("sent after %v, want %v", got, want)
			}
		})
	})
	t.Run("wait", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s, c := exhausted(t)
			_, err := c.WaitShipOrderBatch(t.Context(), batchID)
			if sent := s.arrived[195]; err != nil || sent < 20*time.Second {
				t.Errorf("error %v, polled after %v, want as long as the estimate says", err, sent)
			}
		})
	})
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

// TestCountOfASilentServerIsKept has a server that says once that two are left. From then on the
// client keeps that count itself: slots of its own that come free add a few to it, and a response
// takes one from it.
func TestCountOfASilentServerIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := record(func(n int, w http.ResponseWriter, r *http.Request) {
			if n == 20 {
				w.Header().Set("X-RateLimit-Remaining", "2")
			}
			writeAnswer(w, r, "completed")
		})
		s.latency = time.Second
		c := newClient(t, s)
		calls(t, c, 19)
		calls(t, c, 1)
		time.Sleep(2 * time.Minute) // all slots are free then
		start := time.Since(s.start)
		calls(t, c, 7)
		var got []time.Duration
		for _, at := range s.arrived[20:] {
			got = append(got, at-start)
		}
		// Four may be under way together, and then one at a time.
		want := []time.Duration{0, 0, 0, 0, time.Second, 2 * time.Second, 3 * time.Second}
		if !slices.Equal(got, want) {
			t.Errorf("sent after %v, want %v", got, want)
		}
	})
}
