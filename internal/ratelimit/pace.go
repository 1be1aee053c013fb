package ratelimit

import "time"

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

// take takes credit for a poll, and reports whether there was any. A share of one poll's credit
// comes every interval.
func (p *pace) take(now time.Time, interval time.Duration, share, size float64) bool {
	earned := share * float64(now.Sub(p.at)) / float64(interval)
	p.credit = min(p.credit+earned, size)
	p.at = now
	missing := time.Duration((1 - p.credit) * float64(interval))
	p.next = now.Add(max(missing, interval/10) + 1)
	if p.credit < 1 {
		return false
	}
	p.credit--
	return true
}

// takesCredit takes credit for the first in line, a poll that only polls stand behind, and reports
// whether there was any. The slots that others leave just last at the pace, with a few for direct
// calls. While more polls are in line than may go at once, one that has waited for less than half
// of what an even pace would make it wait slows the pace down: asked so soon, most batches are not
// done, and the slots are better spent on those that follow on finished ones.
func (w *window) takesCredit(now time.Time, t *turn) bool {
	burst := max(w.limit/6, 1)
	free := max(w.limit-w.limit/50-w.others.taken(now)-burst, 1)
	interval := max(period/time.Duration(free), 1)
	cycle := min(interval*time.Duration(len(w.line)-burst), period)
	share := 1.0
	if waited := now.Sub(t.entered); 2*waited < cycle {
		share = float64(2*waited) / float64(cycle)
	}
	return w.pace.take(now, interval, share, float64(burst))
}
