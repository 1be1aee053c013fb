package ratelimit_test

import (
	"testing"
	"time"

	"github.com/sellerscenter/client-go/internal/ratelimit"
)

type request = ratelimit.Request

// step is a request some time after the one before it, of a limit of 12 if it says none, and what it is
// granted.
type step struct {
	after   time.Duration
	request request
	told    bool // what remains
	calls   int
	polls   int
	free    int
	wait    time.Duration // to a tenth of a second, where not all is granted
	paused  time.Duration
}

// TestCount is the table of what is granted. The script of api/redislimit is compared with this count.
func TestCount(t *testing.T) {
	for name, steps := range countSteps {
		t.Run(name, func(t *testing.T) {
			var count ratelimit.Count
			now := time.Now()
			for i, s := range steps {
				now = now.Add(s.after)
				r := s.request
				r.Limit = orElse(r.Limit, 12)
				r.Hold = time.Minute
				if !s.told {
					r.Remaining = -1
				}
				got := count.Take(now, r)
				got.Wait = got.Wait.Round(100 * ms)
				if got.Calls+got.Polls == s.request.Calls+s.request.Polls && got.Paused == 0 {
					got.Wait = 0
				}
				if isFull := got.Full > 0; isFull != (s.free == 0) || got.Full > got.Wait && got.Wait > 0 {
					t.Errorf("step %d: full for %v", i+1, got.Full)
				}
				got.Full = 0
				want := ratelimit.Grant{
					Calls: s.calls, Polls: s.polls, Free: s.free, Wait: s.wait, Paused: s.paused,
				}
				if got != want {
					t.Errorf("step %d: granted %+v, want %+v", i+1, got, want)
				}
			}
		})
	}
}

var countSteps = map[string][]step{
	"calls go until no slot is free": {
		{request: request{Client: "a", Calls: 5}, calls: 5, free: 7},
		{request: request{Client: "b", Calls: 9}, calls: 7, wait: time.Minute},
		{after: 20 * sec, request: request{Client: "a", Calls: 1}, wait: 40 * sec},
		{after: 40 * sec, request: request{Client: "a", Calls: 1}, calls: 1, free: 11},
	},
	"a sixth of the limit goes to polls at once": {
		{request: request{Client: "a", Polls: 5}, polls: 2, free: 10, wait: 6 * sec},
		{request: request{Client: "b", Polls: 5}, free: 10, wait: 12 * sec},
	},
	"ten of a client's polls at once": {
		{request: request{Client: "a", Limit: 200, Polls: 40},
			polls: 10, free: 190, wait: 400 * ms},
		{request: request{Client: "a", Limit: 200, Polls: 30, UnderWay: 10},
			free: 190, wait: 400 * ms},
		{request: request{Client: "a", Limit: 200, Polls: 30, UnderWay: 7},
			polls: 3, free: 187, wait: 400 * ms},
		{after: time.Second,
			request: request{Client: "a", Limit: 200, Polls: 27, UnderWay: 40},
			polls:   1, free: 186, wait: 400 * ms},
	},
	"fewer polls at once while many wait": {
		{request: request{Client: "a", Limit: 200, Polls: 180},
			polls: 8, free: 192, wait: 300 * ms},
		// Even the first has not waited for two thirds of an even pace.
		{after: sec, request: request{Client: "a", Limit: 200, Polls: 172, Waited: 20 * sec},
			polls: 1, free: 191, wait: 100 * ms},
	},
	"a poll that ended its wait leaves its place": {
		{request: request{Client: "a", Polls: 3}, polls: 2, free: 10, wait: 6 * sec},
		{request: request{Client: "a", Polls: 1, Ended: true}, polls: 1, free: 9},
	},
	"unless the server has next to nothing left": {
		{request: request{Client: "a", Limit: 200, Polls: 10}, polls: 10, free: 190},
		{request: request{Client: "a", Limit: 200, Polls: 10}, polls: 10, free: 180},
		{request: request{Client: "a", Limit: 200, Polls: 10}, polls: 10, free: 170},
		{request: request{Client: "a", Limit: 200, Polls: 3}, polls: 3, free: 167},
		{request: request{Client: "a", Limit: 200, Calls: 163}, calls: 163, free: 4},
		{request: request{Client: "a", Limit: 200, Polls: 1, Ended: true, Remaining: 2}, told: true,
			free: 4, wait: 400 * ms},
	},
	"calls of any client go before all polls": {
		{request: request{Client: "a", Calls: 13}, calls: 12, wait: time.Minute},
		{request: request{Client: "b", Polls: 1, Sent: -6}, free: 6,
			wait: 3 * sec},
		{request: request{Client: "a", Calls: 1}, calls: 1, free: 5},
		{request: request{Client: "b", Polls: 1}, polls: 1, free: 4},
	},
	"until the client has not asked again for a while": {
		{request: request{Client: "a", Calls: 13}, calls: 12, wait: time.Minute},
		{after: 4 * sec,
			request: request{Client: "b", Polls: 1, Sent: -6},
			polls:   1, free: 5},
	},
	"the client whose poll has waited longest comes first": {
		{request: request{Client: "a", Polls: 3}, polls: 2, free: 10, wait: 6 * sec},
		{after: 3 * sec,
			request: request{Client: "a", Polls: 1, Waited: 3 * time.Second},
			free:    10, wait: 3 * sec},
		{after: 3100 * ms, request: request{Client: "b", Polls: 1}, free: 10,
			wait: 5900 * ms},
		{request: request{Client: "a", Polls: 1, Waited: 6100 * ms},
			polls: 1, free: 9},
	},
	"a pause tells all clients, and one goes first after it": {
		{request: request{Client: "a", Pause: 20 * sec}, free: 12,
			wait: 20 * sec, paused: 20 * sec},
		{request: request{Client: "b", Calls: 3}, free: 12, wait: 20 * sec, paused: 20 * sec},
		{after: 20 * sec, request: request{Client: "b", Calls: 3}, calls: 1, free: 11, wait: 3 * sec},
		{request: request{Client: "b", Calls: 2, Remaining: 10}, told: true, calls: 2, free: 9},
	},
	"a pause is an hour at most": {
		{request: request{Client: "a", Pause: 1000 * time.Hour}, free: 12,
			wait: time.Hour, paused: time.Hour},
	},
	"what was sent without a slot counts": {
		{request: request{Client: "a", Calls: 4, Sent: 10}, calls: 2,
			wait: time.Minute},
	},
	"others who do not share count, and look like less as time goes on": {
		{request: request{Client: "a", Calls: 4, Remaining: 3}, told: true, calls: 2,
			free: 10, wait: 3 * sec},
		{after: 3 * sec, request: request{Client: "a", Calls: 2}, calls: 1, free: 9, wait: 3 * sec},
		{after: 58 * sec, request: request{Client: "a", Calls: 12}, calls: 11, wait: 2 * sec},
	},
	"while they seem to have all, one looks every three seconds": {
		{request: request{Client: "a", Calls: 2, Remaining: 0}, told: true, free: 12,
			wait: 3 * sec},
		{after: 2 * sec, request: request{Client: "a", Calls: 2}, free: 12, wait: time.Second},
		{after: time.Second, request: request{Client: "a", Calls: 2}, calls: 1, free: 11, wait: 3 * sec},
		{request: request{Client: "a", Calls: 1}, free: 11, wait: 3 * sec},
		{after: 3 * sec, request: request{Client: "a", Polls: 1}, polls: 1, free: 10},
	},
	"what the server said is forgotten after a window": {
		{request: request{Client: "a", Calls: 2, Remaining: 0}, told: true, free: 12,
			wait: 3 * sec},
		{after: 61 * sec, request: request{Client: "a", Calls: 12}, calls: 12},
	},
}
