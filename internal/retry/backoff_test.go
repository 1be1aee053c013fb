package retry

import (
	"slices"
	"testing"
	"time"
)

// TestBackoffDoublesWithFullJitter draws so often that its bounds are far beyond what chance does.
func TestBackoffDoublesWithFullJitter(t *testing.T) {
	policy := Policy{MinDelay: 500 * time.Millisecond, MaxDelay: 8 * time.Second}
	for attempts, ceiling := range map[int]time.Duration{
		1: 500 * time.Millisecond, 2: time.Second, 3: 2 * time.Second, 4: 4 * time.Second,
		5: 8 * time.Second, 6: 8 * time.Second, 5000: 8 * time.Second,
	} {
		draws := make([]time.Duration, 2000)
		for i := range draws {
			draws[i] = policy.backoff(attempts)
		}
		slices.Sort(draws)
		low := draws[0]
		median := draws[len(draws)/2]
		high := draws[len(draws)-1]
		if low > ceiling/20 || median < ceiling*2/5 || median > ceiling*3/5 || high < ceiling*19/20 ||
			high > ceiling {
			t.Errorf("delays after %d attempts are from %v to %v, median %v, want all of 0 to %v alike",
				attempts, low, high, median, ceiling)
		}
	}
}
