package retry

import (
	"math"
	"math/rand/v2"
	"time"
)

// Policy says how often and how patiently a call is attempted.
type Policy struct {
	// MaxAttempts counts the first attempt too.
	MaxAttempts int
	// MinDelay and MaxDelay bound the backoff before jitter: it begins with MinDelay and doubles up
	// to MaxDelay.
	MinDelay, MaxDelay time.Duration
}

// backoff returns the delay after the given number of attempts: full jitter, that is a uniformly
// random share of the exponential delay, so that callers that failed together do not come back
// together.
func (p Policy) backoff(attempts int) time.Duration {
	ceiling := min(float64(p.MinDelay)*math.Pow(2, float64(attempts-1)), float64(p.MaxDelay))
	return time.Duration(rand.Float64() * ceiling)
}
