package ratelimit

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"time"
)

// period is the spec's "per minute", and a little, since clocks run at different speeds. maxHold is the longest that a 429
// holds back requests that the server has not refused themselves, minHold how long one without a time does; each further
// one in a row holds twice as long, up to four times over. maxLimit keeps arithmetic within an int of 32 bits, maxForeign a count within memory.
const period, maxHold, minHold, maxLimit, maxForeign = time.Minute + 10*time.Millisecond, 2 * time.Minute, 500 * time.Millisecond, 1 << 30, 1 << 14

// window is the sliding window of one operation: a log of when each slot is free again. A slot is taken when a request is
// sent and free a period after its answer came, since the server counted it at some moment in between. So no two windows
// of the server, however it places them, see more than the limit.
//
// What other users of the key have used is inferred from the server's count of what remains, and takes slots too.
//
// Requests queue in two lines. Direct calls go first, as fast as slots allow. Polls go when no direct call waits, at an even
// pace at which the slots just last, so that each waiting batch is asked after in turn.
type window struct {
	mu    sync.Mutex
	limit int // requests per period; 0 for none
	bound int // the most that the caller allows itself; 0 for none

	seq      int
	inFlight []int // sequence numbers of requests without an answer
	own      slots // of answered requests
	calls    slots // of direct calls among them
	foreign  slots // of other users of the key

	seen  time.Time // of the last answer with a count of what remains
	known int       // sequence number of the last request sent before the last fresh one of these answers
	left  int       // what these answers say is left, to those in flight too

	held     time.Time // no request before
	refusals int       // 429s in a row

	lines    [2][]chan int // requests in line, which get their sequence number with their turn
	nextPoll time.Time
	timer    *time.Timer
}

// class is a request's line.
type class int

const direct, poll = class(0), class(1)

// slots are the times at which slots are free again, ascending.
type slots []time.Time

// expire drops those that are free and returns their number.
func (s *slots) expire(now time.Time) (n int) {
	for ; len(*s) > 0 && !(*s)[0].After(now); n++ {
		*s = (*s)[1:]
	}
	return n
}

// acquire waits for a turn and returns its sequence number.
func (w *window) acquire(ctx context.Context, c class) (int, error) {
	w.mu.Lock()
	now := time.Now()
	if deadline, ok := ctx.Deadline(); ok {
		if wait := w.earliest(now, c, len(w.lines[c])).Sub(now); wait > 0 && deadline.Sub(now) <= wait {
			w.mu.Unlock()
			return 0, fmt.Errorf("the rate limit's next turn, in %v, does not fit before the deadline: %w", wait, context.DeadlineExceeded)
		}
	}
	turn := make(chan int, 1)
	w.lines[c] = append(w.lines[c], turn)
	w.dispatch(now)
	w.mu.Unlock()

	select {
	case seq := <-turn:
		return seq, nil
	case <-ctx.Done():
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if i := slices.Index(w.lines[c], turn); i >= 0 {
		w.lines[c] = slices.Delete(w.lines[c], i, i+1)
	} else { // granted at the same moment: the turn is given back
		w.land(<-turn)
	}
	w.dispatch(time.Now())
	return 0, fmt.Errorf("waiting for the rate limit: %w", ctx.Err())
}

// release ends a turn with what its answer told, if one came.
func (w *window) release(l *Limiter, seq int, c class, resp *http.Response) {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	defer w.dispatch(now)
	w.land(seq)
	if n, ok := l.ParseCount(resp.Header.Get("X-Ratelimit-Limit")); ok && n > 0 {
		w.limit = int(min(n, int64(cmp.Or(w.bound, maxLimit))))
	}
	if w.limit > 0 { // without a limit the log would only grow
		if w.own = append(w.own, now.Add(period)); c == direct {
			w.calls = append(w.calls, now.Add(period))
		}
	}
	if n, ok := l.ParseCount(resp.Header.Get("X-Ratelimit-Remaining")); ok && w.limit > 0 {
		w.observe(now, int(min(n, int64(w.limit))), seq)
	} else {
		w.left-- // the server may have counted it
	}
	if resp.StatusCode != http.StatusTooManyRequests {
		w.refusals = 0
		return
	}
	hold, ok := l.RetryAfter(resp.Header, now)
	if !ok {
		hold = minHold << min(w.refusals, 4)
	} else {
		w.foreign = nil // by then there is room; what is left of it, the next answer tells
	}
	w.refusals, w.left = w.refusals+1, 0
	if until := now.Add(min(hold, maxHold)); until.After(w.held) {
		w.held = until
		// Others on the key are held back until the same moment.
		w.nextPoll = until.Add(rand.N(2*w.pace() + 1))
	}
}

// land takes a request out of flight.
func (w *window) land(seq int) {
	w.inFlight = slices.DeleteFunc(w.inFlight, func(other int) bool { return other == seq })
}

// observe learns from an answer how many requests the server has left. What it counted beyond our own is others': they came
// at some time since the last look, and are taken to have come evenly.
func (w *window) observe(now time.Time, remaining, seq int) {
	w.expire(now)
	// The server may have counted some of what is under way, or all of it.
	most := max(w.limit-remaining-len(w.own), 0)
	if n := len(w.foreign); n > most {
		w.foreign = w.foreign[n-most:]
	} else if unseen := min(most, maxForeign) - len(w.inFlight) - n; unseen > 0 {
		gap := min(now.Sub(w.seen), period)
		for i := range unseen {
			w.foreign = append(w.foreign, now.Add(period-gap*time.Duration(i)/time.Duration(unseen)))
		}
		slices.SortFunc(w.foreign, time.Time.Compare)
	}
	// Answers to requests that were under way together come in any order: of those the worst counts, and only one to a
	// request sent since brings better news.
	if seq > w.known {
		w.known, w.left = w.seq, remaining
	} else {
		w.left = min(w.left, remaining)
	}
	w.seen = now
}

// dispatch grants turns to those in line for whom there are slots, and sees to it that it is called again when the next
// slot comes.
func (w *window) dispatch(now time.Time) {
	if w.timer != nil {
		w.timer.Stop()
	}
	for c := w.front(); c >= 0; c = w.front() {
		if next := w.earliest(now, c, 0); next.After(now) {
			w.timer = time.AfterFunc(next.Sub(now), func() {
				w.mu.Lock()
				defer w.mu.Unlock()
				w.dispatch(time.Now())
			})
			return
		}
		w.seq++
		w.inFlight = append(w.inFlight, w.seq)
		w.lines[c][0] <- w.seq
		w.lines[c] = slices.Delete(w.lines[c], 0, 1)
		if c == poll {
			w.nextPoll = now.Add(w.pace())
		}
	}
}

// front is the line that is next, -1 if nothing is in line.
func (w *window) front() class {
	return class(slices.IndexFunc(w.lines[:], func(line []chan int) bool { return len(line) > 0 }))
}

// earliest returns the first moment at which a request could go that has so many ahead of it in its line, as far as is
// known now. A later one than now also stands for one that only an answer still to come can bring.
func (w *window) earliest(now time.Time, c class, ahead int) time.Time {
	w.expire(now)
	before := ahead + int(c)*len(w.lines[direct]) // polls come after all direct calls
	at := append(make([]time.Time, 0, 4), now, w.held)
	// While others use the key too, a few slots are left to what they have sent since the last look.
	if need := w.used() + (len(w.foreign)+49)/50 + before - w.limit; w.limit > 0 && need >= 0 {
		all, free := slices.Concat(w.own, w.foreign), now
		// Beyond those, a limit of slots comes round again each period later, as do at the earliest those in flight.
		rounds := max((need-len(all)+w.limit)/w.limit, 0)
		need -= rounds * w.limit
		if slices.SortFunc(all, time.Time.Compare); need >= 0 {
			free = all[need]
		}
		at = append(at, free.Add(time.Duration(rounds)*period))
	}
	if c == poll {
		at = append(at, w.nextPoll.Add(time.Duration(min(w.limit, 1)*ahead)*period/time.Duration(max(w.limit, 1)))) // at the best pace
	} else if w.limit > 0 && !w.seen.IsZero() && w.left <= len(w.inFlight) && len(w.inFlight) > 0 && ahead < len(w.lines[c]) {
		// A server that counts otherwise than in a sliding window can have less left than our own log says, when that runs
		// out all at once after a burst. So no more direct calls go at a time than the last answer said were left; with none
		// left, one at a time.
		at = append(at, now.Add(period))
	}
	return slices.MaxFunc(at, time.Time.Compare)
}

// used is the number of slots that are taken.
func (w *window) used() int { return len(w.own) + len(w.inFlight) + len(w.foreign) }

// pace is the time between two polls at which the slots that others and direct calls leave just last, less a few for direct
// calls to come. Without a limit there is none.
func (w *window) pace() time.Duration {
	return time.Duration(min(w.limit, 1)) * period / time.Duration(max(w.limit-max(w.limit/50, 1)-len(w.foreign)-len(w.calls), 1))
}

// expire drops the slots that are free again. A few of our own vouch for as many requests, where the last answer did not.
func (w *window) expire(now time.Time) {
	w.calls.expire(now)
	w.foreign.expire(now)
	if n, few := w.own.expire(now), max(w.limit/100, 1)+len(w.inFlight); w.refusals == 0 && w.left < few {
		w.left = min(w.left+n, few)
	}
}
