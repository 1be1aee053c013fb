package ratelimit

import "time"

// slots are the times at which slots of a window are free again, in ascending order.
type slots []time.Time

// expire drops those that are free, and returns their number.
func (s *slots) expire(now time.Time) int {
	n := 0
	for n < len(*s) && !(*s)[n].After(now) {
		n++
	}
	*s = (*s)[n:]
	return n
}
