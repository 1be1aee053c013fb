package ratelimit

import (
	"math/rand/v2"
	"time"
)

// maxBurst is how many polls of a client may be under way before more of them go faster than evenly:
// a burst learns from the first responses.
const maxBurst = 10

// pace spreads polls evenly over the window, so that each waiting batch is asked after in turn. Some
// may go at once after a time without polls, and one may follow on a poll that ended its wait, which
// asks for nothing more.
//
// It is a token bucket, whose interval and size follow the window and the number of those who wait.
type pace struct {
	credit   float64       // how many polls may go at once
	at       time.Time     // when credit was computed; zero stands for a full bucket
	last     time.Time     // when the last poll went
	interval time.Duration // in which credit for one poll comes
	burst    int           // the most credit
}

// paceAfterPause returns a pace that begins anew after a pause, a little later by chance, since other
// clients are let go at the same moment.
func paceAfterPause(end time.Time) pace { return pace{credit: -rand.Float64(), at: end} }

// follow sets interval and size: a sixth of the limit may go at once, less while many wait. What the
// others leave just lasts at the pace, with a few slots for direct calls.
func (p *pace) follow(limit, others, waiting int) {
	p.burst = max(min(limit/6, max(8, (limit-waiting)/3)), 1)
	p.interval = max(period/time.Duration(max(limit-limit/50-others-p.burst, 1)), 1)
}

// share returns how much of the credit comes. While more polls wait than may go at once, one that has
// waited for less than two thirds of what an even pace would make it wait slows the pace down: asked
// so soon, most batches are not done.
func (p *pace) share(waited time.Duration, waiting int) float64 {
	enough := min(p.interval*time.Duration(waiting-p.burst), period) * 2 / 3
	if waited >= enough {
		return 1
	}
	return float64(waited) / float64(enough)
}

// earn adds the credit that has come since it was computed last.
func (p *pace) earn(now time.Time, share float64) {
	if p.at.IsZero() {
		p.credit = float64(p.burst)
	}
	earned := share * float64(now.Sub(p.at)) / float64(p.interval)
	p.credit = min(p.credit+earned, float64(p.burst))
	p.at = now
}

// allows returns how many polls may go, after one of each client ahead.
func (p *pace) allows(now time.Time, ahead, underWay int) int {
	n := max(int(p.credit)-ahead, 0)
	if atOnce := maxBurst - underWay; atOnce > 0 {
		return min(n, atOnce)
	}
	if now.Sub(p.last) < p.interval {
		return 0
	}
	return min(n, 1)
}

// spend spends the credit for some polls.
func (p *pace) spend(now time.Time, n int) {
	if n > 0 {
		p.credit = max(p.credit, 1) - float64(n)
		p.last = now
	}
}

// wait returns how long it takes until a poll may go, after one of each client ahead.
func (p *pace) wait(now time.Time, ahead, underWay int) time.Duration {
	missing := time.Duration((float64(ahead+1) - p.credit) * float64(p.interval))
	if underWay >= maxBurst {
		missing = max(missing, p.last.Add(p.interval).Sub(now))
	}
	return max(missing, p.interval/10) + 1
}
