package ratelimit

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/sellerscenter/client-go/internal/attempt"
)

// period is the spec's "per minute", and a little, since clocks run at different speeds.
const period = time.Minute + 10*time.Millisecond

// lookAfter is how old an estimate of others' use becomes before a direct call goes and looks.
const lookAfter = 3 * time.Second

// window is the sliding window of one operation: a log of when each slot is free again. A slot is
// taken when a request is sent, and free a period after its response came, since the server counted
// it at some moment in between. So no two windows of the server, however it places them, see more
// than the limit.
type window struct {
	mu    sync.Mutex
	limit int // requests in a period; 0 for none
	bound int // the most that the limit can become

	sent     int   // requests so far
	inFlight int   // those without a response
	own      slots // of requests that were answered
	others   others
	server   serverCount
	hold     hold
	pace     pace

	queue queue
	timer *time.Timer
}

// acquire waits for a turn.
func (w *window) acquire(ctx context.Context, c class) (*turn, error) {
	t, err := w.enter(ctx, c)
	if err != nil {
		return nil, err
	}
	select {
	case <-t.ready:
		return t, nil
	case <-ctx.Done():
		return nil, w.giveUp(ctx, t)
	}
}

// enter takes a place in line, unless it is certain that the turn would come too late.
func (w *window) enter(ctx context.Context, c class) (*turn, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	w.expire(now)
	t := &turn{class: c, entered: now, ready: make(chan struct{})}
	if deadline, ok := ctx.Deadline(); ok {
		left := deadline.Sub(now)
		delay := w.certainDelay(now, w.queue.ahead(c))
		if delay > 0 && delay >= left {
			return nil, w.unsent(now, fmt.Errorf("the rate limit's next turn, in %v, "+
				"does not fit before the deadline: %w", delay, context.DeadlineExceeded))
		}
		t.urgent = now.Add(left / 2)
	}
	w.queue.add(t)
	w.dispatch(now)
	return t, nil
}

// giveUp takes a turn whose context has ended out of the line, or gives it back if it was granted
// at the same moment.
func (w *window) giveUp(ctx context.Context, t *turn) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if t.number > 0 {
		w.inFlight--
	} else {
		w.queue.remove(t)
	}
	w.dispatch(time.Now())
	return w.unsent(time.Now(), fmt.Errorf("waiting for the rate limit: %w", attempt.Interruption(ctx)))
}

// unsent returns the error of a request that did not get its turn.
func (w *window) unsent(now time.Time, err error) error {
	if w.hold.until.After(now) {
		return fmt.Errorf("%w: %w", ErrHeld, err)
	}
	return err
}

// release ends a turn with what its response told, if one came.
func (w *window) release(t *turn, resp *attempt.Response) {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	w.inFlight--
	w.expire(now)
	if resp != nil {
		w.learn(now, t, resp)
	}
	if w.limit > 0 { // without a limit the log would only grow
		w.own = append(w.own, now.Add(period))
	}
	w.dispatch(now)
}

// learn takes in what a response says of the limit.
func (w *window) learn(now time.Time, t *turn, resp *attempt.Response) {
	if limit, ok := limitOf(resp.Header); ok {
		w.limit = min(limit, w.bound)
	}
	if remaining, ok := remainingOf(resp.Header); ok && w.limit > 0 {
		remaining = min(remaining, w.limit)
		w.others.observe(now, w.limit-remaining, len(w.own)+1, w.inFlight)
		w.server.observe(remaining, t.number, w.sent)
	} else {
		w.server.left-- // the server may have counted it
	}
	if resp.StatusCode != http.StatusTooManyRequests {
		w.hold.refusals = 0
		return
	}
	w.server.left = 0
	if w.hold.refuse(resp.Header, now) {
		w.others.slots = 0 // by then there is room; how much, the next response tells
	}
	w.pace.restart(w.hold.until)
}

// endWait lets the next poll in line go at once.
func (w *window) endWait() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.queue[poll].Len() > 0 && (w.server.told > w.limit/100 || !w.server.known) {
		w.pace.credit = max(w.pace.credit, 1)
		w.dispatch(time.Now())
	}
}

func (w *window) state() State {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	w.expire(now)
	s := State{Limit: w.limit, HeldUntil: w.hold.until}
	if !w.hold.until.After(now) {
		s.Remaining = max(w.limit-w.used()-w.others.taken(now), 0)
	}
	return s
}

// used is the number of slots that are taken by our own requests.
func (w *window) used() int { return len(w.own) + w.inFlight }

// expire drops the slots that are free again.
func (w *window) expire(now time.Time) {
	freed := w.own.expire(now)
	if w.hold.refusals == 0 {
		w.server.vouch(freed, max(w.limit/50, 2))
	}
}
