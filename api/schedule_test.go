package api_test

import (
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
			name: "the status that asks for patience", polls: "retry, completed", wait: standard,
			want: ending{"completed", 2, 3 * time.Second, ""},
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
	const polls = 9
	set := func(minimum, maximum time.Duration) []api.WaitOption {
		return []api.WaitOption{api.WithPollInterval(minimum, maximum)}
	}
	for _, tt := range []struct {
		opts             []api.WaitOption
		minimum, maximum time.Duration
	}{
		{nil, 500 * time.Millisecond, 3 * time.Second},
		{set(time.Second, math.MaxInt64), time.Second, math.MaxInt64},
		{set(1, time.Second), 1, time.Second}, // a nanosecond grows as well
	} {
		synctest.Test(t, func(t *testing.T) {
			shortest := slices.Repeat([]time.Duration{time.Hour}, polls)
			longest := make([]time.Duration, polls)
			for range 200 {
				s := serve(append(slices.Repeat([]string{"processing"}, polls-1), "completed")...)
				c := newClient(t, s, api.WithoutRateLimit())
				_, err := c.WaitShipOrderBatch(t.Context(), batchID, tt.opts...)
				if err != nil || len(s.arrived) != polls || s.arrived[0] != 0 {
					t.Fatalf("error %v after polls at %v", err, s.arrived)
				}
				for i := 1; i < polls; i++ {
					shortest[i] = min(shortest[i], s.arrived[i]-s.arrived[i-1])
					longest[i] = max(longest[i], s.arrived[i]-s.arrived[i-1])
				}
			}
			want := tt.minimum
			for i := 1; i < polls; i++ {
				low := max(want/2, tt.minimum)
				if shortest[i] < low || shortest[i] > low*11/10+1 ||
					longest[i] < want*19/20 || longest[i] > want {
					t.Errorf("interval %d is %v to %v, want %v to %v", i, shortest[i], longest[i], low, want)
				}
				want = min(want+want/2+1, tt.maximum)
			}
		})
	}
}
