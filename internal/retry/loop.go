package retry

import (
	"context"
	"net/http"
	"time"

	"github.com/sellerscenter/client-go/internal/attempt"
	"github.com/sellerscenter/client-go/internal/auth"
)

// maxRetryAfter is the longest Retry-After that is slept. A caller can plan better with more than
// that.
const maxRetryAfter = 2 * time.Minute

// loop is the state of one call.
type loop struct {
	*Retrier
	Call

	// safe reports that repeating the request has the effect of making it once.
	safe bool
	out  Outcome
	// refreshed is 1 once the call was made again with a changed key. The policy does not count that
	// attempt.
	refreshed int
}

// attempt makes one attempt, and reports whether another one is due now.
func (l *loop) attempt(ctx context.Context) (again bool) {
	trace := new(connTrace)
	a, err := l.prepare(ctx, trace)
	if err != nil {
		l.out.Err = err
	}
	if err != nil || ctx.Err() != nil {
		return l.notSent(a, attempt.Interruption(ctx))
	}
	result := l.Next.Send(a)
	if result.NotSent {
		return l.notSent(a, result.Err)
	}
	l.out.Attempts++
	l.out.Keys = append(l.out.Keys, a.Key)
	if result.Err != nil {
		result.Err = auth.NewRedactor(l.out.Keys...).RedactError(result.Err)
	}
	l.logAttempt(ctx, result)
	d := decide(l.safe, result, trace)
	l.record(ctx, result, d)
	if d.verdict == settled {
		l.budget.refund()
		return l.refreshesKey(ctx, result)
	}
	return l.retries(ctx, result, d)
}

// prepare returns the next attempt, with its body at the start. Where that decides whether it may be
// repeated, the trace watches whether it gets as far as a connection.
func (l *loop) prepare(ctx context.Context, trace *connTrace) (a attempt.Attempt, err error) {
	a = attempt.Attempt{Request: l.Request, Operation: l.Operation, Number: l.out.Attempts + 1, Batch: l.Batch}
	if !l.safe {
		a.Request = a.Request.WithContext(trace.attach(ctx))
	}
	if l.out.Attempts > 0 {
		a.Request = a.Request.WithContext(a.Request.Context())
		a.Request.Body = http.NoBody // what it was is used up
	}
	if ctx.Err() == nil {
		a.Key, err = l.Keys(ctx)
	}
	if err == nil && l.out.Attempts > 0 && l.Request.GetBody != nil {
		a.Request.Body, err = l.Request.GetBody()
	}
	return a, err
}

// notSent ends the call before an attempt was sent.
func (l *loop) notSent(a attempt.Attempt, why error) (again bool) {
	l.out.Interrupted = why
	if a.Request.Body != nil {
		_ = a.Request.Body.Close()
	}
	return false
}

// record keeps what an attempt came to. Where the context's end is all that it has to say, what
// failed before says more.
func (l *loop) record(ctx context.Context, result attempt.Result, d decision) {
	l.out.Unknown = d.unknown
	first := l.out.Response == nil && l.out.Err == nil
	if first || result.Response != nil || ctx.Err() == nil {
		l.out.Response = result.Response
		l.out.Err = result.Err
		l.out.RetryAfter = d.retryAfter
	}
}

// retries reports whether a failed attempt is followed by another one, after sleeping until then.
func (l *loop) retries(ctx context.Context, result attempt.Result, d decision) bool {
	counted := l.out.Attempts - l.refreshed
	delay := d.retryAfter
	if delay == 0 {
		delay = l.Policy.backoff(counted)
	}
	deadline, ok := ctx.Deadline()
	switch {
	case ctx.Err() != nil:
		l.out.Interrupted = attempt.Interruption(ctx)
		return false
	case d.verdict == hopeless, delay > maxRetryAfter, counted >= l.Policy.MaxAttempts, !l.replayable():
		return false
	case ok && time.Until(deadline) <= delay:
		l.out.Interrupted = context.DeadlineExceeded
		return false
	// A throttled call spends nothing: the server is well, and the rate limit paces it.
	case d.verdict != throttled && !l.budget.take():
		l.logNoRetry(ctx, result)
		return false
	}
	l.logRetry(ctx, result, delay)
	select {
	case <-time.After(delay):
	case <-ctx.Done():
	}
	return true
}

// refreshesKey reports whether a 401 is worth one more attempt: the source by now gives another key
// than the one that was refused.
func (l *loop) refreshesKey(ctx context.Context, result attempt.Result) bool {
	isRefused := l.WithKey && result.Response.StatusCode == http.StatusUnauthorized
	if !isRefused || l.refreshed > 0 || !l.replayable() {
		return false
	}
	key, err := l.Keys(ctx)
	if err != nil || key.Equal(l.out.Keys[len(l.out.Keys)-1]) {
		return false
	}
	l.refreshed++
	return true
}

// replayable reports whether the request's body, if it has one, can be read again.
func (l *loop) replayable() bool {
	return l.Request.Body == nil || l.Request.Body == http.NoBody || l.Request.GetBody != nil
}
