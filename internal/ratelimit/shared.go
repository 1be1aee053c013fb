package ratelimit

import (
	"cmp"
	"fmt"
	"time"
)

// shared is what a window knows of its shared count.
type shared struct {
	*Link // nil for a client that counts alone

	account string // of the last request that entered
	// asking reports that a request for slots is under way. askAt is when the next one is due, and
	// freeAt when a slot is free if none is now.
	asking bool
	askAt  time.Time
	freeAt time.Time
	// isLate reports that its answer has not come in time. Meanwhile the client counts alone.
	isLate bool
	// news is what the next one tells.
	news    news
	free    int           // slots, by the last grant
	toldAt  time.Time     // when that came
	slowest time.Duration // of the requests lately
}

// news is what has happened since the last request for slots.
type news struct {
	ended   int
	sent    int
	refused bool // with 429: there is a hold to tell
	limit   int  // that the server has told, 0 for none
	// remaining is what a response said at remainingAt, which is zero if none said it.
	remaining   int
	remainingAt time.Time
}

// putBack puts back what a failed request told, since the count may not have heard it. What remained
// of the server's limit is old by the next one.
func (n *news) putBack(request Request) {
	n.ended += request.Ended
	n.sent += request.Sent
	n.refused = n.refused || request.Pause > 0
	n.limit = cmp.Or(n.limit, request.ServerLimit)
}

var errNoAnswer = fmt.Errorf("no answer within %v", answerTime)

// recheck is how often the shared count is asked at least while requests are in line: other clients
// may have given slots back, or have learned of another limit.
const recheck = 3 * time.Second

// minWait is how long a request that was not granted waits at least before it asks again.
const minWait = 10 * time.Millisecond

// minSlack and maxSlack bound the time that a slot is taken beyond the period, in which the server
// counts the request.
const (
	minSlack = 500 * time.Millisecond
	maxSlack = 30 * time.Second
)

// hold returns how long a slot is taken from its grant on: until the server, which counts a request
// while it is under way, has forgotten it.
func (s *shared) hold() time.Duration {
	return period + min(max(s.slowest*3/2, minSlack), maxSlack)
}

// observe learns how long a request was under way.
func (s *shared) observe(took time.Duration) {
	s.slowest = max(took, s.slowest-s.slowest/16)
}
