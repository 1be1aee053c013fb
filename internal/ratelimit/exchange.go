package ratelimit

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// isShared reports whether slots come from the shared count now.
func (w *window) isShared() bool {
	return w.shared.Link != nil && w.limit > 0 && !w.shared.isLate && w.shared.isUp()
}

// isAsking reports whether an answer of the shared count is on its way, after which turns may come.
func (w *window) isAsking() bool { return w.isShared() && w.shared.asking }

// exchange asks the shared count for slots, if there is a reason to and it is time.
func (w *window) exchange(now time.Time) {
	s := &w.shared
	if s.Link == nil || w.limit == 0 || s.asking {
		return
	}
	if !s.mayAsk(now) || !w.wantsExchange(now) {
		return
	}
	s.asking = true
	request := w.request(now)
	s.news = news{}
	go w.ask(request)
}

// wantsExchange reports whether there is something to ask for now, or to tell at once. A client that
// counts alone tries whether the shared count answers again.
func (w *window) wantsExchange(now time.Time) bool {
	s := &w.shared
	if !s.isUp() || s.news.sent < 0 {
		return true
	}
	isHeld := w.hold.until.After(now)
	if s.news.refused && isHeld {
		return true
	}
	return len(w.line) > 0 && !isHeld && (!s.askAt.After(now) || s.news.ended > 0)
}

// nextExchange returns when there will be something to ask for.
func (w *window) nextExchange(now time.Time) time.Time {
	return latest(now, latest(w.shared.askAt, w.hold.until))
}

// request returns what to ask for. While the client counts alone, it asks for nothing, but tells.
func (w *window) request(now time.Time) Request {
	s := &w.shared
	r := Request{
		Account:     s.account,
		Operation:   w.operation,
		Client:      s.client,
		Limit:       w.limit,
		ServerLimit: s.news.limit,
		Hold:        s.hold(),
		Ended:       s.news.ended,
		Sent:        min(s.news.sent, w.used()), // older ones are forgotten by the server too
		Remaining:   -1,
	}
	if now.Sub(s.news.remainingAt) < minSlack {
		r.Remaining = s.news.remaining
	}
	if s.news.refused {
		r.Pause = max(w.hold.until.Sub(now), 0)
	}
	if !s.isUp() || w.hold.until.After(now) {
		return r
	}
	r.Calls = w.calls()
	r.Polls = len(w.line) - r.Calls
	if r.Polls > 0 {
		r.Waited = now.Sub(w.line[r.Calls].entered)
	}
	if r.Calls > 0 {
		r.Urgent = w.mayLook(now, w.line[0])
	}
	return r
}

// ask asks the shared count, and lets those go who may. An answer that comes too late grants nothing,
// since the client has counted alone meanwhile.
func (w *window) ask(request Request) {
	ctx, cancel := context.WithTimeout(context.Background(), answerTime)
	defer cancel()
	isAlone := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		w.countAlone()
		close(isAlone)
	})
	s := &w.shared
	grant, err := s.count.Take(ctx, request)
	isLate := !stop()
	if isLate {
		<-isAlone
		s.postpone()
	} else {
		s.note(err)
	}
	now := w.lock()
	defer w.mu.Unlock()
	s.asking = false
	s.isLate = false
	grant.Calls = min(max(grant.Calls, 0), request.Calls)
	grant.Polls = min(max(grant.Polls, 0), request.Polls)
	switch {
	case err != nil:
		s.news.putBack(request)
	case isLate:
		s.news.sent -= grant.Calls + grant.Polls
		w.hold.until = latest(w.hold.until, now.Add(grant.Paused))
	default:
		w.apply(now, request, grant)
	}
	w.dispatch(now)
}

// countAlone lets requests go by the client's own count when the shared one has not answered in time.
func (w *window) countAlone() {
	w.shared.note(errNoAnswer)
	now := w.lock()
	defer w.mu.Unlock()
	w.shared.isLate = w.shared.asking
	w.dispatch(now)
}

// apply makes the most of a grant.
func (w *window) apply(now time.Time, request Request, grant Grant) {
	s := &w.shared
	s.free = max(grant.Free, 0)
	s.toldAt = now
	w.hold.until = latest(w.hold.until, now.Add(grant.Paused))
	calls := w.calls()
	goingCalls := min(calls, grant.Calls)
	goingPolls := min(len(w.line)-calls, grant.Polls)
	if w.hold.until.After(now) { // a request was refused while the answer was on its way
		goingCalls = 0
		goingPolls = 0
	}
	for range goingPolls {
		w.grant(calls)
	}
	for range goingCalls {
		w.grant(0)
	}
	s.news.sent -= grant.Calls + grant.Polls - goingCalls - goingPolls
	s.freeAt = now.Add(grant.Wait)
	s.askAt = w.nextQuestion(now, grant.Wait)
	hasNew := request.Calls == 0 && calls > 0 || request.Calls+request.Polls == 0
	if hasNew || grant.Calls == request.Calls && grant.Polls == request.Polls {
		s.askAt = now
	}
	if grant.ServerLimit > 0 {
		w.setLimit(now, grant.ServerLimit)
	}
	w.refuseHopeless(now)
}

// nextQuestion returns when to ask again after an answer, at the latest.
func (w *window) nextQuestion(now time.Time, wait time.Duration) time.Time {
	next := now.Add(min(max(wait, minWait), recheck))
	if w.calls() == 0 {
		return next
	}
	first := w.line[0]
	if w.shared.free > 0 && isReached(first.veryNear, now) { // such calls are granted one at a time
		return now.Add(minWait)
	}
	return soonest(now, next, first.near, first.veryNear)
}

// grant lets one of those in line go.
func (w *window) grant(i int) {
	t := w.line[i]
	t.round = w.server.round
	close(t.ready)
	w.line = slices.Delete(w.line, i, i+1)
	w.inFlight++
}

// refuseHopeless ends the turns that would certainly come too late.
func (w *window) refuseHopeless(now time.Time) {
	delay := w.sharedDelay(now)
	w.line = slices.DeleteFunc(w.line, func(t *turn) bool {
		if delay == 0 || t.deadline.IsZero() || now.Add(delay).Before(t.deadline) {
			return false
		}
		t.err = w.unsent(now, tooLate(delay))
		close(t.ready)
		return true
	})
}

// sharedDelay returns how long a request certainly waits, by what the shared count said last.
func (w *window) sharedDelay(now time.Time) time.Duration {
	delay := max(w.hold.until.Sub(now), 0)
	if w.shared.free == 0 && now.Sub(w.shared.toldAt) < recheck { // others may give slots back
		delay = max(delay, w.shared.freeAt.Sub(now))
	}
	return delay
}

// fullUntil returns the time before which no slot is free, as the shared count said last.
func (w *window) fullUntil() time.Time {
	if w.shared.free > 0 {
		return time.Time{}
	}
	return w.shared.freeAt
}

// sharedRemaining returns how many slots the shared count has, as far as it was told.
func (w *window) sharedRemaining(now time.Time) int {
	if now.Sub(w.shared.toldAt) > w.shared.hold() {
		return w.limit // what was taken then is free again
	}
	return w.shared.free
}

// tooLate returns the error of a request whose turn would come after its deadline.
func tooLate(delay time.Duration) error {
	return fmt.Errorf("the rate limit's next turn, in %v, does not fit before the deadline: %w",
		delay, context.DeadlineExceeded)
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
