package retry

import (
	"cmp"
	"context"
	"net/http"
	"time"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/internal/attempt"
	"github.com/sellerscenter/client-go/internal/auth"
)

// slowPoll is how long the attempt of a poll may have taken that is made again. The wait comes back
// by itself, and must not learn too late that there are only failures.
const slowPoll = 10 * time.Second

// loop is the state of one call.
type loop struct {
	*Retrier
	attempt.Call

	out Outcome
}

// isSafe reports whether repeating the request has the effect of making it once.
func (l *loop) isSafe() bool { return l.Operation.Idempotent || isIdempotent(l.Request.Method) }

func (l *loop) isPoll() bool { return l.Batch != uuid.Nil }

func (l *loop) budget() *budget {
	if l.isPoll() {
		return &l.pollBudget
	}
	return &l.directBudget
}

// send makes the next attempt, with the request's body at the start.
func (l *loop) send(ctx context.Context) attempt.Result {
	a := attempt.Attempt{Call: l.Call, Number: l.out.Attempts + 1}
	var badBody error
	if a.Number > 1 && a.Request.GetBody != nil {
		a.Request = a.Request.WithContext(ctx)
		a.Request.Body, badBody = a.Request.GetBody()
	}
	result := attempt.Result{NotSent: true, Err: cmp.Or(attempt.Interruption(ctx), badBody)}
	if result.Err == nil {
		result = l.Next.Send(a)
	}
	if result.NotSent && a.Request.Body != nil {
		_ = a.Request.Body.Close()
	}
	return result
}

// record keeps the result of an attempt. Where the context's end is all that it has to say, what
// failed before says more.
func (l *loop) record(ctx context.Context, result *attempt.Result, d decision) {
	l.out.Attempts++
	l.out.Keys = append(l.out.Keys, result.Key)
	if result.Err != nil {
		result.Err = auth.NewRedactor(l.out.Keys...).RedactError(result.Err)
	}
	l.out.Unknown = d.unknown
	if l.out.Attempts == 1 || result.Response != nil || ctx.Err() == nil {
		l.out.Result = *result
		l.out.RetryAfter = d.retryAfter
	}
}

// mayRepeat reports whether the policy has one more attempt, and the request's body, if it has one,
// can be read again.
func (l *loop) mayRepeat() bool {
	isReplayable := l.Request.Body == nil || l.Request.Body == http.NoBody || l.Request.GetBody != nil
	return isReplayable && l.out.Attempts < l.Policy.MaxAttempts
}

// mayRetry reports whether a failed attempt may be followed by another one.
func (l *loop) mayRetry(result attempt.Result, d decision) bool {
	isSlowPoll := l.isPoll() && result.Duration > slowPoll
	return d.again && !isSlowPoll && l.mayRepeat()
}

// hasNewKey reports whether a 401 is worth one more attempt: the source by now gives another key
// than the one that was sent.
func (l *loop) hasNewKey(ctx context.Context, result attempt.Result) bool {
	isRefused := result.Response.StatusCode == http.StatusUnauthorized
	if !isRefused || auth.OriginOf(l.Request.URL) != l.Origin || !l.mayRepeat() {
		return false
	}
	key, err := l.Keys(ctx)
	return err == nil && !key.Equal(result.Key)
}

// fits reports whether a delay ends before the context's deadline.
func fits(ctx context.Context, delay time.Duration) bool {
	deadline, ok := ctx.Deadline()
	return !ok || time.Until(deadline) > delay
}
