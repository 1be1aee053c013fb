package retry

import "sync/atomic"

// budgetSize is how many retries more than healthy answers a client may make, of direct calls and
// of polls each.
const budgetSize = 100

// budget bounds the retries of many calls together, so that many goroutines do not storm a server
// that is going down: a retry takes a token, a healthy answer puts one back. With a server that
// only fails, no more than budgetSize retries are made; with one that fails half the time, a retry
// is always to be had.
type budget struct{ spent atomic.Int64 }

// take reports whether a retry may be made, and counts it.
func (b *budget) take() bool {
	if b.spent.Add(1) <= budgetSize {
		return true
	}
	b.spent.Add(-1)
	return false
}

// refund puts back one token.
func (b *budget) refund() {
	if b.spent.Add(-1) < 0 {
		b.spent.Add(1)
	}
}
