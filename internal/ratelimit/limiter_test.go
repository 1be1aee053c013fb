package ratelimit_test

import (
	"context"
	"errors"
	"math"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/internal/attempt"
	"github.com/sellerscenter/client-go/internal/operation"
	"github.com/sellerscenter/client-go/internal/ratelimit"
)

// server is a Sender that answers at once, and notes when it was asked.
type server struct {
	respond func(n int) *http.Response
	start   time.Time

	mu    sync.Mutex
	asked []time.Duration
}

func (s *server) Send(attempt.Attempt) attempt.Result {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, time.Since(s.start))
	return attempt.Result{Response: &attempt.Response{Response: s.respond(len(s.asked))}}
}

func respond(status int, header ...string) *http.Response {
	resp := &http.Response{StatusCode: status, Header: http.Header{}}
	for i := 0; i < len(header); i += 2 {
		resp.Header.Set(header[i], header[i+1])
	}
	return resp
}

func send(ctx context.Context, t *testing.T, l *ratelimit.Limiter, op *operation.Operation) attempt.Result {
	t.Helper()
	return poll(ctx, t, l, op, uuid.Nil)
}

func poll(
	ctx context.Context, t *testing.T, l *ratelimit.Limiter, op *operation.Operation, batch uuid.UUID,
) attempt.Result {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://sellers.example.com", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	call := attempt.Call{Request: req, Operation: op, Batch: batch}
	return l.Send(attempt.Attempt{Call: call}) //nolint:contextcheck // it is in the request
}

func TestEachOperationHasItsOwnWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{start: time.Now(), respond: func(int) *http.Response { return respond(http.StatusOK) }}
		l := &ratelimit.Limiter{Next: s}
		orders := &operation.Operation{Name: "ListOrders", RateLimit: 1}
		stocks := &operation.Operation{Name: "UpdateStocks", RateLimit: 1}
		send(t.Context(), t, l, orders)
		send(t.Context(), t, l, stocks)
		send(t.Context(), t, l, orders)
		if s.asked[1] != 0 || s.asked[2] < time.Minute {
			t.Errorf("sent after %v, want the other one's at once, the same one's a minute later", s.asked)
		}
		if state := l.State(stocks); state.Limit != 1 || state.Remaining != 1 {
			t.Errorf("state %+v", state)
		}
	})
}

// TestEndOfAWaitConcernsItsOperationAlone lets waits end while polls of an operation stand in line.
func TestEndOfAWaitConcernsItsOperationAlone(t *testing.T) {
	const ending = 5
	orders := &operation.Operation{Name: "GetOrderBatchResults", RateLimit: 60}
	stocks := &operation.Operation{Name: "GetStockBatchResults", RateLimit: 60}
	for _, tt := range []struct {
		name   string
		polls  *operation.Operation // of the waits that end
		byPoll bool
		let    int // go at once
	}{
		{"by a poll", orders, true, ending},
		{"by the context", orders, false, 0},
		{"for another operation", stocks, true, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &server{respond: func(int) *http.Response { return respond(http.StatusOK) }}
				l := &ratelimit.Limiter{Next: s}
				ctx, cancel := context.WithCancel(t.Context())
				var batches []uuid.UUID
				for range ending {
					batches = append(batches, uuid.New())
					poll(ctx, t, l, tt.polls, batches[len(batches)-1])
				}
				var all sync.WaitGroup
				for range 30 {
					all.Go(func() { poll(ctx, t, l, orders, uuid.New()) })
				}
				synctest.Wait()
				before := len(s.asked)
				for _, batch := range batches {
					l.EndWait(batch, tt.byPoll)
					l.EndWait(batch, tt.byPoll) // it has ended
				}
				synctest.Wait()
				if n := len(s.asked) - before; n != tt.let {
					t.Errorf("%d polls went when %d waits ended, want %d", n, ending, tt.let)
				}
				cancel()
				all.Wait()
			})
		})
	}
}

func TestOperationWithoutALimitWaitsForNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{start: time.Now(), respond: func(int) *http.Response { return respond(http.StatusOK) }}
		l := &ratelimit.Limiter{Next: s}
		op := &operation.Operation{Name: "ListCarriers"}
		for range 1000 {
			if result := send(t.Context(), t, l, op); result.Limited {
				t.Fatalf("result %+v of an operation without a limit", result)
			}
		}
		if last := s.asked[999]; last != 0 {
			t.Errorf("the last one was sent after %v", last)
		}
	})
}

// TestLimitThatTheServerTells is one that the spec did not: what was answered before costs nothing.
func TestLimitThatTheServerTells(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		header := []string{}
		s := &server{start: time.Now(), respond: func(n int) *http.Response {
			if n > 30 {
				header = []string{"X-RateLimit-Limit", "10"}
			}
			return respond(http.StatusOK, header...)
		}}
		l := &ratelimit.Limiter{Next: s}
		op := &operation.Operation{Name: "ListCarriers"}
		var all sync.WaitGroup
		for range 31 {
			all.Go(func() { send(t.Context(), t, l, op) })
		}
		all.Wait()
		for range 15 {
			all.Go(func() { send(t.Context(), t, l, op) })
		}
		synctest.Wait()
		s.mu.Lock()
		n := len(s.asked) - 31
		s.mu.Unlock()
		if n != 10 {
			t.Errorf("%d more went at once, want the 10 of the limit", n)
		}
		all.Wait()
	})
}

// TestNoneRemainBelowZero: a server that says -3 has none left, and is not one that says nothing.
func TestNoneRemainBelowZero(t *testing.T) {
	for _, remaining := range []string{"0", "-3", " -3, -3;w=60"} {
		t.Run(remaining, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				told := respond(http.StatusOK, "X-RateLimit-Remaining", remaining)
				l := &ratelimit.Limiter{Next: &server{respond: func(int) *http.Response { return told }}}
				op := &operation.Operation{Name: "ListOrders", RateLimit: 200}
				if result := send(t.Context(), t, l, op); result.Remaining != 0 {
					t.Errorf("%d remain, want none", result.Remaining)
				}
			})
		})
	}
}

// TestRefusalsTogetherCountOnce: those that were under way together say no more than one of them.
func TestRefusalsTogetherCountOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{start: time.Now(), respond: func(n int) *http.Response {
			if n <= 10 {
				return respond(http.StatusTooManyRequests)
			}
			return respond(http.StatusOK)
		}}
		slow := senderFunc(func(a attempt.Attempt) attempt.Result {
			time.Sleep(80 * time.Millisecond)
			return s.Send(a)
		})
		l := &ratelimit.Limiter{Next: slow}
		op := &operation.Operation{Name: "ListOrders", RateLimit: 200}
		var calls sync.WaitGroup
		for range 10 {
			calls.Go(func() { send(t.Context(), t, l, op) })
		}
		calls.Wait()
		send(t.Context(), t, l, op)
		if last := s.asked[10]; last > 2*time.Second {
			t.Errorf("held until %v after ten refusals at once", last)
		}
	})
}

// TestRefusalsInARowHoldLonger has a server that does not say how long.
func TestRefusalsInARowHoldLonger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{start: time.Now(), respond: func(n int) *http.Response {
			if n == 8 {
				return respond(http.StatusOK)
			}
			return respond(http.StatusTooManyRequests)
		}}
		l := &ratelimit.Limiter{Next: s}
		op := &operation.Operation{Name: "ListOrders", RateLimit: 200}
		for range 10 {
			send(t.Context(), t, l, op)
		}
		var holds []time.Duration
		for i := range s.asked[1:] {
			holds = append(holds, s.asked[i+1]-s.asked[i])
		}
		want := []time.Duration{
			500 * time.Millisecond, time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second,
			8 * time.Second, 8 * time.Second, // no longer than this
			0, 500 * time.Millisecond, // one that is good ends the row
		}
		if !slices.Equal(holds, want) {
			t.Errorf("held for %v, want %v", holds, want)
		}
	})
}

type senderFunc func(attempt.Attempt) attempt.Result

func (f senderFunc) Send(a attempt.Attempt) attempt.Result { return f(a) }

// TestLoweredLimitRefusesNoCallThatFits: with more in use than the limit has become, a slot comes
// when the oldest are free again.
func TestLoweredLimitRefusesNoCallThatFits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{start: time.Now(), respond: func(n int) *http.Response {
			limit := 200
			if n >= 100 {
				limit = 50
			}
			return respond(http.StatusOK, "X-RateLimit-Limit", strconv.Itoa(limit))
		}}
		l := &ratelimit.Limiter{Next: s}
		op := &operation.Operation{Name: "ListOrders", RateLimit: 200}
		for range 100 {
			send(t.Context(), t, l, op)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 65*time.Second)
		defer cancel()
		if result := send(ctx, t, l, op); result.NotSent {
			t.Errorf("refused: %v", result.Err)
		}
	})
}

// TestDialsUnderWayRefuseNobody has requests under way that may yet get no connection, and then cost
// nothing.
func TestDialsUnderWayRefuseNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &ratelimit.Limiter{Next: senderFunc(func(attempt.Attempt) attempt.Result {
			time.Sleep(5 * time.Second)
			return attempt.Result{Err: errors.New("no route"), Unconnected: true}
		})}
		op := &operation.Operation{Name: "ListOrders", RateLimit: 10}
		var calls sync.WaitGroup
		for range 10 {
			calls.Go(func() { send(t.Context(), t, l, op) })
		}
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		if result := send(ctx, t, l, op); result.NotSent {
			t.Errorf("refused: %v", result.Err)
		}
		calls.Wait()
	})
}

// TestLimitsFitInAnIntOf32Bits: sums of them are made where an int has no more.
func TestLimitsFitInAnIntOf32Bits(t *testing.T) {
	op := &operation.Operation{Name: "UpdateStocks", RateLimit: math.MaxInt32}
	for _, l := range []*ratelimit.Limiter{{}, {Max: math.MaxInt}} {
		if limit := l.State(op).Limit; limit != 1<<30 {
			t.Errorf("limit %d", limit)
		}
	}
}
