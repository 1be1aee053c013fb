package ratelimit

import (
	"slices"
	"time"
)

// period is the spec's "per minute", and a little, since clocks run at different speeds.
const period = time.Minute + 10*time.Millisecond

// slots is a sliding log: it has an entry for each request that the server may still count, so that
// no window of the server's, however it places them, sees more than the limit.
type slots struct {
	// until is when each slot is free again, the next one first.
	until []time.Time
	// underWay counts the slots whose time begins when the request ends, since the server counts it
	// at some moment in between.
	underWay int
}

func (s *slots) taken() int { return len(s.until) + s.underWay }

func (s *slots) free(limit int) int { return max(limit-s.taken(), 0) }

// take takes slots for a time, or until they are ended one by one if that is 0.
func (s *slots) take(now time.Time, hold time.Duration, n int) {
	if hold == 0 {
		s.underWay += max(n, 0)
		return
	}
	s.add(now.Add(hold), n)
}

// end ends a request that was under way. One that the server cannot have seen takes no slot.
func (s *slots) end(now time.Time, isSent bool) {
	s.underWay--
	if isSent {
		s.add(now.Add(period), 1)
	}
}

func (s *slots) add(until time.Time, n int) {
	i, _ := slices.BinarySearchFunc(s.until, until, time.Time.Compare)
	for range n {
		s.until = slices.Insert(s.until, i, until)
		i++ // so that those before need not move
	}
}

// giveBack frees the slots that were taken last.
func (s *slots) giveBack(n int) {
	n = min(max(n, 0), len(s.until))
	s.until = s.until[:len(s.until)-n]
}

// expire frees the slots whose time is over, and returns how many.
func (s *slots) expire(now time.Time) (n int) {
	for n < len(s.until) && !s.until[n].After(now) {
		n++
	}
	s.until = s.until[n:]
	return n
}

// untilFree returns how long it takes at least until n slots are free, 0 if they are.
func (s *slots) untilFree(now time.Time, limit, n int) time.Duration {
	switch i := s.taken() - limit + n - 1; {
	case i < 0:
		return 0
	case i < len(s.until):
		return s.until[i].Sub(now)
	default:
		return period // that one is under way
	}
}
