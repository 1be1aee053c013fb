package retry

import (
	"testing"
	"time"
)

func TestBackoffDoublesWithFullJitter(t *testing.T) {
	p := Policy{MinDelay: 500 * time.Millisecond, MaxDelay: 8 * time.Second}
	for i, ceiling := range []time.Duration{
		500 * time.Millisecond, time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 8 * time.Second,
	} {
		var low, high, sum time.Duration = time.Hour, 0, 0
		const n = 20_000
		for range n {
			d := p.backoff(i + 1)
			low, high, sum = min(low, d), max(high, d), sum+d
		}
		if low < 0 || high > ceiling {
			t.Errorf("after attempt %d: delays from %v to %v, want at most %v", i+1, low, high, ceiling)
		}
		// Uniform from nothing to the ceiling: the bounds are far beyond what chance does in so many draws.
		if low > ceiling/100 || high < ceiling*99/100 || sum/n < ceiling*45/100 || sum/n > ceiling*55/100 {
			t.Errorf("after attempt %d: delays from %v to %v, mean %v, want all of 0 to %v alike", i+1, low, high, sum/n, ceiling)
		}
	}
}

func TestBackoffDoesNotOverflow(t *testing.T) {
	p := Policy{MinDelay: 1, MaxDelay: 1<<63 - 2}
	for attempts := range 200 {
		if d := p.backoff(attempts + 1); d < 0 {
			t.Fatalf("after attempt %d: %v", attempts+1, d)
		}
	}
}
