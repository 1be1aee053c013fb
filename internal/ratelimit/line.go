package ratelimit

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/internal/attempt"
)

// turn is a request's place in line, and then its right to be sent.
type turn struct {
	batch    uuid.UUID // of the wait that polls, uuid.Nil for a direct call
	entered  time.Time
	round    int           // of the count, when the turn came
	deadline time.Time     // zero if there is none
	ready    chan struct{} // closed when the turn has come, or will not
	err      error         // why the turn will not come
}

func (t *turn) isPoll() bool { return t.batch != uuid.Nil }

// line is those who wait for a turn: direct calls, and polls, which go after all calls. The next one of
// each kind is the first.
type line struct{ calls, polls []*turn }

func (l *line) len() int { return len(l.calls) + len(l.polls) }

// enter puts a turn behind those of its kind.
func (l *line) enter(t *turn) {
	if t.isPoll() {
		l.polls = append(l.polls, t)
	} else {
		l.calls = append(l.calls, t)
	}
}

// drop takes out the turns for which a condition holds.
func (l *line) drop(isOut func(*turn) bool) {
	l.calls = slices.DeleteFunc(l.calls, isOut)
	l.polls = slices.DeleteFunc(l.polls, isOut)
}

// leave takes a turn out of the line, and reports whether it was there.
func (l *line) leave(t *turn) bool {
	before := l.len()
	l.drop(func(other *turn) bool { return other == t })
	return l.len() < before
}

// call lets so many of each kind go, in a round of the count.
func (l *line) call(round, calls, polls int) {
	l.calls = letGo(l.calls, calls, round)
	l.polls = letGo(l.polls, polls, round)
}

// letGo lets the first n go, and returns the others.
func letGo(turns []*turn, n, round int) []*turn {
	for _, t := range turns[:n] {
		t.round = round
		close(t.ready)
	}
	return slices.Delete(turns, 0, n)
}

// acquire waits for a turn.
func (w *window) acquire(ctx context.Context, t *turn) error {
	t.deadline, _ = ctx.Deadline()
	w.change(func(now time.Time) {
		if !t.isPoll() && len(w.line.calls) == 0 { // the polls' turn need not be waited for
			w.askAt = now
		}
		w.line.enter(t)
	})
	select {
	case <-t.ready:
	case <-ctx.Done():
	}
	if ctx.Err() != nil {
		return w.giveUp(ctx, t)
	}
	return t.err
}

// giveUp takes a turn whose context has ended out of the line, or gives it back if it was granted
// at the same moment.
func (w *window) giveUp(ctx context.Context, t *turn) (err error) {
	w.change(func(now time.Time) {
		if !w.line.leave(t) && t.err == nil {
			w.end(now, t, false, 0)
		}
		err = w.unsent(now, fmt.Errorf("waiting for the rate limit: %w", attempt.Interruption(ctx)))
	})
	return err
}

// refuseLate ends the turns that certainly come too late, since a pause is on or no slot is free:
// even the first in line then waits so long. Those ahead may leave, so that their number says nothing.
func (w *window) refuseLate(now time.Time) {
	next := slices.MaxFunc([]time.Time{w.own.paused, w.fullUntil}, time.Time.Compare)
	w.line.drop(func(t *turn) bool {
		isLate := next.After(now) && !t.deadline.IsZero() && !next.Before(t.deadline)
		if isLate {
			t.err = w.unsent(now, fmt.Errorf("the rate limit's next turn, in %v, does not fit "+
				"before the deadline: %w", next.Sub(now), context.DeadlineExceeded))
			close(t.ready)
		}
		return isLate
	})
}

// unsent returns the error of a request that did not get its turn.
func (w *window) unsent(now time.Time, err error) error {
	if w.own.isPaused(now) {
		return fmt.Errorf("%w: %w", ErrHeld, err)
	}
	return err
}
