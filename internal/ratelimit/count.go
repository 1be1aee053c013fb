package ratelimit

import (
	"context"
	"time"
)

// Shared counts the requests of several clients with one key together. It grants slots, and never
// waits for one.
type Shared interface {
	Take(ctx context.Context, request Request) (Grant, error)
}

// Request asks for slots, and says what has happened since the last one. The fields are those of
// package api's SlotRequest.
type Request struct {
	Account, Operation, Client string

	Limit        int
	Hold         time.Duration // 0: until the client says that the request has ended
	Calls, Polls int
	Waited       time.Duration
	UnderWay     int
	Ended        bool

	Sent        int
	Remaining   int
	Pause       time.Duration
	ServerLimit int
}

// Grant is what is granted. The fields are those of package api's SlotGrant.
type Grant struct {
	Calls, Polls int
	Free         int
	Full         time.Duration
	Wait         time.Duration
	Paused       time.Duration
	ServerLimit  int
}

const (
	// recheck is how often a count is asked at least while requests are in line, and how long an
	// estimate is believed before a request goes to look.
	recheck = 3 * time.Second
	// patience is added to the time until a client asks again: for so long it counts as waiting.
	patience = time.Second
	// maxNoted is how many slots of others a client notes at most, whatever limit it is told.
	maxNoted = 1 << 14
)

// Count counts the requests of one operation in memory: for a client that counts alone, and for all
// that share it. The zero value is an empty count. It is not safe for concurrent use.
type Count struct {
	slots       slots
	estimate    estimate
	round       int // how often a response has brought news of what remains
	pace        pace
	paused      time.Time // nothing is granted before
	serverLimit int       // that a client was told
	waiting     map[string]demand
}

// demand is what a client waits for.
type demand struct {
	calls, polls int
	underWay     int       // polls
	ahead        int       // clients whose first poll has waited longer
	since        time.Time // the first poll waits
	until        time.Time // when this is too old to count
}

// Take grants the slots that can be granted now.
func (c *Count) Take(now time.Time, r Request) Grant {
	c.expire(now)
	c.learn(now, r)
	if r.Limit == 0 { // none is known
		c.slots.take(now, r.Hold, r.Calls+r.Polls)
		return Grant{Calls: r.Calls, Polls: r.Polls}
	}
	g := c.grant(now, r)
	c.slots.take(now, r.Hold, g.Calls+g.Polls)
	if r.Hold > 0 {
		c.estimate.left -= g.Calls + g.Polls // no response may say what remains
	}
	g.Free = c.slots.free(r.Limit)
	g.Wait = max(g.Wait, c.slots.untilFree(now, r.Limit, 1))
	// A request under way may yet turn out to have got no connection.
	g.Full = c.slots.untilFree(now, r.Limit+c.slots.underWay, 1)
	g.ServerLimit = c.serverLimit
	c.remember(now, r, g)
	return g
}

// expire drops what is over.
func (c *Count) expire(now time.Time) {
	c.estimate.addFreed(c.slots.expire(now))
	for client, d := range c.waiting {
		if !d.until.After(now) {
			delete(c.waiting, client)
		}
	}
}

// learn takes in what the client says. What it asks for takes the place of what it waited for.
func (c *Count) learn(now time.Time, r Request) {
	delete(c.waiting, r.Client)
	c.slots.take(now, r.Hold, r.Sent)
	c.slots.giveBack(-r.Sent)
	if r.ServerLimit > 0 {
		c.serverLimit = r.ServerLimit
	}
	if r.Remaining >= 0 {
		c.observe(now, r.Limit, r.Remaining, c.round)
	}
	c.pause(now, r.Pause)
}

// observe learns what remained when the server counted a request that went in a round. Responses to
// requests that were under way together come in any order: of those the worst counts, and only one to
// a request that went since, in this round, brings better news.
func (c *Count) observe(now time.Time, limit, remaining, round int) {
	switch {
	case round == c.round || !c.estimate.isOn(now):
		c.round++
	case remaining >= c.estimate.left:
		return
	}
	c.estimate = newEstimate(now, limit, remaining, c.slots)
}

// isPaused reports whether nothing is granted now.
func (c *Count) isPaused(now time.Time) bool { return c.paused.After(now) }

// pause grants nothing for a time, or until the end of another pause which is later.
func (c *Count) pause(now time.Time, d time.Duration) {
	until := now.Add(min(d, maxHold))
	if d > 0 && until.After(c.paused) {
		c.paused = until
		c.estimate = estimateAfterPause(until)
		c.pace = paceAfterPause(until)
	}
}

// grant returns what may be granted: direct calls before all polls. Its Wait says when more may be.
func (c *Count) grant(now time.Time, r Request) Grant {
	if wait := c.paused.Sub(now); wait > 0 {
		return Grant{Paused: wait, Wait: wait}
	}
	free := c.slots.free(r.Limit)
	seem := c.estimate.allows(now, free, c.slots.underWay)
	g := Grant{Calls: min(r.Calls, seem)}
	if g.Calls == r.Calls {
		g.Polls, g.Wait = c.grantPolls(now, r, seem-g.Calls)
	}
	if seem == free || seem > g.Calls { // no estimate stands in the way
		return g
	}
	if seem == 0 && r.Calls+r.Polls > 0 && c.estimate.mayLook(now) {
		c.estimate.lookAt = now.Add(recheck)
		g.Calls = min(r.Calls, 1)
		g.Polls = 1 - g.Calls
	}
	g.Wait = c.estimate.wait(now)
	return g
}

// grantPolls returns how many polls may go of those for which slots seem free, and how long it takes
// until the next may.
func (c *Count) grantPolls(now time.Time, r Request, free int) (n int, wait time.Duration) {
	others := c.demandOfOthers(r.Client, now.Add(-r.Waited))
	underWay := r.UnderWay + others.underWay
	p := &c.pace
	p.follow(r.Limit, c.estimate.taken(now), r.Polls+others.polls)
	p.earn(now, p.share(r.Waited, r.Polls+others.polls))
	if others.calls > 0 {
		return 0, max(others.until.Sub(now)-patience, patience/10)
	}
	n = p.allows(now, others.ahead, underWay)
	if n == 0 && r.Ended && !c.estimate.isNearlyOut(now, r.Limit) {
		n = 1
	}
	n = min(n, r.Polls, free)
	p.spend(now, n)
	full := c.slots.untilFree(now, r.Limit, n+others.ahead+1)
	return n, max(full, p.wait(now, others.ahead, underWay+n))
}

// demandOfOthers returns what the other clients wait for together. The first poll of the one that asks
// has waited since a time.
func (c *Count) demandOfOthers(client string, since time.Time) demand {
	var all demand
	for other, d := range c.waiting {
		all.calls += d.calls
		all.polls += d.polls
		all.underWay += d.underWay
		isAhead := d.since.Before(since) || d.since.Equal(since) && other < client
		if d.polls > 0 && isAhead {
			all.ahead++
		}
		if d.calls > 0 && d.until.After(all.until) {
			all.until = d.until
		}
	}
	return all
}

// remember keeps what a client has asked for and was not granted.
func (c *Count) remember(now time.Time, r Request, g Grant) {
	if g.Calls == r.Calls && g.Polls == r.Polls {
		return
	}
	if c.waiting == nil {
		c.waiting = map[string]demand{}
	}
	c.waiting[r.Client] = demand{
		calls:    r.Calls - g.Calls,
		polls:    r.Polls - g.Polls,
		underWay: r.UnderWay + g.Polls,
		since:    now.Add(-r.Waited),
		until:    now.Add(min(g.Wait, recheck) + patience),
	}
}

// follow takes in what a shared count has granted, so that the client can go on from there: slots
// that the others have taken are known for as long as none is free. They are only estimated where
// the limit is so high that noting each would cost too much.
func (c *Count) follow(now time.Time, limit int, g Grant) {
	c.slots.take(now, 0, g.Calls+g.Polls)
	if g.Free > 0 || c.slots.free(limit) > maxNoted {
		c.observe(now, limit, g.Free+c.slots.underWay, c.round)
		return
	}
	c.slots.add(now.Add(g.Full), c.slots.free(limit))
}
