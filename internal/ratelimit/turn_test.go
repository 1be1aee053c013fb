package ratelimit_test

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/internal/attempt"
	"github.com/sellerscenter/client-go/internal/operation"
	"github.com/sellerscenter/client-go/internal/ratelimit"
)

var listOrders = &operation.Operation{Name: "ListOrders", RateLimit: 100}

// full is a server that takes 100 ms, and says all along that others have used up the limit. The
// request with the number hanging takes an hour.
type full struct {
	server

	hanging int
}

func (s *full) Send(a attempt.Attempt) attempt.Result {
	s.mu.Lock()
	s.asked = append(s.asked, time.Since(s.start))
	n := len(s.asked)
	s.mu.Unlock()
	time.Sleep(100 * time.Millisecond)
	if n == s.hanging {
		time.Sleep(time.Hour)
	}
	return attempt.Result{Response: &attempt.Response{Response: s.respond(n)}}
}

func remainsNothing(int) *http.Response {
	return respond(http.StatusOK, "X-RateLimit-Remaining", "0")
}

// sendWithin sends a direct call, or a poll, that must get its turn within some time.
func sendWithin(t *testing.T, l *ratelimit.Limiter, d time.Duration, batch uuid.UUID) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	if result := poll(ctx, t, l, listOrders, batch); result.Err != nil {
		t.Errorf("with %v left: %v", d, result.Err)
	}
}

// TestCallThatEntersLaterKeepsNoPollBeyondItsDeadline has calls with more time than the poll that
// they go before, which an estimate keeps waiting.
func TestCallThatEntersLaterKeepsNoPollBeyondItsDeadline(t *testing.T) {
	for _, calls := range []int{1, 3} {
		synctest.Test(t, func(t *testing.T) {
			l := &ratelimit.Limiter{Next: &full{server: server{start: time.Now(), respond: remainsNothing}}}
			send(t.Context(), t, l, listOrders)
			var all sync.WaitGroup
			all.Go(func() { sendWithin(t, l, 2*time.Second, uuid.New()) })
			synctest.Wait()
			for range calls {
				all.Go(func() { sendWithin(t, l, time.Minute, uuid.Nil) })
			}
			all.Wait()
		})
	}
}

// TestNearerDeadlineIsKnownBefore has a call whose deadline becomes near later than that of the one
// before it, and very near sooner, while a request hangs.
func TestNearerDeadlineIsKnownBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &full{server: server{start: time.Now(), respond: remainsNothing}, hanging: 2}
		l := &ratelimit.Limiter{Next: s}
		send(t.Context(), t, l, listOrders)
		var all sync.WaitGroup
		all.Go(func() { send(t.Context(), t, l, listOrders) })
		time.Sleep(5 * time.Second)
		all.Go(func() { sendWithin(t, l, 60*time.Second, uuid.Nil) }) // near at 30 s, very near at 45 s
		time.Sleep(20 * time.Second)
		all.Go(func() { sendWithin(t, l, 21*time.Second, uuid.Nil) }) // at 30.5 s and at 35.75 s
		all.Wait()
	})
}

// TestDeadlinesWeighLessThanARefusal has many calls whose deadlines are near when a hold ends, and a
// server that refuses them again.
func TestDeadlinesWeighLessThanARefusal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &full{server: server{start: time.Now(), respond: func(n int) *http.Response {
			if n == 1 {
				return respond(http.StatusTooManyRequests, "Retry-After", "5", "X-RateLimit-Remaining", "0")
			}
			return respond(http.StatusTooManyRequests, "Retry-After", "60", "X-RateLimit-Remaining", "0")
		}}}
		l := &ratelimit.Limiter{Next: s}
		send(t.Context(), t, l, listOrders)
		var all sync.WaitGroup
		for range 80 {
			all.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), 6500*time.Millisecond)
				defer cancel()
				send(ctx, t, l, listOrders)
			})
		}
		all.Wait()
		if n := len(s.asked); n > 3 {
			t.Errorf("%d requests were refused, want no more than a few", n)
		}
	})
}
