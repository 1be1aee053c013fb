package ratelimit_test

import (
	"testing"
	"time"

	"github.com/sellerscenter/client-go/internal/ratelimit"
)

type request = ratelimit.Request

// asking is a request of a client, of a limit of 12.
func asking(client string, change func(*request)) request {
	r := request{Client: client, Limit: 12, Hold: time.Minute, Remaining: -1}
	change(&r)
	return r
}

func calls(n int) func(*request) { return func(r *request) { r.Calls = n } }
func polls(n int) func(*request) { return func(r *request) { r.Polls = n } }

// step is a request some time after the one before it, and what it is granted.
type step struct {
	after   time.Duration
	request request
	calls   int
	polls   int
	free    int
	wait    time.Duration // to a tenth of a second, where not all is granted
	paused  time.Duration
}

// TestCount is the table of what is granted. The script of api/redislimit is compared with this count.
func TestCount(t *testing.T) {
	for name, steps := range map[string][]step{
		"calls go until no slot is free": {
			{request: asking("a", calls(5)), calls: 5, free: 7},
			{request: asking("b", calls(9)), calls: 7, wait: time.Minute},
			{after: 20 * sec, request: asking("a", calls(1)), wait: 40 * sec},
			{after: 40 * sec, request: asking("a", calls(1)), calls: 1, free: 11},
		},
		"a sixth of the limit goes to polls at once": {
			{request: asking("a", polls(5)), polls: 2, free: 10, wait: 6 * sec},
			{request: asking("b", polls(5)), free: 10, wait: 12 * sec},
		},
		"ten of a client's polls at once": {
			{request: asking("a", func(r *request) { r.Limit, r.Polls = 200, 40 }),
				polls: 10, free: 190, wait: 400 * time.Millisecond},
			{request: asking("a", func(r *request) { r.Limit, r.Polls, r.UnderWay = 200, 30, 10 }),
				free: 190, wait: 400 * time.Millisecond},
			{request: asking("a", func(r *request) { r.Limit, r.Polls, r.UnderWay = 200, 30, 7 }),
				polls: 3, free: 187, wait: 400 * time.Millisecond},
			{after: time.Second,
				request: asking("a", func(r *request) { r.Limit, r.Polls, r.UnderWay = 200, 27, 40 }),
				polls:   1, free: 186, wait: 400 * time.Millisecond},
		},
		"fewer polls at once while many wait": {
			{request: asking("a", func(r *request) { r.Limit, r.Polls = 200, 180 }),
				polls: 8, free: 192, wait: 300 * time.Millisecond},
			// Even the first has not waited for two thirds of an even pace.
			{after: sec, request: asking("a", func(r *request) { r.Limit, r.Polls, r.Waited = 200, 172, 20*sec }),
				polls: 1, free: 191, wait: 100 * time.Millisecond},
		},
		"a poll that ended its wait leaves its place": {
			{request: asking("a", polls(3)), polls: 2, free: 10, wait: 6 * sec},
			{request: asking("a", func(r *request) { r.Polls, r.Ended = 1, true }), polls: 1, free: 9},
		},
		"unless the server has next to nothing left": {
			{request: asking("a", func(r *request) { r.Limit, r.Polls = 200, 10 }), polls: 10, free: 190},
			{request: asking("a", func(r *request) { r.Limit, r.Polls = 200, 10 }), polls: 10, free: 180},
			{request: asking("a", func(r *request) { r.Limit, r.Polls = 200, 10 }), polls: 10, free: 170},
			{request: asking("a", func(r *request) { r.Limit, r.Polls = 200, 3 }), polls: 3, free: 167},
			{request: asking("a", func(r *request) { r.Limit, r.Calls = 200, 163 }), calls: 163, free: 4},
			{request: asking("a", func(r *request) {
				r.Limit, r.Polls, r.Ended, r.Remaining = 200, 1, true, 2
			}), free: 4, wait: 400 * time.Millisecond},
		},
		"calls of any client go before all polls": {
			{request: asking("a", calls(13)), calls: 12, wait: time.Minute},
			{request: asking("b", func(r *request) { r.Polls, r.Sent = 1, -6 }), free: 6,
				wait: 3 * sec},
			{request: asking("a", calls(1)), calls: 1, free: 5},
			{request: asking("b", polls(1)), polls: 1, free: 4},
		},
		"until the client has not asked again for a while": {
			{request: asking("a", calls(13)), calls: 12, wait: time.Minute},
			{after: 4 * sec,
				request: asking("b", func(r *request) { r.Polls, r.Sent = 1, -6 }),
				polls:   1, free: 5},
		},
		"the client whose poll has waited longest comes first": {
			{request: asking("a", polls(3)), polls: 2, free: 10, wait: 6 * sec},
			{after: 3 * sec,
				request: asking("a", func(r *request) { r.Polls, r.Waited = 1, 3*time.Second }),
				free:    10, wait: 3 * sec},
			{after: 3100 * time.Millisecond, request: asking("b", polls(1)), free: 10,
				wait: 5900 * time.Millisecond},
			{request: asking("a", func(r *request) { r.Polls, r.Waited = 1, 6100*time.Millisecond }),
				polls: 1, free: 9},
		},
		"a pause tells all clients, and one goes first after it": {
			{request: asking("a", func(r *request) { r.Pause = 20 * sec }), free: 12,
				wait: 20 * sec, paused: 20 * sec},
			{request: asking("b", calls(3)), free: 12, wait: 20 * sec, paused: 20 * sec},
			{after: 20 * sec, request: asking("b", calls(3)), calls: 1, free: 11, wait: 3 * sec},
			{request: asking("b", func(r *request) { r.Calls, r.Remaining = 2, 10 }), calls: 2, free: 9},
		},
		"a pause is an hour at most": {
			{request: asking("a", func(r *request) { r.Pause = 1000 * time.Hour }), free: 12,
				wait: time.Hour, paused: time.Hour},
		},
		"what was sent without a slot counts": {
			{request: asking("a", func(r *request) { r.Calls, r.Sent = 4, 10 }), calls: 2,
				wait: time.Minute},
		},
		"others who do not share count, and look like less as time goes on": {
			{request: asking("a", func(r *request) { r.Calls, r.Remaining = 4, 3 }), calls: 2,
				free: 10, wait: 3 * sec},
			{after: 3 * sec, request: asking("a", calls(2)), calls: 1, free: 9, wait: 3 * sec},
			{after: 58 * sec, request: asking("a", calls(12)), calls: 11, wait: 2 * sec},
		},
		"while they seem to have all, one looks every three seconds": {
			{request: asking("a", func(r *request) { r.Calls, r.Remaining = 2, 0 }), free: 12,
				wait: 3 * sec},
			{after: 2 * sec, request: asking("a", calls(2)), free: 12, wait: time.Second},
			{after: time.Second, request: asking("a", calls(2)), calls: 1, free: 11, wait: 3 * sec},
			{request: asking("a", calls(1)), free: 11, wait: 3 * sec},
			{after: 3 * sec, request: asking("a", polls(1)), polls: 1, free: 10},
		},
		"what the server said is forgotten after a window": {
			{request: asking("a", func(r *request) { r.Calls, r.Remaining = 2, 0 }), free: 12,
				wait: 3 * sec},
			{after: 61 * sec, request: asking("a", calls(12)), calls: 12},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var count ratelimit.Count
			now := time.Now()
			for i, s := range steps {
				now = now.Add(s.after)
				got := count.Take(now, s.request)
				got.Wait = got.Wait.Round(100 * time.Millisecond)
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
