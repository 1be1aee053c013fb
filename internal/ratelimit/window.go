package ratelimit

import (
	"net/http"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/internal/attempt"
)

// period is the spec's "per minute", and a little, since clocks run at different speeds.
const period = time.Minute + 10*time.Millisecond

// window is the sliding window of one operation: a log of when each slot is free again. A slot is
// taken when a request is sent, and free a period after its response came, since the server counted
// it at some moment in between. So no two windows of the server, however it places them, see more
// than the limit.
type window struct {
	operation string

	mu    sync.Mutex
	limit int // requests in a period; 0 for none
	bound int // the most that the limit can become

	line     []*turn            // those who wait, the next one first: direct calls, then polls
	waits    map[uuid.UUID]bool // batches with a wait that has polled and not ended
	inFlight int                // requests without a response
	own      []time.Time        // when slots of requests that were answered are free again, ascending
	others   others
	server   serverCount
	hold     hold
	pace     pace
	shared   shared
	timer    *time.Timer // for those who wait
}

// lock locks the window, and drops the slots that are free by now.
func (w *window) lock() (now time.Time) {
	w.mu.Lock()
	now = time.Now()
	for len(w.own) > 0 && !w.own[0].After(now) {
		w.own = w.own[1:]
		// The server's count is old: a slot of our own that is free again stands for one request
		// that the server has left, up to a few.
		if w.hold.refusals == 0 && w.server.left < max(w.limit/50, 2) {
			w.server.left++
		}
	}
	return now
}

// used is the number of slots that are taken by our own requests.
func (w *window) used() int { return len(w.own) + w.inFlight }

// release ends a turn with what its response told, if one came, and adds the state of the limit to
// the result.
func (w *window) release(t *turn, result *attempt.Result) {
	now := w.lock()
	defer w.mu.Unlock()
	w.inFlight--
	if result.Response != nil {
		w.learn(now, t, result.Response)
	}
	w.shared.observe(result.Duration)
	if w.limit > 0 { // without a limit nothing reads the log
		w.own = append(w.own, now.Add(period))
	}
	w.dispatch(now)
	result.Limited = w.limit > 0
	result.Remaining = w.remaining(now)
}

// learn takes in what a response says of the limit.
func (w *window) learn(now time.Time, t *turn, resp *attempt.Response) {
	if limit, ok := countOf(resp.Header, "X-Ratelimit-Limit"); ok && limit > 0 {
		w.setLimit(now, limit)
		w.shared.news.limit = limit
	}
	if remaining, ok := countOf(resp.Header, "X-Ratelimit-Remaining"); ok {
		w.shared.news.remaining = remaining
		w.shared.news.remainingAt = now
		w.server.observe(remaining, t.round)
		w.others.observe(now, w.limit-w.server.left, len(w.own)+1, w.inFlight)
	} else {
		w.server.left-- // the server may have counted it
	}
	if resp.StatusCode == http.StatusTooManyRequests {
		w.refused(now, resp.Header)
	} else {
		w.hold.refusals = 0
	}
}

// setLimit sets the limit to what the server says.
func (w *window) setLimit(now time.Time, limit int) {
	limit = min(limit, w.bound)
	if limit > w.limit {
		w.shared.askAt = now // there may be more to grant
		w.shared.freeAt = now
	}
	w.limit = limit
}

// endWait ends a wait. If it was one for polls of this window, and ended by one, it lets the next in
// line go at once, unless the server has next to nothing left.
func (w *window) endWait(batch uuid.UUID, byPoll bool) {
	now := w.lock()
	defer w.mu.Unlock()
	byPoll = byPoll && w.waits[batch]
	delete(w.waits, batch)
	if byPoll && len(w.line) > 0 && (w.server.told > w.limit/100 || w.server.round == 0) {
		w.shared.news.ended++
		w.pace.credit = max(w.pace.credit, 1)
		w.dispatch(now)
	}
}

func (w *window) state() State {
	now := w.lock()
	defer w.mu.Unlock()
	return State{w.operation, w.limit, w.remaining(now), w.hold.until}
}

// remaining returns how many requests could be sent now.
func (w *window) remaining(now time.Time) int {
	if w.hold.until.After(now) {
		return 0
	}
	if w.isShared() {
		return w.sharedRemaining(now)
	}
	if !w.server.allows(w.inFlight) {
		return 0
	}
	return max(w.limit-w.used()-w.others.taken(now), 0)
}
