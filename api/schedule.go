package api

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/sellerscenter/client-go/internal/attempt"
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

// sleep blocks until the next poll is due, after one that began at a moment and ended now. It
// reports false if there is none: this one was the last, or the context has ended.
func (s *schedule) sleep(ctx context.Context, began time.Time, status BatchStatus, failure error) bool {
	if s.last {
		return false
	}
	delay := s.next(status, failure)
	if deadline, ok := ctx.Deadline(); ok {
		left := time.Until(deadline)
		// Early enough to be answered, even if it takes twice as long as this one.
		lead := max(2*time.Since(began), min(s.minimum, left/2))
		latest := left - min(lead, maxLead)
		s.last = delay >= latest
		delay = min(delay, latest)
	}
	attempt.Sleep(ctx, delay)
	return ctx.Err() == nil
}

// next returns the delay after a poll by what came of it.
func (s *schedule) next(status BatchStatus, failure error) time.Duration {
	delay := max(s.interval-rand.N(s.interval/2+1), s.minimum)
	s.interval += min(s.interval/2+1, s.maximum-s.interval)
	if status == StatusRetry { // the server asks for patience
		delay = s.maximum
	}
	answered := new(Error) // asks for no delay, and stands in where no response came
	errors.As(failure, &answered)
	return max(delay, min(answered.RetryAfter, maxRetryAfter))
}
