package apitest

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/sellerscenter/client-go/api"
)

// SharedLimit is an [api.SharedLimit] in memory, for tests of several clients in one process, and a
// model for one in a store that processes share. The zero value is ready for use. It is safe for
// concurrent use.
type SharedLimit struct {
	// Err, if not nil, is asked before each Take, and is what that returns unless it is nil: a test
	// can have the limit fail, or answer late. It should return when the context ends.
	Err func(ctx context.Context) error

	mu     sync.Mutex
	counts map[string]*sharedCount // by account and operation
}

var _ api.SharedLimit = (*SharedLimit)(nil)

// Take grants slots as [api.SharedLimit] says. Its error is that of Err.
func (s *SharedLimit) Take(ctx context.Context, request api.SlotRequest) (api.SlotGrant, error) {
	if s.Err != nil {
		if err := s.Err(ctx); err != nil {
			return api.SlotGrant{}, err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.counts == nil {
		s.counts = map[string]*sharedCount{}
	}
	name := request.Account + " " + request.Operation
	if s.counts[name] == nil {
		s.counts[name] = &sharedCount{waiting: map[string]waiting{}}
	}
	return s.counts[name].take(time.Now(), request), nil
}

// sharedCount is the state of one limit.
type sharedCount struct {
	limit    int         // that the server has told a client
	slots    []time.Time // when those that are taken are free again, ascending
	paused   time.Time
	others   int // slots that others were found to have taken, who do not share
	othersAt time.Time
	waiting  map[string]waiting // by client
	credit   float64            // how many polls may go at once
	creditAt time.Time
}

// waiting is what a client's last request did not get.
type waiting struct {
	calls, polls int
	since        time.Time // the first poll waits
	until        time.Time // when that is too old to count
}

// What a client waits for counts until some time after it is to ask again, which it does every few
// seconds at least.
const (
	recheck  = 3 * time.Second
	patience = time.Second
)

func (c *sharedCount) take(now time.Time, r api.SlotRequest) api.SlotGrant {
	c.expire(now)
	c.learn(now, r)
	var g api.SlotGrant
	if wait := c.paused.Sub(now); wait > 0 {
		g.Wait = wait
		g.Paused = wait
	} else {
		g.Calls = c.grantCalls(now, r)
		c.add(now, r, g.Calls)
		g.Polls, g.Wait = c.grantPolls(now, r, r.Calls-g.Calls)
		c.add(now, r, g.Polls)
		g.Wait = c.wait(now, r, r.Calls-g.Calls, g.Wait)
	}
	g.Free = max(r.Limit-len(c.slots), 0)
	g.ServerLimit = c.limit
	c.waiting[r.Client] = waiting{
		calls: r.Calls - g.Calls,
		polls: r.Polls - g.Polls,
		since: now.Add(-r.Waited),
		until: now.Add(min(g.Wait, recheck) + patience),
	}
	return g
}

// expire drops what is over.
func (c *sharedCount) expire(now time.Time) {
	for len(c.slots) > 0 && !c.slots[0].After(now) {
		c.slots = c.slots[1:]
	}
	for client, w := range c.waiting {
		if !w.until.After(now) {
			delete(c.waiting, client)
		}
	}
}

// learn takes in what the client has to tell.
func (c *sharedCount) learn(now time.Time, r api.SlotRequest) {
	delete(c.waiting, r.Client)
	if r.ServerLimit > 0 {
		c.limit = r.ServerLimit
	}
	c.add(now, r, r.Sent)
	c.slots = c.slots[:len(c.slots)-min(max(-r.Sent, 0), len(c.slots))]
	if r.Remaining >= 0 {
		c.others = max(r.Limit-r.Remaining-len(c.slots), 0)
		c.othersAt = now
	}
	if r.Pause > 0 && now.Add(r.Pause).After(c.paused) {
		c.paused = now.Add(r.Pause)
		c.others = 0 // by then there is room
		// Polls begin anew then, a little later by chance, since others are let go at the same time.
		c.credit = -rand.Float64()
		c.creditAt = c.paused
	}
}

// add takes slots, if n is above 0.
func (c *sharedCount) add(now time.Time, r api.SlotRequest, n int) {
	until := now.Add(r.Hold)
	i, _ := slices.BinarySearchFunc(c.slots, until, time.Time.Compare)
	for range n {
		c.slots = slices.Insert(c.slots, i, until)
	}
}

// wait returns how long it takes until it is worth asking again: until a slot is free, or the
// estimate of what others have taken has changed, or a poll may go.
func (c *sharedCount) wait(
	now time.Time, r api.SlotRequest, callsLeft int, forPolls time.Duration,
) time.Duration {
	switch {
	case len(c.slots) >= r.Limit:
		return c.slots[0].Sub(now)
	case callsLeft > 0:
		return r.Hold / time.Duration(max(c.others, 1))
	default:
		return forPolls
	}
}

// taken returns how many slots others are believed to have taken, which come free evenly.
func (c *sharedCount) taken(now time.Time, r api.SlotRequest) int {
	left := 1 - now.Sub(c.othersAt).Seconds()/r.Hold.Seconds()
	return int(float64(c.others)*max(left, 0) + 0.5)
}

// grantCalls returns how many direct calls may go.
func (c *sharedCount) grantCalls(now time.Time, r api.SlotRequest) int {
	free := r.Limit - len(c.slots)
	n := min(r.Calls, max(free-c.taken(now, r), 0))
	if n == 0 && r.Urgent {
		return min(r.Calls, max(free, 0), 1)
	}
	return n
}

// grantPolls returns how many polls may go, after all calls, and how long it takes until more may.
//
// It is a token bucket. A sixth of the limit may go at once. The slots that others leave just last
// at the pace, with a few for calls. While more polls wait than may go at once, one that has waited
// for less than half of what an even pace would make it wait slows the pace down: asked so soon,
// most batches are not done.
func (c *sharedCount) grantPolls(
	now time.Time, r api.SlotRequest, callsLeft int,
) (n int, wait time.Duration) {
	others := c.taken(now, r)
	burst := max(r.Limit/6, 1)
	interval := max(r.Hold/time.Duration(max(r.Limit-r.Limit/50-others-burst, 1)), 1)
	polls := r.Polls
	since := now.Add(-r.Waited)
	ahead := 0 // clients whose first poll has waited longer
	for _, w := range c.waiting {
		callsLeft += w.calls
		polls += w.polls
		if w.polls > 0 && w.since.Before(since) {
			ahead++
		}
	}
	cycle := min(interval*time.Duration(polls-burst), r.Hold)
	share := 1.0
	if 2*r.Waited < cycle {
		share = float64(2*r.Waited) / float64(cycle)
	}
	if c.creditAt.IsZero() {
		c.credit = float64(burst)
	}
	earned := share * float64(now.Sub(c.creditAt)) / float64(interval)
	c.credit = min(c.credit+earned, float64(burst))
	c.creditAt = now
	if r.Ended > 0 && c.credit < float64(ahead+1) {
		c.credit++
		ahead = 0
	}
	if callsLeft == 0 {
		free := max(r.Limit-len(c.slots)-others, 0)
		n = min(r.Polls, free, int(max(c.credit-float64(ahead), 0)))
		c.credit -= float64(n)
	}
	missing := time.Duration((float64(ahead+1) - c.credit) * float64(interval))
	return n, max(missing, interval/10) + 1
}
