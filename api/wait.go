package api

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
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
// A poll that fails in a way that may pass, after the call's own retries, does not end the wait,
// unless there is nothing but failures for five minutes: no connection or a lost one, status code
// 408, 429 or 5xx other than 501, a 404 within [WithNotFoundGrace], or after a good poll a 2xx that
// the spec does not declare, as of a proxy's maintenance page. Any other failure ends the wait at
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
	var none T
	if c == nil || poll == nil || id == uuid.Nil {
		return none, &BatchError{ID: id, Err: errors.New("the client, the poll function or the batch's id is nil")}
	}
	s, err := newWaitSettings(opts)
	if err != nil {
		return none, err
	}
	w := &wait[T]{
		waitSettings: s,
		poll:         poll,
		logger:       cmp.Or(c.logger, slog.New(slog.DiscardHandler)),
		start:        time.Now(),
		progress:     Progress{ID: id},
		schedule:     schedule{interval: s.minInterval, minimum: s.minInterval, maximum: s.maxInterval},
	}
	if c.limiter != nil {
		defer c.limiter.EndWait()
	}
	return w.run(attempt.WithBatch(ctx, id))
}

// wait is the state of one wait.
type wait[T any] struct {
	waitSettings

	poll     func(context.Context, uuid.UUID) (T, BatchStatus, error)
	logger   *slog.Logger
	schedule schedule

	start    time.Time
	progress Progress
	// answered reports that the server was reached, be it with a failure.
	answered bool
	// failing is when the present row of failures began, zero outside one. failure is the last of
	// them.
	failing time.Time
	failure error
}

func (w *wait[T]) run(ctx context.Context) (T, error) {
	var none T
	for {
		began := time.Now()
		result, status, err := w.poll(ctx, w.progress.ID)
		if wasSent(err) {
			w.note(ctx, status, err)
		}
		switch {
		case err != nil && (ctx.Err() != nil || w.schedule.last):
			return none, w.interrupted(ctx, err)
		case err != nil && !w.mayPass(err):
			return none, w.end("ended", err)
		case err == nil && status == StatusCompleted:
			return result, nil
		case err == nil && status == StatusFailed:
			return result, w.end("failed", nil, ErrBatchFailed)
		case err == nil && status == "":
			return none, w.end("ended", errNoStatus)
		case w.schedule.last:
			return none, w.interrupted(ctx, nil)
		}
		select {
		case <-time.After(w.schedule.next(ctx, began, status, err)):
		case <-ctx.Done():
			return none, w.interrupted(ctx, nil)
		}
	}
}

// note keeps what a poll came to, and tells it.
func (w *wait[T]) note(ctx context.Context, status BatchStatus, err error) {
	w.progress.Polls++
	w.progress.Elapsed = time.Since(w.start)
	w.progress.Err = err
	w.answered = w.answered || err == nil || errors.As(err, new(*Error))
	switch {
	case err == nil:
		w.progress.Status = status
		w.failing = time.Time{}
		w.failure = nil
	case ctx.Err() == nil || saysMore(err):
		w.noteFailure(ctx, err)
	}
	w.progressed(w.progress)
}

func (w *wait[T]) noteFailure(ctx context.Context, err error) {
	w.failure = err
	if w.failing.IsZero() {
		w.failing = time.Now()
	}
	w.logger.LogAttrs(ctx, slog.LevelWarn, prefix+"poll failed",
		slog.String("batch", w.progress.ID.String()),
		slog.Int("poll", w.progress.Polls),
		slog.String("cause", textOfCause(err)))
}

// mayPass reports whether a poll's failure may pass. The call has made its retries by then. What is
// left is a longer patience.
func (w *wait[T]) mayPass(err error) bool {
	if answered := new(Error); errors.As(err, &answered) {
		return w.responseMayPass(answered) && !w.failsForLong()
	}
	dns := new(net.DNSError)
	isGone := errors.As(err, &dns) && dns.IsNotFound && !w.answered
	isCall := errors.As(err, new(*callError)) // and not an error of poll's own
	return isCall && !isGone && !retry.Permanent(err) && !w.failsForLong()
}

func (w *wait[T]) failsForLong() bool {
	return !w.failing.IsZero() && time.Since(w.failing) >= maxFailing
}

func (w *wait[T]) responseMayPass(e *Error) bool {
	switch status := e.StatusCode; {
	case status == http.StatusNotFound:
		return time.Since(w.start) < w.notFoundGrace
	case status/100 == 2: // a proxy's maintenance page, or the base URL is another server's
		return e.cause == nil && w.progress.Status != ""
	default:
		return status/100 == 5 && status != http.StatusNotImplemented ||
			status == http.StatusRequestTimeout || status == http.StatusTooManyRequests
	}
}

// interrupted returns the error of a wait that the context has ended, or is about to, after the
// error of the last poll, if it has one.
func (w *wait[T]) interrupted(ctx context.Context, err error) error {
	why := cmp.Or(attempt.Interruption(ctx), context.DeadlineExceeded)
	what := "canceled"
	if errors.Is(why, context.DeadlineExceeded) {
		what = "deadline exceeded"
	}
	last := w.failure
	if last == nil && !errors.Is(err, context.Canceled) {
		last = err
	}
	if own := context.Cause(ctx); last == nil && !errors.Is(own, ctx.Err()) {
		last = own
	}
	return w.end(what, last, why, err)
}

// end returns the error of a wait: what ended it, the last failure, and what else the error
// matches.
func (w *wait[T]) end(what string, last error, causes ...error) error {
	text := what + " after " + count(w.progress.Polls, "poll")
	if w.progress.Status != "" {
		text += fmt.Sprintf(" (last status %s)", oneLine(string(w.progress.Status)))
	}
	if last != nil {
		text += ": " + textOfCause(last)
	}
	reason := &waitEnd{text: text, causes: errors.Join(append(causes, last)...)}
	return &BatchError{ID: w.progress.ID, Status: w.progress.Status, Err: reason}
}
