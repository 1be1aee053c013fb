package waitsim

import (
	"math/rand/v2"
	"time"
)

// Latency draws the time that a request takes, there and back.
type Latency func(*rand.Rand) time.Duration

// Fixed returns a latency that is always the same.
func Fixed(d time.Duration) Latency {
	return func(*rand.Rand) time.Duration { return d }
}

// Between returns a latency that is evenly distributed.
func Between(low, high time.Duration) Latency {
	return func(r *rand.Rand) time.Duration { return low + time.Duration(r.Int64N(int64(high-low))) }
}
