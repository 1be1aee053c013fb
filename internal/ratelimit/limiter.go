package ratelimit

import (
	"cmp"
	"errors"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/internal/attempt"
	"github.com/sellerscenter/client-go/internal/operation"
)

// Sender makes one attempt.
type Sender interface {
	Send(a attempt.Attempt) attempt.Result
}

// Limiter keeps each operation's requests within its limit, by blocking until a request may go. It
// is safe for concurrent use. Its fields are not to be changed then.
type Limiter struct {
	// Off lets every request go at once.
	Off bool
	// Max, if not 0, takes the place of every documented limit and bounds the server's.
	Max int
	// Link leads to the shared count. It is nil for a client that counts alone.
	Link *Link
	// Next sends a request that has got its turn.
	Next Sender

	windows sync.Map // of *window, by the operation's name
	waits   sync.Map // of the *window that a batch is polled in, by the batch
}

// State is the state of an operation's limit.
type State struct {
	// Operation is the operation's name.
	Operation string
	// Limit is how many requests may be sent in a minute, 0 if no limit is known.
	Limit int
	// Remaining is how many could be sent now.
	Remaining int
	// HeldUntil is the time before which no request is sent. It may be past; it is zero if the
	// server never refused a request.
	HeldUntil time.Time
}

// ErrHeld is in the error of a request that did not get its turn while a refusal of the server's
// stood in the way.
var ErrHeld = errors.New("held back after a 429")

// Send waits for the attempt's turn and sends it. A wait that the context ends, or that cannot fit
// before its deadline, gives an error that matches the context's, the latter at once. Nothing was
// sent then, and it cost nothing.
func (l *Limiter) Send(a attempt.Attempt) (result attempt.Result) {
	if l.Off {
		return l.Next.Send(a)
	}
	if err := l.Link.findKey(a.Request.Context()); err != nil {
		return attempt.Result{NotSent: true, Err: err}
	}
	w := l.window(a.Operation)
	t := &turn{batch: a.Batch, entered: time.Now(), ready: make(chan struct{})}
	if t.isPoll() {
		l.waits.Store(t.batch, w)
	}
	if err := w.acquire(a.Request.Context(), t); err != nil {
		return attempt.Result{NotSent: true, Err: err}
	}
	defer w.release(t, &result) // after a panic too
	return l.Next.Send(a)
}

// EndWait tells that the wait for a batch has ended, and whether that was by what a poll found. The
// next poll in line then takes the place of those that are not made any more.
func (l *Limiter) EndWait(batch uuid.UUID, byPoll bool) {
	w, isPolled := l.waits.LoadAndDelete(batch)
	if isPolled && byPoll {
		ended := w.(*window) //nolint:forcetypeassert // nothing else is stored
		ended.change(ended.endWait)
	}
}

// State returns the state of an operation's limit.
func (l *Limiter) State(op *operation.Operation) State { return l.window(op).state() }

func (l *Limiter) window(op *operation.Operation) *window {
	w, ok := l.windows.Load(op.Name)
	if !ok {
		fresh := &window{
			operation: op.Name,
			limit:     min(cmp.Or(l.Max, op.RateLimit), maxLimit),
			bound:     min(cmp.Or(l.Max, maxLimit), maxLimit),
			exchange:  exchange{Link: l.Link},
		}
		w, _ = l.windows.LoadOrStore(op.Name, fresh)
	}
	return w.(*window) //nolint:forcetypeassert // nothing else is stored
}
