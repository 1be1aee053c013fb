package ratelimit

import (
	"context"
	"fmt"
	"slices"
	"sort"
	"time"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/internal/attempt"
)

// turn is a request's place in line, and then its right to be sent.
type turn struct {
	batch    uuid.UUID // of the wait that polls, uuid.Nil for a direct call
	account  string    // of the key, to the shared count
	entered  time.Time
	deadline time.Time // zero if there is none
	// near and veryNear are when half and three quarters of the time are over until the deadline of
	// this request or of one behind it, which it must not keep waiting. They are zero if none has
	// one.
	near, veryNear time.Time

	round int           // of the server's count, when the turn came
	ready chan struct{} // closed when the turn has come, or will not
	err   error         // why the turn will not come
}

func (t *turn) isPoll() bool { return t.batch != uuid.Nil }

// acquire waits for a turn.
func (w *window) acquire(ctx context.Context, t *turn) error {
	if err := w.enter(ctx, t); err != nil {
		return err
	}
	select {
	case <-t.ready:
	case <-ctx.Done():
	}
	if ctx.Err() != nil {
		return w.giveUp(ctx, t)
	}
	return t.err
}

// enter puts a turn in line, a direct call before all polls, unless it is certain that it would
// come too late.
func (w *window) enter(ctx context.Context, t *turn) error {
	now := w.lock()
	defer w.mu.Unlock()
	ahead := len(w.line)
	if !t.isPoll() {
		ahead = w.calls()
	}
	if deadline, ok := ctx.Deadline(); ok {
		delay := w.certainDelay(now, ahead)
		if delay > 0 && !now.Add(delay).Before(deadline) {
			return w.unsent(now, tooLate(delay))
		}
		left := deadline.Sub(now)
		t.deadline = deadline
		t.near = now.Add(left / 2)
		t.veryNear = now.Add(left / 4 * 3)
	}
	if !t.isPoll() && ahead == 0 { // the polls' turn need not be waited for
		w.shared.askAt = now
	}
	if t.isPoll() {
		w.waits[t.batch] = true
	}
	w.shared.account = t.account
	w.line = slices.Insert(w.line, ahead, t)
	w.press(ahead + 1) // the poll that it went before, if it did
	w.press(ahead)
	w.dispatch(now) //nolint:contextcheck // it is about all in line
	return nil
}

// press lets those before a place in line know of the deadline of who stands there.
func (w *window) press(place int) {
	if place >= len(w.line) || w.line[place].near.IsZero() {
		return
	}
	t := w.line[place]
	for _, before := range slices.Backward(w.line[:place]) {
		near := earlier(before.near, t.near)
		veryNear := earlier(before.veryNear, t.veryNear)
		if near.Equal(before.near) && veryNear.Equal(before.veryNear) {
			return // those before it know of one as near
		}
		before.near = near
		before.veryNear = veryNear
	}
}

// earlier returns the earlier of two moments, of which the first may be none.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || b.Before(a) {
		return b
	}
	return a
}

// calls returns how many direct calls are in line, all before the polls.
func (w *window) calls() int {
	return sort.Search(len(w.line), func(i int) bool { return w.line[i].isPoll() })
}

// certainDelay returns how long a request that has so many ahead of it in line waits at least, by
// what is certain: our own slots, and a hold.
func (w *window) certainDelay(now time.Time, ahead int) time.Duration {
	held := w.hold.until.Sub(now)
	if w.limit == 0 {
		return held
	}
	if w.isShared() {
		return w.sharedDelay(now)
	}
	// As many as the limit go in each period, each in the slot of one that went a period before.
	delay := time.Duration(ahead/w.limit) * period
	if slot := w.used() + ahead%w.limit - w.limit; slot >= len(w.own) {
		delay += period // at least, since that one is in flight
	} else if slot >= 0 {
		delay += w.own[slot].Sub(now)
	}
	return max(delay, held)
}

// giveUp takes a turn whose context has ended out of the line, or gives it back if it was granted
// at the same moment.
func (w *window) giveUp(ctx context.Context, t *turn) error {
	now := w.lock()
	defer w.mu.Unlock()
	i := slices.Index(w.line, t)
	switch {
	case i >= 0:
		w.line = slices.Delete(w.line, i, i+1)
	case t.err == nil:
		w.inFlight--
		w.shared.news.sent-- // the slot was not used
	}
	w.dispatch(now) //nolint:contextcheck // it is about all in line
	return w.unsent(now, fmt.Errorf("waiting for the rate limit: %w", attempt.Interruption(ctx)))
}

// unsent returns the error of a request that did not get its turn.
func (w *window) unsent(now time.Time, err error) error {
	if w.hold.until.After(now) {
		return fmt.Errorf("%w: %w", ErrHeld, err)
	}
	return err
}
