package ratelimit

import (
	"context"
	"crypto/rand"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/sellerscenter/client-go/internal/auth"
)

const (
	// answerTime is how long the shared count may take to answer.
	answerTime = 250 * time.Millisecond
	// restTime is how long a count that failed is left alone.
	restTime = 2 * time.Second
	// quietTime is how long after a failure the next one is not worth a warning: the count is still
	// down, or comes and goes.
	quietTime = time.Minute
)

// Link is a client's way to the shared count, for all operations. While that does not answer, the
// client counts alone. It is safe for concurrent use.
type Link struct {
	count  Shared
	origin auth.Origin
	keys   auth.Source
	client string
	logger *slog.Logger

	key      atomic.Pointer[auth.Key]  // the last one that a request went with, nil at first
	isLost   atomic.Bool               // has not answered since it failed
	failedAt atomic.Pointer[time.Time] // the last time, nil at first
}

// NewLink returns the way to a shared count for requests to an origin, with keys of a source. The
// logger is told when the count does not answer.
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

// isDown reports whether the count has failed, and not answered since.
func (l *Link) isDown(now time.Time) bool { return l.isLost.Load() || l.rests(now) }

// rests reports whether the count has failed a moment ago, and is left alone.
func (l *Link) rests(now time.Time) bool {
	failedAt := l.failedAt.Load()
	return failedAt != nil && now.Sub(*failedAt) < restTime
}

// succeed notes that the count has answered in time.
func (l *Link) succeed() { l.isLost.Store(false) }

// fail notes that the count has failed. No lock may be held: what logs may ask for the state of the
// limits.
func (l *Link) fail(err error) {
	now := time.Now()
	before := l.failedAt.Swap(&now)
	l.isLost.Store(true)
	if before == nil || now.Sub(*before) > quietTime {
		l.logger.Warn("sellerscenter: shared limit lost, counting alone", slog.String("cause", err.Error()))
	}
}
