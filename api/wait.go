package api

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/internal/attempt"
	"github.com/sellerscenter/client-go/internal/retry"
)

// maxFailing is how long a wait bears nothing but failures.
const maxFailing = 5 * time.Minute

// Wait polls a batch until its status is terminal, and returns what the last poll returned. It
// serves every batch operation of the spec: poll makes one call of it, with the context that it is
// given, and returns the result and its status. The generated methods of [Client] whose names begin
// with Wait are made of it.
//
// The statuses pending, processing and retry are in progress, as is one that this version does not
// know. After retry, the next poll comes after the longest interval. With completed the wait is
// over, which does not mean that all is well: each item has its own success and errors. With
// failed, Wait returns the result and an error that matches [ErrBatchFailed].
//
// Wait blocks. The first poll is made at once, the others at growing intervals; see
// [WithPollInterval]. All waits of a client share the rate limit of their operation: their polls
// are spread evenly over it, except that a sixth of it may go at once, and direct calls go before
// them.
//
// Some failures of a poll may pass: no connection or a lost one, status code 408, 429 or 5xx other
// than 501, and, after a good poll, a 2xx that the spec does not declare, such as a proxy's
// maintenance page. After the call's own retries, they end the wait only if there is nothing else
// for five minutes. A 404 within [WithNotFoundGrace] does not end it. Any other failure ends it at
// once: an error of poll's own, a body that does not decode, a certificate error, or a host that
// does not exist, if there never was a response.
//
// If the context has a deadline, the last poll is made up to 2 s before it, so that it can be
// answered, and the wait then ends with an error that matches [context.DeadlineExceeded]. Every
// error except that of a bad option is a [*BatchError] with the batch's id and last status. It
// wraps the reason, such as the context's error and its cause, and the last failure if that was not
// followed by a good poll.
func Wait[T any](
	ctx context.Context, c *Client, id uuid.UUID,
	poll func(context.Context, uuid.UUID) (T, BatchStatus, error), opts ...WaitOption,
) (T, error) {
	s, err := newWaitSettings(opts)
	if err != nil {
		return *new(T), err
	}
	return waitFor(ctx, c, id, poll, s)
}

// pollFunc is a poll function.
type pollFunc[T any] = func(context.Context, uuid.UUID) (T, BatchStatus, error)

var (
	errNothing = errors.New("the client or the poll function is nil")
	errNoID    = errors.New("the batch's id is nil; did the response to the submission have one?")
)

// waitFor is Wait with its options evaluated.
func waitFor[T any](
	ctx context.Context, c *Client, id uuid.UUID, poll pollFunc[T], s waitSettings,
) (T, error) {
	if c == nil || poll == nil {
		return *new(T), &BatchError{ID: id, Err: errNothing}
	}
	if id == uuid.Nil {
		return *new(T), &BatchError{ID: id, Err: errNoID}
	}
	w := &wait[T]{
		waitSettings: s,
		poll:         poll,
		logger:       cmp.Or(c.logger, slog.New(slog.DiscardHandler)),
		start:        time.Now(),
		progress:     Progress{ID: id},
	}
	if c.limiter != nil {
		defer func() { c.limiter.EndWait(id, !w.isInterrupted) }() //nolint:contextcheck // about others
	}
	return w.run(attempt.WithBatch(ctx, id))
}

// wait is the state of one wait.
type wait[T any] struct {
	waitSettings

	poll   pollFunc[T]
	logger *slog.Logger

	start    time.Time
	progress Progress
	// isInterrupted reports that the context has ended the wait, and not what a poll found.
	isInterrupted bool
	// answered reports that the server was reached, be it with a failure.
	answered bool
	// failure is the last failure since the last good poll, nil if there was none. failing is when
	// the first of them came.
	failure error
	failing time.Time
}

func (w *wait[T]) run(ctx context.Context) (T, error) {
	for {
		began := time.Now()
		result, status, err := w.poll(ctx, w.progress.ID)
		w.note(ctx, status, err)
		switch {
		case err == nil && status == StatusCompleted:
			return result, nil
		case err == nil && status == StatusFailed:
			return result, w.end("failed", nil, ErrBatchFailed)
		case err == nil && status == "":
			return *new(T), w.end("ended", errNoStatus)
		case err != nil && ctx.Err() == nil && !w.mayPass(err):
			return *new(T), w.end("ended", err)
		case !w.schedule.sleep(ctx, began, status, err):
			return *new(T), w.interrupted(ctx, err)
		}
	}
}

// note keeps what a poll came to, and tells it. A poll that was never sent is none.
func (w *wait[T]) note(ctx context.Context, status BatchStatus, err error) {
	// Any error but a call's own is taken for that of a call which was sent and failed.
	call := &callError{attempts: 1, failed: true}
	errors.As(err, &call)
	if call.attempts == 0 {
		return
	}
	w.progress.Polls++
	w.progress.Elapsed = time.Since(w.start)
	w.progress.Err = err
	w.answered = w.answered || err == nil || errors.As(err, new(*Error))
	if err == nil {
		w.progress.Status = status
		w.failure = nil
	} else if ctx.Err() == nil || call.failed {
		w.noteFailure(ctx, err)
	}
	w.progressing.Lock()
	defer w.progressing.Unlock()
	w.progressed(w.progress)
}

func (w *wait[T]) noteFailure(ctx context.Context, err error) {
	if w.failure == nil || errors.Is(w.failure, ErrNotFound) { // which has a grace of its own
		w.failing = time.Now()
	}
	w.failure = err
	w.logger.LogAttrs(ctx, slog.LevelWarn, prefix+"poll failed",
		slog.String("batch", w.progress.ID.String()),
		slog.Int("poll", w.progress.Polls),
		slog.String("cause", textOf(err)))
}

// mayPass reports whether a poll's failure may pass. The call has made its retries by then. What is
// left is a longer patience.
func (w *wait[T]) mayPass(err error) bool {
	answered := new(Error)
	dns := new(net.DNSError)
	switch {
	case errors.Is(err, ErrNotFound):
		return time.Since(w.start) < w.notFoundGrace
	case w.failure != nil && time.Since(w.failing) >= maxFailing,
		retry.Permanent(err),
		errors.As(err, &dns) && dns.IsNotFound && !w.answered:
		return false
	case errors.As(err, new(undeclaredError)): // a maintenance page, or the base URL is another server's
		return w.progress.Status != ""
	case errors.As(err, &answered):
		return isTransient(answered.StatusCode)
	}
	return errors.As(err, new(*callError)) // and not an error of poll's own
}

// isTransient reports whether a status code tells of a failure that may pass.
func isTransient(status int) bool {
	return status/100 == 5 && status != http.StatusNotImplemented ||
		status == http.StatusRequestTimeout || status == http.StatusTooManyRequests
}

// interrupted returns the error of a wait that the context has ended, or is about to, after the
// error of the last poll, if it has one.
func (w *wait[T]) interrupted(ctx context.Context, err error) error {
	w.isInterrupted = true
	why := cmp.Or(ctx.Err(), context.DeadlineExceeded) // the deadline is near if it has not passed
	cause := context.Cause(ctx)
	last := w.failure
	if last == nil && !errors.Is(err, context.Canceled) {
		last = err
	}
	if last == nil && !errors.Is(why, cause) {
		last = cause
	}
	return w.end(strings.TrimPrefix(why.Error(), "context "), last, why, cause, err)
}

// end returns the error of a wait: what ended it, the last failure, and what else the error
// matches.
func (w *wait[T]) end(what string, last error, causes ...error) error {
	text := what + " after " + count(w.progress.Polls, "poll")
	if w.progress.Status != "" {
		text += " (last status " + w.progress.Status.word() + ")"
	}
	return &BatchError{ID: w.progress.ID, Status: w.progress.Status, Err: &textError{
		text:   joined(text, textOf(last)),
		causes: errors.Join(append(causes, last)...),
	}}
}
