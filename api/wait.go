package api

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/internal/attempt"
	"github.com/sellerscenter/client-go/internal/auth"
	"github.com/sellerscenter/client-go/internal/retry"
)

// A wait bears nothing but failures for maxFailing, and minFailures of them, since two can be that
// far apart.
const (
	maxFailing  = 5 * time.Minute
	minFailures = 5
)

// Wait polls a batch until its status is terminal, and returns what the last poll returned. It
// serves every batch operation of the spec: poll makes one call of it, with the context that it is
// given, and returns the result and its status. The generated methods of [Client] whose names begin
// with Wait are made of it.
//
// The statuses pending, processing and retry mean that the batch is in progress, as does one that
// this version does not know, which is logged once. After retry, the next poll comes after the
// longest interval. With completed the wait is over, which does not mean that all is well: each
// item has its own success and errors. With failed, Wait returns the result and an error that
// matches [ErrBatchFailed].
//
// Wait blocks. The first poll is made at once, the others at growing intervals; see
// [WithPollInterval]. All waits of a client share the rate limit of their operation: their polls
// are spread evenly over it, except that up to a sixth of it may go at once, ten at a time, and
// less while many wait. Direct calls go before them.
//
// Some failures of a poll are transient: no connection or a lost one; status code 408, 429 or 5xx
// other than 501; after any response, a host that does not exist, or an error of the key source;
// and after a good poll, a 2xx that does not give the state of the batch, such as a proxy's
// maintenance page, a body that does not decode, or one without a status. For the generated
// methods, the results of another batch are such a 2xx too, where results have the batch's id.
// Transient failures end the wait only after five minutes, and at least five polls, of nothing
// else. A 404 within [WithNotFoundGrace] does not end it. Any other failure ends it at once, such
// as a certificate error or an error of poll's own.
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

// waitFor is Wait with its options evaluated.
func waitFor[T any](
	ctx context.Context, c *Client, id uuid.UUID, poll pollFunc[T], s waitSettings,
) (T, error) {
	bad := firstOf([]problem{
		{c == nil || poll == nil, "the client or the poll function is nil"},
		{id == uuid.Nil, "the batch's id is nil; did the response to the submission have one?"},
	})
	if bad != nil {
		return *new(T), &BatchError{ID: id, Err: bad}
	}
	w := &wait[T]{
		waitSettings: s,
		poll:         poll,
		logger:       cmp.Or(c.logger, slog.New(slog.DiscardHandler)),
		start:        time.Now(),
		progress:     Progress{ID: id},
	}
	if c.limiter != nil {
		defer func() { c.limiter.EndWait(id, ctx.Err() == nil) }()
	}
	ctx, end := c.startWait(ctx, id)
	err := errExited
	defer func() { end(w.progress, err) }()
	result, err := w.run(attempt.WithBatch(ctx, id))
	return result, err
}

// wait is the state of one wait.
type wait[T any] struct {
	waitSettings

	poll   pollFunc[T]
	logger *slog.Logger

	start    time.Time
	progress Progress
	// answered reports that the server was reached, be it with a failure.
	answered bool
	failures failures
	// toldUnknown reports that a status which nobody knows has been logged.
	toldUnknown bool
}

// failures are the failed polls since the last good one.
type failures struct {
	last error // nil if there is none
	// n is how many there are, and since when the first of them began. A 404 has a grace of its own
	// and begins the count anew.
	n     int
	since time.Time
}

func (w *wait[T]) run(ctx context.Context) (T, error) {
	for {
		began := time.Now()
		result, status, err := w.poll(ctx, w.progress.ID)
		if err == nil && status == "" {
			err = errNoStatus
		}
		w.note(ctx, began, status, err)
		if err == nil && status == StatusCompleted {
			return result, nil
		}
		if err == nil && status == StatusFailed {
			return result, w.end("failed after", nil, ErrBatchFailed)
		}
		ended := w.endedBy(ctx, err)
		if ended != nil {
			w.warn(ctx, err)
			return *new(T), ended
		}
		delay := w.schedule.nextDelay(ctx, began, status, err)
		w.warn(ctx, err, slog.Duration("delay", delay))
		attempt.Sleep(ctx, delay)
		if ctx.Err() != nil {
			return *new(T), w.interrupted(ctx, err)
		}
	}
}

// note keeps the result of a poll, and reports it. A poll that got no slot of the rate limit is
// none.
func (w *wait[T]) note(ctx context.Context, began time.Time, status BatchStatus, err error) {
	if !wasMade(ctx, err) {
		return
	}
	w.progress.Polls++
	w.progress.Elapsed = time.Since(w.start)
	w.progress.Err = err
	w.answered = w.answered || err == nil || errors.As(err, new(*Error))
	if err == nil {
		w.noteStatus(ctx, status)
	} else if saysWhy(ctx, err) {
		w.noteFailure(began, err)
	}
	w.progressing.Lock()
	defer w.progressing.Unlock()
	w.progressed(w.progress)
}

func (w *wait[T]) noteStatus(ctx context.Context, status BatchStatus) {
	w.progress.Status = status
	w.failures = failures{}
	if w.toldUnknown || slices.Contains(knownStatuses, status) {
		return
	}
	w.toldUnknown = true
	w.log(ctx, "unknown status", slog.String("batch_status", status.word()))
}

func (w *wait[T]) noteFailure(began time.Time, err error) {
	f := &w.failures
	f.last = err
	if f.n == 0 {
		f.since = began
	}
	f.n++
	if errors.Is(err, ErrNotFound) {
		f.n = 0
	}
}

// warn logs a poll that failed, and more about it.
func (w *wait[T]) warn(ctx context.Context, err error, more ...slog.Attr) {
	if err == nil || !wasMade(ctx, err) || !saysWhy(ctx, err) {
		return
	}
	asked := slog.Duration("retry_after", retryAfterOf(err))
	w.log(ctx, "poll failed", append(more, asked, slog.String("cause", textOf(err)))...)
}

func (w *wait[T]) log(ctx context.Context, message string, more ...slog.Attr) {
	attrs := []slog.Attr{
		slog.String("batch", w.progress.ID.String()),
		slog.Int("poll", w.progress.Polls),
	}
	w.logger.LogAttrs(ctx, slog.LevelWarn, prefix+message, append(attrs, more...)...)
}

// wasMade reports whether a poll with an error was made, as far as that says. One whose key was not
// to be had was.
func wasMade(ctx context.Context, err error) bool {
	var call *callError
	return !errors.As(err, &call) || call.attempts > 0 || errors.Is(err, auth.ErrSource) && ctx.Err() == nil
}

// saysWhy reports whether a poll's error says more than that the context has ended.
func saysWhy(ctx context.Context, err error) bool {
	var call *callError
	return ctx.Err() == nil || !errors.As(err, &call) || call.failed
}

// endedBy returns the error of a wait that ends after a poll with an error, or with none, but
// before the batch has ended. It returns nil if the wait goes on.
func (w *wait[T]) endedBy(ctx context.Context, err error) error {
	failing := time.Since(w.failures.since)
	switch {
	case ctx.Err() != nil:
		return w.interrupted(ctx, err)
	case err != nil && !w.mayPass(err):
		return w.end("ended after", err)
	case w.failures.n >= minFailures && failing >= maxFailing:
		minutes := failing.Truncate(time.Minute).String()
		return w.end("gave up after "+strings.TrimSuffix(minutes, "0s")+" of failures and", err)
	case w.schedule.last:
		return w.interrupted(ctx, err)
	}
	return nil
}

// mayPass reports whether a poll's failure is transient.
func (w *wait[T]) mayPass(err error) bool {
	var answered *Error
	var dns *net.DNSError
	switch {
	case errors.Is(err, ErrNotFound):
		return time.Since(w.start) < w.notFoundGrace
	case errors.Is(err, auth.ErrSource): // it had a key before
		return w.answered
	case retry.Permanent(err), errors.As(err, &dns) && dns.IsNotFound && !w.answered:
		return false
	case errors.Is(err, errNoStatus), errors.As(err, &answered) && answered.StatusCode/100 == 2:
		return w.progress.Status != "" // a maintenance page, or the base URL is another server's
	case errors.As(err, &answered):
		return retry.LeavesOpen(answered.StatusCode) || answered.StatusCode == http.StatusTooManyRequests
	}
	return errors.As(err, new(*callError)) // and not an error of poll's own
}

// interrupted returns the error of a wait that the context has ended, or is about to, after the
// error of the last poll, if it has one.
func (w *wait[T]) interrupted(ctx context.Context, err error) error {
	// The deadline is near if it has not passed.
	why := cmp.Or(attempt.Interruption(ctx), context.DeadlineExceeded)
	last := w.failures.last
	if last == nil && !errors.Is(err, context.Canceled) {
		last = err
	}
	return w.end(strings.TrimPrefix(why.Error(), "context ")+" after", last, why, err)
}

// end returns the error of a wait: what ended it, the last failure, and what else the error
// matches.
func (w *wait[T]) end(what string, last error, causes ...error) error {
	text := what + " " + count(w.progress.Polls, "poll")
	if w.progress.Status != "" {
		text += " (last status " + w.progress.Status.word() + ")"
	}
	return &BatchError{ID: w.progress.ID, Status: w.progress.Status, Err: &textError{
		text:   joined(text, textOf(last)),
		causes: errors.Join(append(causes, last)...),
	}}
}
