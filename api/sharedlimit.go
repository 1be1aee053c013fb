package api

import (
	"context"
	"time"

	"github.com/sellerscenter/client-go/internal/ratelimit"
)

// SharedLimit counts the requests of all processes that use one API key, where each process alone
// can only guess what the others have sent. Package api/redislimit has one in Redis; the one of
// package apitest is the count in memory that a client uses by itself, and shows what another store
// has to do. See [WithSharedLimit].
//
// It keeps one count for each pair of an Account and an Operation. At its heart is a log of slots:
// a request takes one when it is granted, for the time Hold, and at most Limit slots are taken at
// any time. It also remembers what each client still waits for, since the direct calls of all go
// before the polls of all, and spreads the polls over time. All times are the store's own: no
// client's clock matters.
//
// The client believes an answer only within bounds: no more than it asked for, a pause of an hour
// at most, and limits that it would believe from the server.
type SharedLimit interface {
	// Take grants the slots that can be granted now. It never waits for one. It is called
	// concurrently, from goroutines of the client's own, but by each client only once at a time for
	// the same operation. It should return when its context ends, which is 250 ms after it began:
	// until then it may outlive the call that it was made for. A test in a testing/synctest bubble
	// must let that time pass before it ends.
	//
	// After an error, or without an answer within 250 ms, the client counts alone until Take answers
	// in time again. It asks again after two seconds, for no slots, so that no call waits for the
	// answer. It logs a warning, unless the last failure was less than a minute ago.
	Take(ctx context.Context, request SlotRequest) (SlotGrant, error)
}

// SlotRequest asks a [SharedLimit] for slots, and tells it what the client has learned since its
// last request.
type SlotRequest struct {
	// Account stands for the API key that was used last and the origin that it is sent to. It is a
	// hash, from which the key cannot be read.
	Account string
	// Operation is the operation's Go name, as in [RateLimit].
	Operation string
	// Client tells the clients of one account apart. It is random.
	Client string

	// Limit is the number of slots.
	Limit int
	// Hold is how long a slot that is granted now is taken: the minute that the server counts, and
	// a little for the time that the request is under way.
	Hold time.Duration
	// Calls and Polls are how many requests wait for a slot.
	Calls, Polls int
	// Waited is how long the first poll has waited.
	Waited time.Duration
	// UnderWay is how many of the client's polls have no response yet.
	UnderWay int
	// Ended reports that a poll has ended its wait. One more poll may then go at once.
	Ended bool

	// Sent is how many requests went without a slot while the count could not be reached: they take
	// slots from now on. A negative number gives back that many unused slots, the most recently
	// taken ones first.
	Sent int
	// Remaining is how much of its limit was left, as the server said a moment ago, -1 if it did
	// not say. If that is less than the log says, the key is also used by clients that do not share
	// the count.
	Remaining int
	// Pause is how long nobody may send a request, because the server has refused one with 429.
	Pause time.Duration
	// ServerLimit is the limit that the server has told this client, 0 if it has told none.
	ServerLimit int
}

// SlotGrant is what a [SharedLimit] grants.
type SlotGrant struct {
	// Calls and Polls are how many requests of each kind may be sent now.
	Calls, Polls int
	// Free is how many slots are left after that.
	Free int
	// Full is how long it takes until a slot is free, 0 if one is. A request whose deadline is
	// before then is refused at once.
	Full time.Duration
	// Wait is how long it takes until it is worth asking again. While requests wait, the client
	// asks every three seconds in any case.
	Wait time.Duration
	// Paused is how long nobody may send a request.
	Paused time.Duration
	// ServerLimit is the limit that the server last told any client, 0 if it has told none.
	ServerLimit int
}

// sharedLimit is a SharedLimit in the words of package ratelimit.
type sharedLimit struct{ SharedLimit }

func (s sharedLimit) Take(ctx context.Context, request ratelimit.Request) (ratelimit.Grant, error) {
	grant, err := s.SharedLimit.Take(ctx, SlotRequest(request))
	return ratelimit.Grant(grant), err
}
