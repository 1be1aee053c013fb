package ratelimit

import (
	"container/list"
	"time"

	"github.com/sellerscenter/client-go/internal/attempt"
)

// class is the kind of a request, which decides the line that it stands in.
type class int

const (
	direct class = iota // goes first
	poll
)

func classOf(a attempt.Attempt) class {
	if a.Wait != nil {
		return poll
	}
	return direct
}

// turn is a request's place in line, and then its right to be sent.
type turn struct {
	class   class
	entered time.Time
	place   *list.Element
	// urgent is the moment from which an estimate no longer keeps the request from being sent, zero
	// for one without a deadline.
	urgent time.Time
	// number tells requests apart in the order in which they are sent; 0 until the turn has come.
	number int
	ready  chan struct{} // closed when the turn has come
}

// queue has a line for each class. In each it is first come, first served.
type queue [2]list.List

func (q *queue) add(t *turn)    { t.place = q[t.class].PushBack(t) }
func (q *queue) remove(t *turn) { q[t.class].Remove(t.place) }

// front returns the turn that is next, nil if there is none.
func (q *queue) front() *turn {
	for i := range q {
		if first := q[i].Front(); first != nil {
			return first.Value.(*turn) //nolint:forcetypeassert // nothing else stands in line
		}
	}
	return nil
}

// ahead returns how many go before one that comes now.
func (q *queue) ahead(c class) int {
	n := 0
	for i := range c + 1 {
		n += q[i].Len()
	}
	return n
}
