package ratelimit

import (
	"cmp"
	"container/list"
	"time"

	"github.com/google/uuid"
)

// class is the kind of a request, which decides the line that it stands in.
type class int

const (
	direct class = iota // goes first
	poll
)

func classOf(batch uuid.UUID) class {
	if batch == uuid.Nil {
		return direct
	}
	return poll
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
	first := cmp.Or(q[direct].Front(), q[poll].Front())
	if first == nil {
		return nil
	}
	return first.Value.(*turn) //nolint:forcetypeassert // nothing else stands in line
}

// ahead returns how many go before one that comes now.
func (q *queue) ahead(c class) int {
	if c == direct {
		return q[direct].Len()
	}
	return q[direct].Len() + q[poll].Len()
}
