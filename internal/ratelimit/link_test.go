package ratelimit_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sellerscenter/client-go/internal/attempt"
	"github.com/sellerscenter/client-go/internal/auth"
	"github.com/sellerscenter/client-go/internal/operation"
	"github.com/sellerscenter/client-go/internal/ratelimit"
)

// countStub grants everything, or fails while it is down.
type countStub struct {
	mu    sync.Mutex
	down  bool
	asked int
	taken int            // slots of all operations
	sent  map[string]int // told, by operation
}

func (s *countStub) Take(_ context.Context, r ratelimit.Request) (ratelimit.Grant, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked++
	if s.down {
		return ratelimit.Grant{}, errors.New("down")
	}
	s.sent[r.Operation] += r.Sent
	s.taken += r.Sent + r.Calls + r.Polls
	return ratelimit.Grant{Calls: r.Calls, Polls: r.Polls, Free: 1, Wait: time.Second}, nil
}

func (s *countStub) questions() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked
}

func (s *countStub) set(down bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = down
}

// nothing answers every attempt with nothing.
type nothing struct{}

func (nothing) Send(attempt.Attempt) attempt.Result { return attempt.Result{} }

// sending returns a function that sends a request of an operation through a limiter.
func sending(t *testing.T, count ratelimit.Shared, logger *slog.Logger) func(name string) {
	t.Helper()
	base, err := url.Parse("https://sellers.example.com")
	if err != nil {
		t.Fatal(err)
	}
	key, err := auth.NewKey("a-key-of-a-seller")
	if err != nil {
		t.Fatal(err)
	}
	l := &ratelimit.Limiter{
		Link: ratelimit.NewLink(count, auth.OriginOf(base), auth.Static(key), logger),
		Next: nothing{},
	}
	return func(name string) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base.String(), http.NoBody)
		if err != nil {
			t.Error(err)
			return
		}
		op := &operation.Operation{Name: name, RateLimit: 100}
		l.Send(attempt.Attempt{Call: attempt.Call{Request: r, Operation: op}})
	}
}

// TestOldRequestsAreNotTold has requests that went alone, longer ago than a server counts.
func TestOldRequestsAreNotTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		count := &countStub{down: true, sent: map[string]int{}}
		send := sending(t, count, slog.New(slog.DiscardHandler))
		for range 80 {
			send("B")
		}
		time.Sleep(10 * time.Minute)
		count.set(false)
		send("A") // finds that the count is back
		time.Sleep(time.Second)
		send("B")
		time.Sleep(time.Second)
		count.mu.Lock()
		defer count.mu.Unlock()
		if n := count.sent["B"]; n > 1 {
			t.Errorf("%d requests of ten minutes ago are told", n)
		}
	})
}

// TestFailuresTogetherCountOnce has several operations that find at once that the count is down.
func TestFailuresTogetherCountOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		count := &countStub{down: true, sent: map[string]int{}}
		send := sending(t, count, slog.New(slog.DiscardHandler))
		var calls sync.WaitGroup
		for _, name := range []string{"A", "B", "C", "D", "E", "F"} {
			calls.Go(func() { send(name) })
		}
		calls.Wait()
		time.Sleep(1100 * time.Millisecond)
		asked := count.questions()
		send("A")
		time.Sleep(time.Millisecond)
		if count.questions() == asked {
			t.Error("the count is not asked again after a second")
		}
	})
}

// deafCount is late with its next answer for operation A: it does not give it before it is told to
// answer, not even when the context ends.
type deafCount struct {
	*countStub

	mu     sync.Mutex
	isDeaf bool
	answer chan struct{}
}

func (s *deafCount) Take(ctx context.Context, r ratelimit.Request) (ratelimit.Grant, error) {
	s.mu.Lock()
	isLate := s.isDeaf && r.Operation == "A"
	s.mu.Unlock()
	if isLate {
		<-s.answer
	}
	return s.countStub.Take(ctx, r)
}

func (s *deafCount) set(isDeaf bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.isDeaf = isDeaf
}

// TestLateAnswerHoldsNothingUp has an answer that comes much too late, while those for another
// operation come.
func TestLateAnswerHoldsNothingUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		count := &deafCount{
			countStub: &countStub{sent: map[string]int{}}, isDeaf: true, answer: make(chan struct{}),
		}
		send := sending(t, count, slog.New(slog.NewTextHandler(&log, nil)))
		for range 3 {
			start := time.Now()
			send("A")
			if took := time.Since(start); took > 250*time.Millisecond {
				t.Errorf("a request took %v", took)
			}
			time.Sleep(5 * time.Second)
			send("B") // finds that the count answers
			time.Sleep(time.Second)
		}
		count.set(false)
		close(count.answer)
		synctest.Wait()
		asked := count.questions()
		send("A")
		if n := count.questions() - asked; n != 1 {
			t.Errorf("%d questions for a request after the late answer, want one", n)
		}
		if n := strings.Count(log.String(), "level=WARN"); n != 1 {
			t.Errorf("%d warnings of one loss:\n%s", n, log.String())
		}
	})
}

// TestLateGrantIsGivenBack has ten requests that are granted slots too late, and go alone.
func TestLateGrantIsGivenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		count := &deafCount{countStub: &countStub{sent: map[string]int{}}, answer: make(chan struct{})}
		send := sending(t, count, slog.New(slog.DiscardHandler))
		count.set(true)
		var all sync.WaitGroup
		for range 10 {
			all.Go(func() { send("A") })
		}
		all.Wait()
		count.set(false)
		close(count.answer)
		time.Sleep(time.Minute / 2)
		send("A") // finds that the count answers
		time.Sleep(time.Second)
		send("A")
		count.countStub.mu.Lock()
		defer count.countStub.mu.Unlock()
		if n := count.taken; n != 12 {
			t.Errorf("%d slots taken for 12 requests", n)
		}
	})
}
