package api

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"
)

// maxLead is the longest time before a deadline at which the last poll of a wait is made.
const maxLead = 2 * time.Second

// schedule says when the next poll of a wait is due.
type schedule struct {
	interval, minimum, maximum time.Duration
	// last reports that the next poll is the last before the context's deadline.
	last bool
}

// next returns the delay until the next poll after one that began at a moment and ended now.
func (s *schedule) next(ctx context.Context, began time.Time, status BatchStatus, failure error) time.Duration {
	delay := max(s.interval-rand.N(s.interval/2+1), s.minimum)
	s.interval += min(s.interval/2+1, s.maximum-s.interval)
	if status == StatusRetry { // the server asks for patience
		delay = s.maximum
		s.interval = s.maximum
	}
	if answered := new(Error); errors.As(failure, &answered) {
		delay = max(delay, answered.RetryAfter)
	}
	deadline, ok := ctx.Deadline()
	if !ok {
		return delay
	}
	// Early enough to be answered, even if it takes twice as long as this one.
	lead := min(max(2*time.Since(began), s.minimum), maxLead)
	left := max(time.Until(deadline)-lead, 0)
	s.last = delay >= left
	return min(delay, left)
}
