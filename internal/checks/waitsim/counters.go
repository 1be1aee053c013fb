package waitsim

import (
	"math"
	"time"
)

// The rate limit that the spec states.
const (
	limit  = 200
	window = 60 * time.Second
)

// Counter decides which requests are within the limit. Refused requests count too.
type Counter interface {
	// Count counts a request at now.
	Count(now time.Time) Verdict
}

// Verdict is what a counter says about a request.
type Verdict struct {
	Allowed   bool
	Remaining int
	// Wait is how long it takes until a request is allowed again.
	Wait time.Duration
}

// SlidingLog counts the requests of the last window exactly.
type SlidingLog struct{ log []time.Time }

// Count implements Counter.
func (s *SlidingLog) Count(now time.Time) Verdict {
	for len(s.log) > 0 && now.Sub(s.log[0]) >= window {
		s.log = s.log[1:]
	}
	s.log = append(s.log, now)
	used := len(s.log)
	if used > limit {
		return Verdict{Wait: window - now.Sub(s.log[used-limit])}
	}
	return Verdict{Allowed: true, Remaining: limit - used}
}

// FixedWindow counts in windows of the clock.
type FixedWindow struct {
	start time.Time
	used  int
}

// Count implements Counter.
func (f *FixedWindow) Count(now time.Time) Verdict {
	start := now.Truncate(window)
	if start != f.start {
		f.start = start
		f.used = 0
	}
	f.used++
	if f.used > limit {
		return Verdict{Wait: start.Add(window).Sub(now)}
	}
	return Verdict{Allowed: true, Remaining: limit - f.used}
}

// WeightedCounter estimates a sliding window from the counts of two fixed ones.
type WeightedCounter struct {
	start    time.Time
	used     int
	previous int
}

// Count implements Counter.
func (w *WeightedCounter) Count(now time.Time) Verdict {
	w.turn(now.Truncate(window))
	w.used++
	left := 1 - float64(now.Sub(w.start))/float64(window)
	estimate := float64(w.previous)*left + float64(w.used)
	switch {
	case estimate <= limit:
		return Verdict{Allowed: true, Remaining: limit - int(math.Ceil(estimate))}
	case w.previous == 0:
		return Verdict{Wait: time.Duration(left * float64(window))}
	default:
		excess := (estimate - limit) / float64(w.previous)
		return Verdict{Wait: time.Duration(excess * float64(window))}
	}
}

// turn makes the window that begins at start the current one.
func (w *WeightedCounter) turn(start time.Time) {
	switch {
	case start.Equal(w.start):
		return
	case start.Equal(w.start.Add(window)):
		w.previous = w.used
	default:
		w.previous = 0
	}
	w.start = start
	w.used = 0
}
