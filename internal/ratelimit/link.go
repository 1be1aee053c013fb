package ratelimit

import (
	"context"
	"crypto/rand"
	"fmt"
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

// answer is what the count says to a request.
type answer struct {
	grant Grant
	err   error
}

var errNoAnswer = fmt.Errorf("no answer within %v", answerTime)

// take asks the count. It returns in time, even if the count does not; then the count is asked again
// only after it has. What it heard and granted too late is taken out of the request, which is not to
// tell or take it again.
func (s *shared) take(request *Request) (Grant, error) {
	if s.late != nil {
		select {
		case a := <-s.late:
			s.late = nil
			if a.err == nil { // it was heard after all
				request.Sent -= s.lateRequest.Sent + a.grant.Calls + a.grant.Polls
			}
		default:
			s.note(errNoAnswer)
			return Grant{}, errNoAnswer
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), answerTime)
	defer cancel()
	told := *request
	answers := make(chan answer, 1)
	go func() {
		grant, err := s.count.Take(ctx, told)
		answers <- answer{grant, err}
	}()
	var a answer
	select {
	case a = <-answers:
	case <-ctx.Done():
		s.late = answers
		s.lateRequest = told
		a.err = errNoAnswer
	}
	s.note(a.err)
	return a.grant, a.err
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
