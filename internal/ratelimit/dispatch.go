package ratelimit

import "time"

// dispatch grants turns to those in line who may go, and sees to it that it is called again when
// something changes.
func (w *window) dispatch(now time.Time) {
	if w.timer != nil {
		w.timer.Stop()
	}
	w.expire(now)
	t := w.queue.front()
	for t != nil && w.mayGo(now, t) {
		w.grant(t)
		t = w.queue.front()
	}
	if t != nil {
		w.timer = time.AfterFunc(w.nextChange(now, t).Sub(now), w.wake)
	}
}

func (w *window) wake() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.dispatch(time.Now())
}

func (w *window) grant(t *turn) {
	w.queue.remove(t)
	w.sent++
	w.inFlight++
	if t.class == poll {
		w.pace.credit--
	}
	t.number = w.sent
	close(t.ready)
}

// mayGo reports whether a request may be sent now.
func (w *window) mayGo(now time.Time, t *turn) bool {
	if w.hold.until.After(now) || w.limit > 0 && !w.hasSlot(now, t) {
		return false
	}
	return w.limit == 0 || t.class == direct || w.mayPoll(now, t)
}

// mayPoll reports whether the pace lets a poll go. The slots that others leave just last at it, with
// a few for direct calls. While more polls are in line than may go at once, one that has waited for
// less than half of what an even pace would make it wait slows the pace down: asked so soon, most
// batches are not done, and the slots are better spent on those that follow on finished ones.
func (w *window) mayPoll(now time.Time, t *turn) bool {
	burst := max(w.limit/6, 1)
	free := max(w.limit-w.limit/50-w.others.taken(now)-burst, 1)
	interval := max(period/time.Duration(free), 1)
	cycle := min(interval*time.Duration(w.queue[poll].Len()-burst), period)
	share := 1.0
	if waited := now.Sub(t.entered); 2*waited < cycle {
		share = float64(2*waited) / float64(cycle)
	}
	return w.pace.advance(now, interval, share, float64(burst))
}

// hasSlot reports whether the window has a slot for a request.
func (w *window) hasSlot(now time.Time, t *turn) bool {
	noneLeft := w.server.known && w.server.left <= w.inFlight && w.inFlight > 0
	taken := w.others.taken(now)
	soon := (taken + 24) / 25 // what others may have sent since the last look
	return w.used() < w.limit && !noneLeft && (w.used()+taken+soon < w.limit || w.mayLook(now, t))
}

// mayLook reports whether a request may go although others are believed to have taken the slots: one
// at a time, when the server was not asked for a while, or when the deadline comes near.
func (w *window) mayLook(now time.Time, t *turn) bool {
	isOld := t.class == direct && now.Sub(w.others.at) >= lookAfter
	isUrgent := !t.urgent.IsZero() && !now.Before(t.urgent)
	return w.inFlight == 0 && (isOld || isUrgent)
}

// nextChange returns the next moment at which a request may go that may not go now, as far as that
// does not depend on a response.
func (w *window) nextChange(now time.Time, t *turn) time.Time {
	next := now.Add(period)
	changes := slots{w.hold.until, t.urgent, w.pace.next, w.others.next(now), w.others.at.Add(lookAfter)}
	changes = append(changes, w.own[:min(len(w.own), 1)]...)
	for _, at := range changes {
		if at.After(now) && at.Before(next) {
			next = at
		}
	}
	return next
}

// certainDelay returns how long a request that has so many ahead of it in line waits at least, by what
// is certain: our own slots, and a hold.
func (w *window) certainDelay(now time.Time, ahead int) time.Duration {
	delay := w.hold.until.Sub(now)
	missing := w.used() + ahead - w.limit
	if w.limit == 0 || missing < 0 {
		return delay
	}
	// A limit of slots comes round again each period later. Those in flight take a period at least.
	slot := period
	if i := missing % w.limit; i < len(w.own) {
		slot = w.own[i].Sub(now)
	}
	return max(delay, slot+time.Duration(missing/w.limit)*period)
}
