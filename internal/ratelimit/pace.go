package ratelimit

import (
	"math/rand/v2"
	"time"
)

// pace spreads polls evenly over the window, as it is now, so that each waiting batch is asked
// after in turn. Some may go at once when the pace has been unused, and one may follow at once on a
// poll that ended its wait, which asks for nothing more.
//
// It is a token bucket whose interval and size the caller gives, since they follow the window.
type pace struct {
	// credit is how many polls may go at once.
	credit float64
	// at is when credit was computed; zero stands for a full bucket.
	at time.Time
	// next is when it is worth asking again.
	next time.Time
}

// advance computes the credit for now, of which a share comes every interval, and reports whether a
// poll may go.
func (p *pace) advance(now time.Time, interval time.Duration, share, size float64) bool {
	earned := share * float64(now.Sub(p.at)) / float64(interval)
	p.credit = min(p.credit+earned, size)
	p.at = now
	missing := time.Duration((1 - p.credit) * float64(interval))
	p.next = now.Add(max(missing, interval/10) + 1)
	return p.credit >= 1
}

// restart takes all credit away until a time, and a little more by chance, since others are let go
// at the same moment.
func (p *pace) restart(at time.Time) {
	p.credit = -rand.Float64()
	p.at = at
}
