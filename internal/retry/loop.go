package retry

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/internal/attempt"
	"github.com/sellerscenter/client-go/internal/auth"
)

// maxRetryAfter is the longest Retry-After that is slept. A caller can plan better with more than
// that.
const maxRetryAfter = 2 * time.Minute

// slowPoll is how long the attempt of a poll may have taken that is made again. The wait comes back
// by itself, and must not learn too late that there are only failures.
const slowPoll = 10 * time.Second

// loop is the state of one call.
type loop struct {
	*Retrier
	attempt.Call

	// safe reports that repeating the request has the effect of making it once.
	safe   bool
	budget *budget
	out    Outcome
}

// attempt makes one attempt, and reports whether another one is due now.
func (l *loop) attempt(ctx context.Context) (again bool) {
	a, err := l.prepare(ctx)
	if err != nil {
		return l.notSent(a, err)
	}
	result := l.Next.Send(a)
	if result.NotSent {
		return l.notSent(a, result.Err)
	}
	l.out.Attempts++
	l.out.Keys = append(l.out.Keys, result.Key)
	d := decide(l.safe, result)
	if result.Err != nil {
		result.Err = auth.NewRedactor(l.out.Keys...).RedactError(result.Err)
	}
	l.logAttempt(ctx, result)
	l.record(ctx, result, d)
	if d.settled {
		l.directBudget.refund()
		l.pollBudget.refund()
		return l.refreshesKey(ctx, result)
	}
	return l.retries(ctx, result, d)
}

// prepare returns the next attempt, with its body at the start, or an error that says why there can
// be none.
func (l *loop) prepare(ctx context.Context) (a attempt.Attempt, err error) {
	a = attempt.Attempt{Call: l.Call, Number: l.out.Attempts + 1}
	if l.out.Attempts > 0 && l.Request.GetBody != nil {
		a.Request = a.Request.WithContext(ctx)
		a.Request.Body, err = l.Request.GetBody()
	}
	return a, cmp.Or(attempt.Interruption(ctx), err)
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
	if l.out.Attempts == 1 || result.Response != nil || ctx.Err() == nil {
		l.out.Response = result.Response
		l.out.Err = result.Err
		l.out.RetryAfter = d.retryAfter
	}
}

// retries reports whether a failed attempt is followed by another one, after sleeping until then.
func (l *loop) retries(ctx context.Context, result attempt.Result, d decision) bool {
	l.out.Interrupted = attempt.Interruption(ctx)
	if l.out.Interrupted != nil || !d.again || !l.mayRepeat() {
		return false
	}
	if l.isPoll() && result.Duration > slowPoll {
		return false
	}
	delay := cmp.Or(d.retryAfter, l.Policy.backoff(l.out.Attempts))
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) <= delay {
		l.out.Interrupted = context.DeadlineExceeded
		return false
	}
	if d.retryAfter > maxRetryAfter {
		return false
	}
	// A throttled call spends nothing: the server is well, and the rate limit paces it.
	if !d.throttled && !l.budget.take() {
		l.warn(ctx, "sellerscenter: no retry", result, slog.String("reason", "the retry budget is used up"))
		return false
	}
	l.warn(ctx, "sellerscenter: retry", result, slog.Duration("delay", delay))
	attempt.Sleep(ctx, delay)
	return true
}

// isPoll reports whether the call is a poll of a wait.
func (l *loop) isPoll() bool { return l.Batch != uuid.Nil }

// refreshesKey reports whether a 401 is worth one more attempt: the source by now gives another key
// than the one that was sent.
func (l *loop) refreshesKey(ctx context.Context, result attempt.Result) bool {
	isRefused := result.Response.StatusCode == http.StatusUnauthorized
	if !isRefused || auth.OriginOf(l.Request.URL) != l.Origin || !l.mayRepeat() {
		return false
	}
	key, err := l.Keys(ctx)
	return err == nil && !key.Equal(result.Key)
}

// mayRepeat reports whether the policy has one more attempt, and the request's body, if it has one,
// can be read again.
func (l *loop) mayRepeat() bool {
	replayable := l.Request.Body == nil || l.Request.Body == http.NoBody || l.Request.GetBody != nil
	return replayable && l.out.Attempts < l.Policy.MaxAttempts
}
