package retry

import (
	"context"
	"log/slog"
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

	call Call
	out  Outcome
	// refreshed is 1 once the call was made again with a changed key. The policy does not count
	// that attempt.
	refreshed int
}

// attempt makes one attempt, and reports whether another one is due now.
func (l *loop) attempt() (again bool) {
	ctx := l.call.Request.Context()
	if ctx.Err() != nil {
		return l.interrupt(attempt.Interruption(ctx))
	}
	request, trace, err := l.prepare(ctx)
	if err != nil {
		l.out.Err = err
		return l.interrupt(attempt.Interruption(ctx))
	}
	result := l.Next.Send(*request)
	if result.NotSent {
		return l.interrupt(result.Err)
	}
	l.out.Attempts++
	l.out.Keys = append(l.out.Keys, request.Key)
	if result.Err != nil {
		result.Err = auth.NewRedactor(l.out.Keys...).RedactError(result.Err)
	}
	l.logAttempt(result)
	d := decide(l.safe(), result, trace)
	l.record(result, d)
	if d.verdict == settled {
		l.budget.refund()
		return l.refreshesKey(ctx, result)
	}
	return l.retries(ctx, result, d)
}

// prepare returns the next attempt, with its body at the start. Where that decides whether it may
// be repeated, the trace watches whether it gets as far as a connection.
func (l *loop) prepare(ctx context.Context) (*attempt.Attempt, *connTrace, error) {
	request := l.call.Request
	key, err := l.Keys(ctx)
	if err != nil {
		return nil, nil, err
	}
	trace := new(connTrace)
	if !l.safe() {
		request = request.WithContext(trace.attach(ctx))
	}
	if l.out.Attempts > 0 && request.GetBody != nil {
		request = request.WithContext(request.Context())
		request.Body, err = request.GetBody()
	}
	return &attempt.Attempt{
		Request:   request,
		Operation: l.call.Operation,
		Number:    l.out.Attempts + 1,
		Wait:      l.call.Wait,
		Key:       key,
	}, trace, err
}

// interrupt ends the call before an attempt was sent.
func (l *loop) interrupt(why error) (again bool) {
	l.out.Interrupted = why
	if body := l.call.Request.Body; body != nil {
		_ = body.Close()
	}
	return false
}

// safe reports whether repeating the request has the effect of making it once.
func (l *loop) safe() bool {
	return l.call.Operation.Idempotent || isIdempotent(l.call.Request.Method)
}

// record keeps what an attempt came to. Where the context's end is all that it has to say, what
// failed before says more.
func (l *loop) record(result attempt.Result, d decision) {
	l.out.Unknown = d.unknown
	first := l.out.Response == nil && l.out.Err == nil
	if first || result.Response != nil || l.call.Request.Context().Err() == nil {
		l.out.Response = result.Response
		l.out.Err = result.Err
		l.out.RetryAfter = d.retryAfter
	}
}

// retries reports whether a failed attempt is followed by another one, after sleeping until then.
func (l *loop) retries(ctx context.Context, result attempt.Result, d decision) bool {
	if ctx.Err() != nil {
		l.out.Interrupted = attempt.Interruption(ctx)
		return false
	}
	counted := l.out.Attempts - l.refreshed
	hopeless := d.verdict == hopeless || d.retryAfter > maxRetryAfter
	if hopeless || counted >= l.Policy.MaxAttempts || !l.replayable() {
		return false
	}
	delay := d.retryAfter
	if delay == 0 {
		delay = l.Policy.backoff(counted)
	}
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) <= delay {
		l.out.Interrupted = context.DeadlineExceeded
		return false
	}
	// A throttled call spends nothing: the server is well, and the rate limit paces it.
	if d.verdict != throttled && !l.budget.take() {
		l.warn("sellerscenter: no retry", cause(result))
		return false
	}
	l.warn("sellerscenter: retry", slog.Duration("delay", delay), cause(result))
	select {
	case <-time.After(delay):
	case <-ctx.Done():
	}
	return true
}

// refreshesKey reports whether a 401 is worth one more attempt: the source by now gives another key
// than the one that was refused.
func (l *loop) refreshesKey(ctx context.Context, result attempt.Result) bool {
	if result.Response.StatusCode != http.StatusUnauthorized || l.refreshed > 0 || !l.replayable() {
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
	request := l.call.Request
	return request.Body == nil || request.Body == http.NoBody || request.GetBody != nil
}
