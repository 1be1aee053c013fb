package ratelimit

import "time"

// lookAfter is how old an estimate of others' use becomes before a direct call goes and looks.
const lookAfter = 3 * time.Second

// dispatch grants turns to those in line who may go, and sees to it that it is called again when
// something changes.
func (w *window) dispatch(now time.Time) {
	w.exchange(now)
	if !w.isShared() {
		w.grantAlone(now)
	}
	if w.timer != nil {
		w.timer.Stop()
	}
	if len(w.line) == 0 || w.isAsking() {
		return
	}
	w.timer = time.AfterFunc(w.nextChange(now).Sub(now), w.wake)
}

// grantAlone grants turns by the client's own count.
func (w *window) grantAlone(now time.Time) {
	for len(w.line) > 0 && w.mayGo(now, w.line[0]) {
		w.grant(0)
		w.shared.news.sent++
	}
}

func (w *window) wake() {
	now := w.lock()
	defer w.mu.Unlock()
	w.dispatch(now)
}

// mayGo reports whether the first in line may be sent now. If that is a poll, it takes credit for
// it.
func (w *window) mayGo(now time.Time, t *turn) bool {
	if w.hold.until.After(now) {
		return false
	}
	return w.limit == 0 || w.hasSlot(now, t) && (!t.isPoll() || w.takesCredit(now, t))
}

// hasSlot reports whether the window has a slot for a request: for certain, and by what is believed
// of others' use, unless the request may go and look.
func (w *window) hasSlot(now time.Time, t *turn) bool {
	if w.used() >= w.limit || w.fullUntil().After(now) {
		return false
	}
	taken := w.others.taken(now)
	soon := (taken + 24) / 25 // what others may have sent since the last look
	seemsFree := w.server.allows(w.inFlight) && w.used()+taken+soon < w.limit
	return seemsFree || w.mayLook(now, t)
}

// mayLook reports whether a request may go although others are believed to have taken the slots:
// one at a time, when the server was not asked for a while, or when a deadline comes near. When
// that is very near it may go in any case, unless the server has just refused a request.
func (w *window) mayLook(now time.Time, t *turn) bool {
	isOld := !t.isPoll() && now.Sub(w.others.at) >= lookAfter
	isNear := isReached(t.near, now)
	isVeryNear := isReached(t.veryNear, now) && w.hold.refusals == 0
	return isVeryNear || w.inFlight == 0 && (isOld || isNear)
}

// isReached reports whether a moment, if there is one, has come.
func isReached(at, now time.Time) bool { return !at.IsZero() && !now.Before(at) }

// nextChange returns the next moment at which the first in line may go that may not go now, as far
// as that does not depend on a response.
func (w *window) nextChange(now time.Time) time.Time {
	if w.isShared() {
		return w.nextExchange(now)
	}
	next := now.Add(period)
	if len(w.own) > 0 {
		next = w.own[0]
	}
	first := w.line[0]
	return soonest(now, next, first.near, first.veryNear, w.hold.until, w.pace.next, w.others.next(now),
		w.others.at.Add(lookAfter), w.fullUntil())
}

// soonest returns the first of some moments that is still to come, next at the latest.
func soonest(now, next time.Time, moments ...time.Time) time.Time {
	for _, at := range moments {
		if at.After(now) && at.Before(next) {
			next = at
		}
	}
	return next
}
