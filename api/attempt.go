package api

import (
	"context"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/internal/attempt"
)

// Attempt identifies an attempt and the call that it belongs to.
type Attempt struct {
	// Number counts the call's attempts from 1. Redirects that are followed belong to the same
	// attempt.
	Number int
	// Operation is the operation's Go name, as in [RateLimit]. It is empty for a request that is
	// not an operation of the spec.
	Operation string
	// Batch is the id of the batch that a wait polls for, or [uuid.Nil] for a direct call.
	Batch uuid.UUID
}

// AttemptFromContext returns the attempt that a transport sends, from the request's context: for
// traces, metrics and logs of your own. It reports false for a context that no [Client] made.
func AttemptFromContext(ctx context.Context) (Attempt, bool) {
	a := attempt.FromContext(ctx)
	if a.Number == 0 {
		return Attempt{}, false
	}
	return attemptOf(a), true
}

func attemptOf(a attempt.Attempt) Attempt {
	return Attempt{Number: a.Number, Operation: a.Operation.Name, Batch: a.Batch}
}
