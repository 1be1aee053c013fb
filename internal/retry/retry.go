// Package retry makes a call: attempts, until one settles it, a retry cannot help, or the context
// ends.
//
// Requests that are safe to repeat (RFC 9110, section 9.2.2) are retried after any transient
// failure, all others only where the server did not process them. The delay is the server's
// Retry-After, or exponential backoff with full jitter. A budget bounds the retries of all direct
// calls together, and another one those of polls, so that waits leave direct calls theirs.
package retry

import (
	"cmp"
	"context"
	"log/slog"
	"time"

	"github.com/sellerscenter/client-go/internal/attempt"
	"github.com/sellerscenter/client-go/internal/auth"
)

// Sender makes one attempt.
type Sender interface {
	Send(a attempt.Attempt) attempt.Result
}

// Retrier makes calls. It is safe for concurrent use. Its fields are not to be changed then.
type Retrier struct {
	Policy Policy
	// Keys is asked after a 401 whether the key has changed.
	Keys auth.Source
	// Origin is the only place that a key is sent to.
	Origin auth.Origin
	Logger *slog.Logger
	Next   Sender

	directBudget, pollBudget budget
}

// Outcome is how a call ended.
type Outcome struct {
	// Result is that of the last attempt, zero if none was made.
	attempt.Result

	// Interrupted says what ended the call before it was settled, or was about to: the context, the
	// rate limit, the source of keys, or a body that cannot be opened again. The result is then
	// the last failure.
	Interrupted error
	Attempts    int
	// InLine is how long the attempts waited for their turns in the rate limit.
	InLine time.Duration
	// RetryAfter is the delay that the response asks for, 0 if none.
	RetryAfter time.Duration
	// Unknown reports that a request which is not safe to repeat was sent, and that the server may
	// have carried it out or not.
	Unknown bool
	// Keys are those that the attempts were made with. Each can be in the response or the error.
	Keys []auth.Key
}

// maxRetryAfter is the longest Retry-After that is slept. A caller can plan better with more than
// that.
const maxRetryAfter = 2 * time.Minute

// Do makes the call. It blocks until a response is kept, attempts or budget are used up, or the
// context ends, at once in the latter case. A delay that does not fit before the context's deadline
// is not slept.
func (r *Retrier) Do(call attempt.Call) Outcome {
	ctx := call.Request.Context()
	l := &loop{Retrier: r, Call: call}
	for {
		began := time.Now()
		result := l.send(ctx)
		l.out.InLine += time.Since(began) - result.Duration
		if result.NotSent {
			l.out.Interrupted = result.Err
			return l.out
		}
		d := decide(l.isSafe(), result)
		l.record(ctx, &result, d)
		l.logAttempt(ctx, result)
		if d.settled {
			r.directBudget.refund()
			r.pollBudget.refund()
			if l.hasNewKey(ctx, result) {
				continue
			}
			return l.out
		}
		l.out.Interrupted = attempt.Interruption(ctx)
		if l.out.Interrupted != nil || !l.mayRetry(result, d) {
			return l.out
		}
		delay := cmp.Or(d.retryAfter, r.Policy.backoff(l.out.Attempts))
		if !fits(ctx, delay) {
			l.out.Interrupted = context.DeadlineExceeded
			return l.out
		}
		if d.retryAfter > maxRetryAfter {
			return l.out
		}
		// A throttled call spends nothing: the server is well, and the rate limit paces it.
		if !d.throttled && !l.budget().take() {
			l.warn(ctx, "sellerscenter: no retry", result,
				slog.String("reason", "the retry budget is used up"))
			return l.out
		}
		l.warn(ctx, "sellerscenter: retry", result, slog.Duration("delay", delay))
		attempt.Sleep(ctx, delay)
	}
}
