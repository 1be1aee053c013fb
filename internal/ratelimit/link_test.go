package ratelimit_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

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

// limiterWith returns a limiter with a shared count.
func limiterWith(t *testing.T, count ratelimit.Shared, logger *slog.Logger) *ratelimit.Limiter {
	t.Helper()
	base, err := url.Parse("https://sellers.example.com")
	if err != nil {
		t.Fatal(err)
	}
	key, err := auth.NewKey("a-key-of-a-seller")
	if err != nil {
		t.Fatal(err)
	}
	return &ratelimit.Limiter{
		Link: ratelimit.NewLink(count, auth.OriginOf(base), auth.Static(key), logger),
		Next: nothing{},
	}
}

// sending returns a function that sends a request of an operation through a limiter.
func sending(t *testing.T, count ratelimit.Shared, logger *slog.Logger) func(name string) {
	t.Helper()
	l := limiterWith(t, count, logger)
	return func(name string) {
		send(t.Context(), t, l, &operation.Operation{Name: name, RateLimit: 100})
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

// countFunc is a function as a count.
type countFunc func(ctx context.Context, r ratelimit.Request) (ratelimit.Grant, error)

func (f countFunc) Take(ctx context.Context, r ratelimit.Request) (ratelimit.Grant, error) {
	return f(ctx, r)
}

// TestCountThatFailsAtTheLastMomentIsLeftAlone has one that gives up when its context ends, as a client
// of a slow store does. That is when those in line go on alone, so that either can come first.
func TestCountThatFailsAtTheLastMomentIsLeftAlone(t *testing.T) {
	for range 50 {
		synctest.Test(t, func(t *testing.T) {
			var asked atomic.Int64
			count := countFunc(func(ctx context.Context, _ ratelimit.Request) (ratelimit.Grant, error) {
				asked.Add(1)
				<-ctx.Done()
				return ratelimit.Grant{}, ctx.Err()
			})
			l := limiterWith(t, count, slog.New(slog.DiscardHandler))
			op := &operation.Operation{Name: "A", RateLimit: 100}
			var requests sync.WaitGroup
			requests.Go(func() { poll(t.Context(), t, l, op, uuid.New()) })
			time.Sleep(100 * time.Millisecond)
			requests.Go(func() { send(t.Context(), t, l, op) }) // has to ask too
			time.Sleep(time.Second)
			if n := asked.Load(); n != 1 {
				t.Fatalf("asked %d times within a second", n)
			}
			requests.Wait()
		})
	}
}

// TestCountingAloneTakesTheTurnsOfAnAnswer has a count that fails for one operation while its answer
// for another one is under way, and those in line for that go alone.
func TestCountingAloneTakesTheTurnsOfAnAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		send := sending(t, countFunc(func(_ context.Context, r ratelimit.Request) (ratelimit.Grant, error) {
			if r.Operation == "A" {
				return ratelimit.Grant{}, errors.New("down")
			}
			time.Sleep(100 * time.Millisecond)
			return ratelimit.Grant{Calls: r.Calls, Full: time.Minute}, nil
		}), slog.New(slog.DiscardHandler))
		var sent atomic.Int64
		var calls sync.WaitGroup
		call := func() {
			send("B")
			sent.Add(1)
		}
		for range 100 {
			calls.Go(call)
		}
		time.Sleep(50 * time.Millisecond)
		send("A")
		calls.Go(call)
		time.Sleep(100 * time.Millisecond)
		if n := sent.Load(); n != 100 {
			t.Errorf("%d requests sent at a limit of 100", n)
		}
		calls.Wait()
	})
}

// TestUnusedSlotIsGivenBack has a request without a connection. When that shows late, or the count may
// have heard of it before, there is nothing to give back but the slots of others.
func TestUnusedSlotIsGivenBack(t *testing.T) {
	for _, tt := range []struct {
		name   string
		took   time.Duration
		isLost bool // the answer to the question that gives it back
		want   int
	}{
		{"at once", time.Millisecond, false, -1},
		{"at once, and the answer is lost", time.Millisecond, true, -1},
		{"late", 10 * time.Second, false, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var told atomic.Int64
				count := countFunc(func(_ context.Context, r ratelimit.Request) (ratelimit.Grant, error) {
					told.Add(int64(r.Sent))
					if r.Sent < 0 && tt.isLost {
						return ratelimit.Grant{}, errors.New("connection lost")
					}
					return ratelimit.Grant{Calls: r.Calls, Free: 1}, nil
				})
				l := limiterWith(t, count, slog.New(slog.DiscardHandler))
				l.Next = senderFunc(func(attempt.Attempt) attempt.Result {
					time.Sleep(tt.took)
					return attempt.Result{Err: errors.New("refused"), Unconnected: true, Duration: tt.took}
				})
				op := &operation.Operation{Name: "A", RateLimit: 100}
				send(t.Context(), t, l, op)
				l.Next = nothing{}
				time.Sleep(5 * time.Second)
				send(t.Context(), t, l, op)
				time.Sleep(5 * time.Second)
				if n := told.Load(); n != int64(tt.want) {
					t.Errorf("%d slots told, want %d", n, tt.want)
				}
			})
		})
	}
}

// TestAbsurdLimitOfACountCostsLittle has a count that tells a limit beyond all limits, of which no slot
// is free.
func TestAbsurdLimitOfACountCostsLittle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		send := sending(t, countFunc(func(_ context.Context, r ratelimit.Request) (ratelimit.Grant, error) {
			return ratelimit.Grant{Calls: r.Calls, Full: time.Minute, ServerLimit: 1 << 30}, nil
		}), slog.New(slog.DiscardHandler))
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		send("A")
		send("A")
		synctest.Wait()
		runtime.ReadMemStats(&after)
		if n := after.TotalAlloc - before.TotalAlloc; n > 4<<20 {
			t.Errorf("two requests made the client allocate %d bytes", n)
		}
	})
}
