package ratelimit

import (
	"crypto/rand"
	"log/slog"
	"sync"
	"time"

	"github.com/sellerscenter/client-go/internal/auth"
)

const (
	// answerTime is how long the shared count may take to answer.
	answerTime = 250 * time.Millisecond
	// minRest is how long a count that failed is left alone. The time doubles with each further
	// failure, up to maxRest.
	minRest = time.Second
	maxRest = 30 * time.Second
)

// Link is a client's way to the shared count. While that does not answer, the client counts alone.
// It is safe for concurrent use.
type Link struct {
	count  Shared
	origin auth.Origin
	client string
	logger *slog.Logger

	mu    sync.Mutex
	down  bool
	rest  time.Duration // how long the count is left alone after its next failure
	until time.Time     // when it may be asked again
}

// NewLink returns the way to a shared count for requests to an origin. The logger is told when the
// count does not answer, and when it does again.
func NewLink(count Shared, origin auth.Origin, logger *slog.Logger) *Link {
	return &Link{count: count, origin: origin, client: rand.Text(), logger: logger, rest: minRest}
}

// isUp reports whether the count has answered last.
func (l *Link) isUp() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return !l.down
}

// mayAsk reports whether the count is to be asked now, and not left alone.
func (l *Link) mayAsk(now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return !l.down || !now.Before(l.until)
}

// note keeps whether the count answers, and says so when that changes.
func (l *Link) note(err error) {
	switch wasDown := l.keep(err); { // not locked: what logs may ask for the state of the limits
	case err == nil && wasDown:
		l.logger.Info("sellerscenter: shared limit is back")
	case err != nil && !wasDown:
		l.logger.Warn("sellerscenter: shared limit lost, counting alone", slog.String("cause", err.Error()))
	}
}

// postpone leaves the count alone for longer after an answer that came too late, unless it has
// answered in time since.
func (l *Link) postpone() {
	if !l.isUp() {
		l.keep(errNoAnswer)
	}
}

// keep keeps whether the count answers, and returns whether it did not before.
func (l *Link) keep(err error) (wasDown bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	wasDown = l.down
	l.down = err != nil
	now := time.Now()
	switch {
	case err == nil:
		l.rest = minRest
	case !wasDown || !now.Before(l.until): // requests that fail together count once
		l.until = now.Add(l.rest)
		l.rest = min(2*l.rest, maxRest)
	}
	return wasDown
}
