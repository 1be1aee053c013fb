package ratelimit

import (
	"cmp"
	"time"

	"github.com/sellerscenter/client-go/internal/auth"
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
	// late brings the answer to lateRequest, which has not come in time. It is nil if there is none.
	late        <-chan answer
	lateRequest Request
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

// tell keeps what the next request for slots is to tell.
func (w *window) tell(n news) {
	known := &w.shared.news
	known.ended += n.ended
	known.refused = known.refused || n.refused
	known.limit = cmp.Or(n.limit, known.limit)
	if !n.remainingAt.IsZero() {
		known.remaining = n.remaining
		known.remainingAt = n.remainingAt
	}
}

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

// setAccount notes the key that requests are sent with now.
func (w *window) setAccount(key auth.Key) {
	if w.shared.Link == nil {
		return
	}
	account := w.shared.origin.Account(key)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.shared.account = account
}

// hold returns how long a slot is taken from its grant on: until the server, which counts a request
// while it is under way, has forgotten it.
func (s *shared) hold() time.Duration {
	return period + min(max(s.slowest*3/2, minSlack), maxSlack)
}

// observe learns how long a request was under way.
func (s *shared) observe(took time.Duration) {
	s.slowest = max(took, s.slowest-s.slowest/16)
}
