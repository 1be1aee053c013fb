package api_test

import (
	"context"
	"errors"
	"net/http"
	"reflect"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sellerscenter/client-go/api"
)

// recordedLimit is a SharedLimit that records what it is asked, and when. It grants all unless
// answer says otherwise.
type recordedLimit struct {
	answer func(n int, r api.SlotRequest) (api.SlotGrant, error) // to the nth, from 1

	mu       sync.Mutex
	requests []api.SlotRequest
	asked    []time.Time
}

func (l *recordedLimit) Take(_ context.Context, r api.SlotRequest) (api.SlotGrant, error) {
	l.mu.Lock()
	l.requests = append(l.requests, r)
	l.asked = append(l.asked, time.Now())
	n := len(l.requests)
	l.mu.Unlock()
	if l.answer == nil {
		return granted(r), nil
	}
	return l.answer(n, r)
}

// granted is a grant of all that is asked for.
func granted(r api.SlotRequest) api.SlotGrant {
	return api.SlotGrant{Calls: r.Calls, Polls: r.Polls, Free: 100}
}

// sent returns how many requests the limit was told of that went without a slot.
func (l *recordedLimit) sent() (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range l.requests {
		n += r.Sent
	}
	return n
}

// TestPauseOfAGrantIsObeyed has a limit that grants slots in a pause. They are given back.
func TestPauseOfAGrantIsObeyed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limit := &recordedLimit{answer: func(n int, r api.SlotRequest) (api.SlotGrant, error) {
			grant := granted(r)
			if n == 1 {
				grant.Paused = 10 * time.Second
			}
			return grant, nil
		}}
		c := newClient(t, okReply, api.WithSharedLimit(limit))
		if took := callAll(t, 3, c); took != 10*time.Second {
			t.Errorf("calls took %v, want the pause of 10s", took)
		}
		synctest.Wait()
		if n := limit.requests[0].Calls + limit.sent(); n != 0 {
			t.Errorf("told of %d slots, want the %d that were granted back", limit.sent(), n)
		}
	})
}

// TestCallInAPauseThatIsTooLongIsRefused: the pause is as certain as a 429 of its own.
func TestCallInAPauseThatIsTooLongIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, okReply, api.WithSharedLimit(oddLimit(func(api.SlotRequest) (api.SlotGrant, error) {
			return api.SlotGrant{Wait: time.Minute, Paused: time.Minute}, nil
		})))
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		start := time.Now()
		_, err := get(ctx, c)
		if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, api.ErrRateLimited) {
			t.Errorf("error %v, want one that matches the deadline and ErrRateLimited", err)
		}
		if took := time.Since(start); took != 0 {
			t.Errorf("refused after %v, want at once", took)
		}
	})
}

// TestSharedLimitIsToldWhatRemains: what the server said a moment ago, and nothing older.
func TestSharedLimitIsToldWhatRemains(t *testing.T) {
	for _, tt := range []struct {
		name   string
		header []string
		later  time.Duration // the next call
		want   int
	}{
		{"some", []string{"X-RateLimit-Remaining", "42"}, 0, 42},
		{"none", []string{"X-RateLimit-Remaining", "0"}, 0, 0},
		{"some, long ago", []string{"X-RateLimit-Remaining", "42"}, time.Second, -1},
		{"nothing said", nil, 0, -1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				limit := &recordedLimit{}
				c := newClient(t, reply(200, completed, tt.header...), api.WithSharedLimit(limit))
				callAll(t, 1, c)
				time.Sleep(tt.later)
				callAll(t, 1, c)
				if first := limit.requests[0].Remaining; first != -1 {
					t.Errorf("%d remain before the first response, want -1", first)
				}
				if n := limit.requests[1].Remaining; n != tt.want {
					t.Errorf("%d remain, want %d", n, tt.want)
				}
			})
		})
	}
}

// TestRefusalIsToldAgain has a limit that fails when it is told of a 429.
func TestRefusalIsToldAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limit := &recordedLimit{answer: func(n int, r api.SlotRequest) (api.SlotGrant, error) {
			if n == 2 {
				return api.SlotGrant{}, errors.New("down")
			}
			return granted(r), nil
		}}
		answers := inTurn(reply(429, "slow down", "Retry-After", "20"), okReply)
		c := newClient(t, answers, api.WithSharedLimit(limit), once)
		_, _ = get(t.Context(), c)
		time.Sleep(5 * time.Second)
		callAll(t, 1, c) // has another reason to ask
		synctest.Wait()
		var pauses []time.Duration
		for _, r := range limit.requests {
			pauses = append(pauses, r.Pause)
		}
		want := []time.Duration{0, 20 * time.Second, 15 * time.Second}
		if !slices.Equal(pauses[:3], want) {
			t.Errorf("told of pauses of %v, want %v", pauses, want)
		}
	})
}

// TestSlotsAreHeldWhileSlowRequestsAreUnderWay: the server may count a request as late as when it
// answers.
func TestSlotsAreHeldWhileSlowRequestsAreUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var latency time.Duration
		limit := &recordedLimit{}
		c := newClient(t, wire(func(r *http.Request) (*http.Response, error) {
			time.Sleep(latency)
			return okReply(r)
		}), api.WithSharedLimit(limit))
		hold := func() time.Duration {
			callAll(t, 1, c)
			return limit.requests[len(limit.requests)-1].Hold
		}
		quick := hold()
		if quick < time.Minute || quick > time.Minute+time.Second {
			t.Errorf("a slot is held for %v, want a minute and a little", quick)
		}
		for _, latency = range []time.Duration{2 * time.Second, 10 * time.Second, 20 * time.Second} {
			hold()
			if d := hold(); d < time.Minute+latency || d > time.Minute+2*latency {
				t.Errorf("after a request of %v a slot is held for %v", latency, d)
			}
		}
		latency = 0
		for range 100 {
			hold()
		}
		if d := hold(); d != quick {
			t.Errorf("after 100 quick requests a slot is held for %v, want %v", d, quick)
		}
	})
}

// TestSlotsOfCallsThatAreCancelledWhenGrantedAreGivenBack ends the context of calls with the answer
// to their request for slots, before or after they hear of it.
func TestSlotsOfCallsThatAreCancelledWhenGrantedAreGivenBack(t *testing.T) {
	for range 20 {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			limit := &recordedLimit{answer: func(n int, r api.SlotRequest) (api.SlotGrant, error) {
				if n == 1 {
					time.Sleep(time.Millisecond) // the other calls come meanwhile
				} else {
					cancel()
				}
				return granted(r), nil
			}}
			c := newClient(t, okReply, api.WithSharedLimit(limit))
			var calls sync.WaitGroup
			calls.Go(func() { callAll(t, 1, c) })
			synctest.Wait()
			for range 49 {
				calls.Go(func() { _, _ = get(ctx, c) })
			}
			calls.Wait()
			synctest.Wait()
			asked := 0
			for _, r := range limit.requests {
				asked += r.Calls
			}
			if kept := asked + limit.sent(); asked != 50 || kept != 1 {
				t.Errorf("%d of %d slots are kept, want that of the first call", kept, asked)
			}
		})
	}
}

// TestSharedLimitThatFailsIsAskedLessAndLess, and anew a second after it has failed again.
func TestSharedLimitThatFailsIsAskedLessAndLess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limit := &recordedLimit{answer: func(n int, r api.SlotRequest) (api.SlotGrant, error) {
			if n == 8 {
				return granted(r), nil
			}
			return api.SlotGrant{}, errors.New("down")
		}}
		c := newClient(t, okReply, api.WithSharedLimit(limit))
		for range 250 {
			callAll(t, 1, c)
			time.Sleep(500 * time.Millisecond)
		}
		synctest.Wait()
		var rests []float64
		for i, at := range limit.asked[1:] {
			rests = append(rests, at.Sub(limit.asked[i]).Seconds())
		}
		if len(rests) < 8 {
			t.Fatalf("asked again after %v s", rests)
		}
		want := [][]float64{{1, 2, 4, 8, 16, 30, 30}, {1, 2, 4, 8, 16}} // before and after it answered
		if got := [][]float64{rests[:7], rests[8:]}; !reflect.DeepEqual(got, want) {
			t.Errorf("asked again after %v s, want %v", got, want)
		}
	})
}
