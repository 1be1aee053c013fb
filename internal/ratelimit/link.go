package ratelimit

import (
	"context"
	"crypto/rand"
	"log/slog"
	"sync"
	"sync/atomic"
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
	// steadyTime is how long after its last failure a count that answers is said to be back.
	steadyTime = 10 * time.Second
)

// Link is a client's way to the shared count, for all operations. While that does not answer, the
// client counts alone. It is safe for concurrent use.
type Link struct {
	count  Shared
	origin auth.Origin
	keys   auth.Source
	client string
	logger *slog.Logger

	key atomic.Pointer[auth.Key] // the last one that a request went with, nil at first

	mu       sync.Mutex
	rest     time.Duration // for which the count is left alone since it failed, 0 if it answers
	askAfter time.Time
	failedAt time.Time // the last time; zero once the log was told that the count is back
}

// NewLink returns the way to a shared count for requests to an origin, with keys of a source. The
// logger is told when the count does not answer, and when it has answered well again for a while.
func NewLink(count Shared, origin auth.Origin, keys auth.Source, logger *slog.Logger) *Link {
	return &Link{count: count, origin: origin, keys: keys, client: rand.Text(), logger: logger}
}

// findKey asks for the key of the first request, which has to be counted before it goes. Later on,
// the account is that of the last key.
func (l *Link) findKey(ctx context.Context) error {
	if l == nil || l.key.Load() != nil {
		return nil
	}
	key, err := l.keys(ctx)
	l.setKey(key)
	return err
}

// setKey keeps the key of a request that went, or of one that is about to. The zero Key is none.
func (l *Link) setKey(key auth.Key) {
	if l != nil && !key.IsZero() {
		kept := key
		l.key.Store(&kept)
	}
}

// account returns the name under which the shared count counts requests with the last key.
func (l *Link) account() string { return l.origin.Account(*l.key.Load()) }

// isDown reports whether the count did not answer the last time.
func (l *Link) isDown() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.rest > 0
}

// mayAsk reports whether the count is to be asked now, and not left alone.
func (l *Link) mayAsk(now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.rest == 0 || !now.Before(l.askAfter)
}

// note keeps whether the count answers. A count that comes and goes is lost once, and is back when it
// has answered for a while.
func (l *Link) note(err error) {
	isNew := l.keep(time.Now(), err) // not locked below: what logs may ask for the state of the limits
	if isNew && err == nil {
		l.logger.Info("sellerscenter: shared limit is back")
	}
	if isNew && err != nil {
		l.logger.Warn("sellerscenter: shared limit lost, counting alone", slog.String("cause", err.Error()))
	}
}

// keep keeps whether the count answers, and reports whether the log is to be told.
func (l *Link) keep(now time.Time, err error) (isNew bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	wasLost := !l.failedAt.IsZero()
	if err == nil {
		l.rest = 0
		isBack := wasLost && now.Sub(l.failedAt) >= steadyTime
		if isBack {
			l.failedAt = time.Time{}
		}
		return isBack
	}
	if l.rest == 0 || !now.Before(l.askAfter) { // requests that fail together count once
		l.rest = min(max(2*l.rest, minRest), maxRest)
		l.askAfter = now.Add(l.rest)
	}
	l.failedAt = now
	return !wasLost
}
