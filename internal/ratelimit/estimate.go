package ratelimit

import "time"

// estimate is what the server's X-RateLimit-Remaining says about requests that the log does not
// have: those of others with the key, and those that the server counts in its own way. It may delay
// a request but refuses none, and is forgotten a period after it was said.
type estimate struct {
	at, until time.Time
	// others is how many slots others had taken. That these come free evenly is an assumption.
	others int
	// left is how many requests the server had left, few how many slots of our own that have come
	// free since may raise it to.
	left, few int
	// lookAt is when a request may go although none seems to be left.
	lookAt time.Time
	// isPause reports that the estimate is only that one request should go first after a pause.
	isPause bool
}

// newEstimate returns the estimate after a response that says what remains.
func newEstimate(now time.Time, limit, remaining int, s slots) estimate {
	return estimate{
		at:     now,
		until:  now.Add(period + minSlack), // the slots that were taken by then are free before
		others: max(limit-s.taken()-remaining, 0),
		left:   remaining,
		few:    max(limit/50, 2),
		lookAt: now.Add(recheck),
	}
}

// estimateAfterPause returns the estimate after a refusal: at the end of the pause there is room, and
// how much, the first request is told.
func estimateAfterPause(end time.Time) estimate {
	return estimate{until: end.Add(recheck), lookAt: end, isPause: true}
}

// endPause ends what was assumed after a refusal, when the server has accepted a request.
func (e *estimate) endPause() {
	if e.isPause {
		*e = estimate{}
	}
}

// taken returns how many slots others are believed to have taken now.
func (e *estimate) taken(now time.Time) int {
	left := 1 - now.Sub(e.at).Seconds()/period.Seconds()
	return int(float64(e.others)*max(left, 0) + 0.5)
}

// isOn reports whether the server has said something lately.
func (e *estimate) isOn(now time.Time) bool { return e.until.After(now) }

// remaining returns how many of the free slots seem to be free while so many requests are under way.
func (e *estimate) remaining(now time.Time, free, underWay int) int {
	if !e.isOn(now) {
		return free
	}
	return max(min(free-e.taken(now), e.left-underWay), 0)
}

// allows returns how many requests may go. Others may have sent a few since the response, and while
// nothing is left by what the server said, one request at a time may ask for news.
func (e *estimate) allows(now time.Time, free, underWay int) int {
	if !e.isOn(now) {
		return free
	}
	taken := e.taken(now)
	few := (taken + 24) / 25
	left := e.left - underWay
	if underWay == 0 && !e.isPause {
		left = max(left, 1)
	}
	return max(min(free-taken-few, left), 0)
}

// isNearlyOut reports whether the server has said that it has next to nothing left.
func (e *estimate) isNearlyOut(now time.Time, limit int) bool {
	return e.isOn(now) && e.left <= limit/100
}

// mayLook reports whether a request may go although none seems to be left.
func (e *estimate) mayLook(now time.Time) bool { return !e.lookAt.After(now) }

// wait returns how long it takes until more may be left.
func (e *estimate) wait(now time.Time) time.Duration {
	return min(e.lookAt.Sub(now), period/time.Duration(max(e.others, 1)))
}

// addFreed notes slots of our own that have come free, for which the server has requests left again.
func (e *estimate) addFreed(n int) { e.left = max(e.left, min(e.left+n, e.few)) }
