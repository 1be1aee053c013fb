package api

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"
)

const (
	// maxLead is the longest time before a deadline at which the last poll of a wait is made.
	maxLead = 2 * time.Second
	// maxRetryAfter bounds what a server can ask for: a mistaken Retry-After must not stop a wait
	// for good.
	maxRetryAfter = time.Hour
)

// schedule says when the next poll of a wait is due.
type schedule struct {
	interval, minimum, maximum time.Duration
	// last reports that the next poll is the last before the context's deadline.
	last bool
}

func newSchedule(minimum, maximum time.Duration) schedule {
	return schedule{interval: minimum, minimum: minimum, maximum: maximum}
}

// nextDelay returns the time from the end of a poll, which began at a moment and ended now, to the
// next one.
func (s *schedule) nextDelay(
	ctx context.Context, began time.Time, status BatchStatus, failure error,
) time.Duration {
	delay := max(s.nextInterval(status), retryAfterOf(failure))
	if deadline, ok := ctx.Deadline(); ok {
		left := time.Until(deadline)
		// Early enough to be answered, even if it takes twice as long as this one.
		lead := max(2*time.Since(began), min(s.minimum, left/2))
		latest := left - min(lead, maxLead)
		s.last = delay >= latest
		delay = min(delay, latest)
	}
	return delay
}

// nextInterval returns the interval after a poll by its status, and lets the next one grow.
func (s *schedule) nextInterval(status BatchStatus) time.Duration {
	interval := max(s.interval-rand.N(s.interval/2+1), s.minimum)
	s.interval += min(s.interval/2+1, s.maximum-s.interval)
	if status == StatusRetry { // the server asks for patience
		return s.maximum
	}
	return interval
}

// retryAfterOf returns the delay that the response in an error asks for, 0 if there is none.
func retryAfterOf(err error) time.Duration {
	var answered *Error
	if !errors.As(err, &answered) {
		return 0
	}
	return min(answered.RetryAfter, maxRetryAfter)
}
