package ratelimit

import (
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/sellerscenter/client-go/internal/attempt"
)

// window is the sliding window of one operation: a line, and a count that says who may go.
type window struct {
	operation string

	mu    sync.Mutex
	limit int // requests in a period; 0 for none
	bound int // the most that the limit can become

	line     line
	polls    int  // under way
	ended    bool // a poll has ended its wait since the last question
	refusals int  // with 429, in a row

	own       Count     // with the pause, also of a shared count
	exchange  exchange  // with the shared count
	askAt     time.Time // when a count is to be asked again
	fullUntil time.Time // no slot is free before, as the last answer said
	timer     *time.Timer
}

// minWait is how long a request that was not granted waits at least before a count is asked again.
const minWait = 10 * time.Millisecond

// lock locks the window, and drops the slots that are free by now.
func (w *window) lock() (now time.Time) {
	w.mu.Lock()
	now = time.Now()
	w.own.expire(now)
	return now
}

// change makes a change, and lets those go who then may.
func (w *window) change(do func(now time.Time)) {
	now := w.lock()
	defer w.mu.Unlock()
	do(now)
	w.dispatch(now)
}

// dispatch asks the count for the turns of those in line, and sees to it that this is done again
// when its answer may be another one.
func (w *window) dispatch(now time.Time) {
	if w.wantsExchange(now) {
		w.ask(now)
	}
	if w.countsAlone(now) && w.line.len() > 0 && !w.own.isPaused(now) {
		request := Request{Limit: w.limit, Remaining: -1}
		w.askFor(now, &request)
		grant := w.own.Take(now, request)
		w.exchange.news.sent += grant.Calls + grant.Polls
		w.apply(now, grant)
	}
	w.refuseLate(now)
	if w.timer != nil {
		w.timer.Stop()
	}
	if w.line.len() > 0 && (w.exchange.question == nil || w.countsAlone(now)) { // no answer will wake them
		next := slices.MaxFunc([]time.Time{w.askAt, w.own.paused}, time.Time.Compare)
		w.timer = time.AfterFunc(next.Sub(now), func() { w.change(func(time.Time) {}) })
	}
}

// askFor asks for turns for all in line.
func (w *window) askFor(now time.Time, r *Request) {
	r.Calls = len(w.line.calls)
	r.Polls = len(w.line.polls)
	if r.Polls > 0 {
		r.Waited = now.Sub(w.line.polls[0].entered)
	}
	r.UnderWay = w.polls
	r.Ended = w.ended
	w.ended = false
	w.fullUntil = time.Time{}
	w.askAt = now.Add(recheck) // unless something happens before, or the grant says so
}

// apply lets those go whom a grant allows.
func (w *window) apply(now time.Time, g Grant) {
	w.polls += g.Polls
	w.line.call(w.own.round, g.Calls, g.Polls)
	w.fullUntil = now.Add(g.Full)
	if next := now.Add(max(g.Wait, minWait)); next.Before(w.askAt) {
		w.askAt = next
	}
}

// release ends a turn with what its response said, if there was one, and adds the state of the limit
// to the result.
func (w *window) release(t *turn, result *attempt.Result) {
	now := w.lock()
	defer w.mu.Unlock()
	w.end(now, t, !result.Unconnected, result.Duration)
	if result.Response != nil {
		w.learn(now, t, result.Response)
	}
	w.exchange.observe(result)
	w.dispatch(now)
	result.Limited = w.limit > 0
	result.Remaining = w.remaining(now)
}

// end ends a turn after a time. One whose request the server cannot have seen costs nothing, except
// that the shared count would by and by give back the slot of another one in its place.
func (w *window) end(now time.Time, t *turn, isSent bool, after time.Duration) {
	if t.isPoll() {
		w.polls--
	}
	if !isSent && after <= minSlack {
		w.exchange.news.sent--
	}
	w.own.slots.end(now, isSent && w.limit > 0) // without a limit nothing reads the log
}

// learn takes in what the response to a request says about the limit.
func (w *window) learn(now time.Time, t *turn, resp *attempt.Response) {
	if limit, ok := countOf(resp.Header, "X-Ratelimit-Limit"); ok && limit > 0 {
		w.setLimit(now, limit)
		w.exchange.news.limit = limit
	}
	if remaining, ok := countOf(resp.Header, "X-Ratelimit-Remaining"); ok {
		w.exchange.news.remaining = remaining
		w.exchange.news.remainingAt = now
		w.own.observe(now, w.limit, remaining, t.round)
	} else {
		w.own.estimate.left-- // the server may have counted it
	}
	if resp.StatusCode == http.StatusTooManyRequests {
		w.refuse(now, resp.Header)
		w.exchange.news.isRefused = true
	} else {
		w.refusals = 0
		w.own.estimate.endPause()
	}
}

// setLimit sets the limit to what the server says.
func (w *window) setLimit(now time.Time, limit int) {
	limit = min(limit, w.bound)
	if limit > w.limit {
		w.askAt = now // there may be more to grant
		w.fullUntil = time.Time{}
	}
	w.limit = limit
}

// endWait notes that a poll has ended its wait, which lets the next in line go at once.
func (w *window) endWait(now time.Time) {
	w.ended = true
	w.askAt = now
}

func (w *window) state() State {
	now := w.lock()
	defer w.mu.Unlock()
	return State{w.operation, w.limit, w.remaining(now), w.own.paused}
}

// remaining returns how many requests could be sent now.
func (w *window) remaining(now time.Time) int {
	if w.own.isPaused(now) {
		return 0
	}
	return w.own.estimate.remaining(now, w.own.slots.free(w.limit), w.own.slots.underWay)
}
