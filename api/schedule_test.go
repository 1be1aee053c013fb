package api_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sellerscenter/client-go/api"
)

// TestPollsKeepToTheirSchedule has exact times: at a fixed interval nothing is left to chance.
func TestPollsKeepToTheirSchedule(t *testing.T) {
	standard := []api.WaitOption{api.WithPollInterval(500*time.Millisecond, 3*time.Second)}
	longest := []api.WaitOption{every(math.MaxInt64)}
	checkWaits(t, []waitCase{
		{
			name: "the status that asks for patience", polls: "retry, retry, completed", wait: standard,
			want: ending{"completed", 3, 6 * time.Second, ""},
		},
		{
			name: "Retry-After", polls: "503/200, completed",
			want: ending{"completed", 2, 200 * time.Second, ""},
		},
		{
			name: "Retry-After of 28 years", polls: "503/900000000, completed",
			want: ending{"completed", 2, time.Hour, ""},
		},
		{
			name: "last poll before the deadline", polls: strings.Repeat("processing, ", 19) + "completed",
			end:  contextEnd{20 * time.Second, false},
			want: ending{"completed", 20, 19 * time.Second, ""},
		},
		{
			name: "last poll though it was asked not to", polls: "503/30, completed",
			end:  contextEnd{20 * time.Second, false},
			want: ending{"completed", 2, 19 * time.Second, ""},
		},
		{
			name: "last poll before a near deadline", polls: "pending, processing", wait: standard,
			end: contextEnd{300 * time.Millisecond, false},
			want: ending{
				"", 2, 150 * time.Millisecond, "deadline exceeded after 2 polls (last status processing)",
			},
		},
		{
			name: "last poll of a wait with the longest interval", polls: "pending", wait: longest,
			end:  contextEnd{time.Minute, false},
			want: ending{"", 2, 58 * time.Second, "deadline exceeded after 2 polls (last status pending)"},
		},
	})
}

// TestPollIntervalGrowsByHalf looks at the shortest and the longest intervals of many waits: up to
// half of an interval is left out by chance.
func TestPollIntervalGrowsByHalf(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shortest := slices.Repeat([]time.Duration{time.Hour}, 8)
		longest := make([]time.Duration, 8)
		for range 300 {
			s := serve(append(slices.Repeat([]string{"processing"}, 8), "completed")...)
			_, err := newClient(t, s, api.WithoutRateLimit()).WaitShipOrderBatch(t.Context(), batchID)
			if err != nil || s.arrived[0] != 0 {
				t.Fatalf("error %v, first poll after %v", err, s.arrived[0])
			}
			for i := range longest {
				interval := s.arrived[i+1] - s.arrived[i]
				shortest[i] = min(shortest[i], interval)
				longest[i] = max(longest[i], interval)
			}
		}
		want := 500 * time.Millisecond
		for i := range longest {
			low := max(want/2, 500*time.Millisecond)
			if shortest[i] < low || shortest[i] > low*11/10 ||
				longest[i] < want*19/20 || longest[i] > want {
				t.Errorf("interval %d is %v to %v, want %v to %v", i+1, shortest[i], longest[i], low, want)
			}
			want = min(want*3/2, 3*time.Second)
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
		{time.Second, math.MaxInt64, 5, 20},
		{1, 10 * time.Second, 20, 200}, // a nanosecond grows by half as well
	} {
		synctest.Test(t, func(t *testing.T) {
			// It ends in any case, since polls a nanosecond apart never would.
			s := serve(append(slices.Repeat([]string{"pending"}, 1000), "completed")...)
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			_, err := newClient(t, s, api.WithoutRateLimit()).WaitShipOrderBatch(ctx, batchID,
				api.WithPollInterval(tt.minimum, tt.maximum))
			if n := len(s.arrived); !errors.Is(err, context.DeadlineExceeded) || n < tt.low || n > tt.high {
				t.Errorf("%v to %v: %d polls, error %v", tt.minimum, tt.maximum, n, err)
			}
		})
	}
}
