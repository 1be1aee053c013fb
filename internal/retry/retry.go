// Package retry makes a call: attempts, until one settles it, retrying brings nothing, or the
// context ends.
//
// Requests that are safe to repeat (RFC 9110, section 9.2.2) are retried after any failure that may
// pass, all others only where the server did not process them. The delay is the server's
// Retry-After, or exponential backoff with full jitter. A budget bounds the retries of all direct
// calls together, and another one those of polls, so that waits leave direct calls theirs.
package retry

import (
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
	// Origin is where alone a key is sent.
	Origin auth.Origin
	Logger *slog.Logger
	Next   Sender

	directBudget, pollBudget budget
}

// Outcome is how a call ended: with the last attempt's response or error, unless no attempt was
// made.
type Outcome struct {
	Response *attempt.Response
	// Err says why there is no response, or why the one that there is cannot be used.
	Err error
	// Interrupted says what ended the call before it was settled, or was about to: the context, the
	// rate limit, the source of keys, or a body that cannot be opened again. Response and Err are
	// then the last failure.
	Interrupted error
	Attempts    int
	// RetryAfter is the delay that the response asks for, 0 if none.
	RetryAfter time.Duration
	// Unknown reports that a request which is not safe to repeat was sent, and that the server may
	// have carried it out or not.
	Unknown bool
	// Keys are those that the attempts were made with. Each can be in the response or the error.
	Keys []auth.Key
}

// Do makes the call. It blocks until a response is kept, attempts or budget are used up, or the
// context ends, at once in the latter case. A delay that does not fit before the context's deadline
// is not slept.
func (r *Retrier) Do(call attempt.Call) Outcome {
	l := loop{
		Retrier: r,
		Call:    call,
		safe:    call.Operation.Idempotent || isIdempotent(call.Request.Method),
		budget:  &r.directBudget,
	}
	if l.isPoll() {
		l.budget = &r.pollBudget
	}
	for l.attempt(call.Request.Context()) {
		// until no other one is due
	}
	return l.out
}
