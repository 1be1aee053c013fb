package ratelimit

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/sellerscenter/client-go/internal/attempt"
)

// minSlack and maxSlack bound the time that a slot of the shared count is taken beyond the period, in
// which the server counts the request.
const (
	minSlack = 500 * time.Millisecond
	maxSlack = 30 * time.Second
)

// exchange is what a window asks the shared count, and has to tell it.
type exchange struct {
	*Link // nil for a client that has no shared count

	question *question // nil while nothing is asked
	news     news
	slowest  time.Duration // of the requests lately
}

// question is a request that is not answered yet.
type question struct {
	Request

	isLate bool // the answer has not come in time
}

// news is what has happened since the last question.
type news struct {
	sent      int  // requests without a slot, or unused slots if negative
	isRefused bool // with 429: there is a pause to tell
	limit     int  // that the server has told, 0 for none
	// remaining is what a response said at remainingAt, which is zero if none said it.
	remaining   int
	remainingAt time.Time
}

// putBack puts back what a failed request told, since the count may not have heard it. What remained
// of the server's limit is old by the next one.
func (n *news) putBack(r Request) {
	n.sent += max(r.Sent, 0) // what was given back is not given back twice
	n.isRefused = n.isRefused || r.Pause > 0
	n.limit = cmp.Or(n.limit, r.ServerLimit)
}

// hold returns how long a slot is taken from its grant on: until the server, which counts a request
// while it is under way, has forgotten it.
func (e *exchange) hold() time.Duration {
	return period + min(max(e.slowest*3/2, minSlack), maxSlack)
}

// observe learns with which key a request went, and how long it was under way.
func (e *exchange) observe(result *attempt.Result) {
	e.setKey(result.Key)
	e.slowest = max(result.Duration, e.slowest-e.slowest/16)
}

// isShared reports whether there is a shared count, and a limit to share.
func (w *window) isShared() bool { return w.exchange.Link != nil && w.limit > 0 }

// countsAlone reports whether turns come from the client's own count now: nothing is shared, an answer
// is overdue, or the shared count has failed and not answered since.
func (w *window) countsAlone(now time.Time) bool {
	q := w.exchange.question
	return !w.isShared() || q != nil && q.isLate || w.exchange.isDown(now)
}

// wantsExchange reports whether there is something to ask the shared count for now, or to tell it at
// once.
func (w *window) wantsExchange(now time.Time) bool {
	e := &w.exchange
	if !w.isShared() || e.question != nil || e.rests(now) {
		return false
	}
	isPaused := w.own.isPaused(now)
	isDue := w.line.len() > 0 && !isPaused && !w.askAt.After(now)
	return isDue || e.news.sent < 0 || e.news.isRefused && isPaused
}

// ask asks the shared count.
func (w *window) ask(now time.Time) {
	q := &question{Request: w.exchangeRequest(now)}
	w.exchange.question = q
	w.exchange.news = news{}
	go w.await(q)
}

// exchangeRequest returns what to ask the shared count, and what it does not know. While the client
// counts alone, or is paused, it asks for nothing, so that no call waits for the answer.
func (w *window) exchangeRequest(now time.Time) Request {
	e := &w.exchange
	r := Request{
		Account:     e.account(),
		Operation:   w.operation,
		Client:      e.client,
		Limit:       w.limit,
		Hold:        e.hold(),
		Sent:        min(e.news.sent, w.own.slots.taken()), // older ones are forgotten by the server too
		Remaining:   -1,
		ServerLimit: e.news.limit,
	}
	if !w.countsAlone(now) && !w.own.isPaused(now) {
		w.askFor(now, &r)
	}
	if now.Sub(e.news.remainingAt) < minSlack {
		r.Remaining = e.news.remaining
	}
	if e.news.isRefused {
		r.Pause = max(w.own.paused.Sub(now), 0)
	}
	return r
}

// await waits for the answer to a question, but keeps those in line waiting for it only for a while.
func (w *window) await(q *question) {
	ctx, cancel := context.WithTimeout(context.Background(), answerTime)
	defer cancel()
	timer := time.AfterFunc(answerTime, func() { w.goOnAlone(q) })
	grant, err := w.exchange.count.Take(ctx, q.Request)
	timer.Stop()
	if err != nil { // at the last moment, goOnAlone may come only after the answer
		w.exchange.fail(err)
	}
	w.change(func(now time.Time) { w.answer(now, q, grant, err) })
}

var errNoAnswer = fmt.Errorf("no answer within %v", answerTime)

// goOnAlone lets requests go by the client's own count when an answer has not come in time.
func (w *window) goOnAlone(q *question) {
	w.exchange.fail(errNoAnswer)
	w.change(func(time.Time) { q.isLate = true })
}

// answer makes the most of an answer, and notes slots that are not used. While the client counts alone,
// since this answer is late or a question has failed, it uses none.
func (w *window) answer(now time.Time, q *question, g Grant, err error) {
	isUsed := !w.countsAlone(now)
	w.exchange.question = nil
	if err != nil {
		w.exchange.news.putBack(q.Request)
		return
	}
	if !q.isLate {
		w.exchange.succeed()
	}
	g = g.within(q.Request)
	w.own.pause(now, g.Paused)
	used := Grant{Free: g.Free, Full: g.Full, Wait: g.Wait}
	if isUsed && !w.own.isPaused(now) { // as it is by now
		used.Calls = min(g.Calls, len(w.line.calls))
		used.Polls = min(g.Polls, len(w.line.polls))
	}
	w.exchange.news.sent -= g.Calls + g.Polls - used.Calls - used.Polls
	if g.Calls == q.Calls && g.Polls == q.Polls {
		w.askAt = now // those in line have come since
	}
	if isUsed {
		w.own.follow(now, w.limit, used)
		w.apply(now, used)
	}
	if g.ServerLimit > 0 {
		w.setLimit(now, g.ServerLimit)
	}
}

// within returns a grant whose numbers are possible as an answer to a request.
func (g Grant) within(r Request) Grant {
	return Grant{
		Calls:       min(max(g.Calls, 0), r.Calls),
		Polls:       min(max(g.Polls, 0), r.Polls),
		Free:        min(max(g.Free, 0), r.Limit),
		Full:        min(max(g.Full, 0), r.Hold),
		Wait:        g.Wait,
		Paused:      g.Paused,
		ServerLimit: g.ServerLimit,
	}
}
