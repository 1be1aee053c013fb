package ratelimit_test

import (
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sellerscenter/client-go/internal/ratelimit"
)

// TestSharedCount: clients that share a count send together what one could, and tell it what they
// learn.
func TestSharedCount(t *testing.T) { play(t, shared) }

var shared = []scene{
	{
		name: "together no more than the limit", limit: 10,
		count: []reply{{}},
		requests: []requests{
			{n: 6, within: 2 * sec}, {client: 1, n: 6, within: 2 * sec}, {at: 61 * sec, client: 1, n: 10},
		},
		want: "0s 2 ask 1+0, 1ms 2 ask 5+0, 1ms 2 call, 2ms 8 call, 2ms 2 call late, 1m1s 1 ask 1+0, " +
			"1m1.001s 1 ask 9+0, 1m1.001s 1 call, 1m1.002s 9 call",
	},
	{
		name: "a refusal tells the others", limit: 10,
		server:   []answer{{status: 429, again: "20"}, {}},
		count:    []reply{{}},
		requests: []requests{{}, {at: sec, client: 1}},
		want: "0s 1 ask 1+0, 1ms 1 ask 0+0 pause 20s, 1ms 1 call, 1s 1 ask 1+0, 20.002s 1 ask 1+0, " +
			"20.003s 1 call",
	},
	{
		name: "and so does a limit", limit: 5,
		server: []answer{{limit: "7"}},
		count:  []reply{{}},
		requests: []requests{
			{n: 3, inTurn: true}, {at: sec, client: 1, n: 4, inTurn: true}, {at: sec, client: 1, kind: look},
		},
		want: "0s 1 ask 1+0, 1ms 1 ask 1+0 limit 7, 1ms 1 call, 2ms 1 ask 1+0 limit 7, 2ms 1 call, " +
			"3ms 1 call, 1s 1 ask 1+0, 1.001s 1 ask 1+0 limit 7, 1.001s 1 call, " +
			"1.002s 1 ask 1+0 limit 7, 1.002s 1 call, 1.003s 1 ask 1+0 limit 7, 1.003s 1 call, " +
			"1.004s 1 0 of 7 left, 1.004s 1 call",
	},
	{
		name: "which refuses nobody who hears of it with a grant", limit: 5,
		server:   []answer{{limit: "7"}},
		count:    []reply{{}},
		requests: []requests{{n: 6, inTurn: true}, {at: sec, client: 1, within: sec}},
		want: "0s 1 ask 1+0, 1ms 1 ask 1+0 limit 7, 1ms 1 call, 2ms 1 ask 1+0 limit 7, 2ms 1 call, " +
			"3ms 1 ask 1+0 limit 7, 3ms 1 call, 4ms 1 ask 1+0 limit 7, 4ms 1 call, " +
			"5ms 1 ask 1+0 limit 7, 5ms 1 call, 6ms 1 call, 1s 1 ask 1+0, 1.001s 1 ask 1+0, " +
			"1.002s 1 call",
	},
	{
		name: "and is used at once", limit: 5,
		server:   []answer{{limit: "7", after: 80 * ms}},
		count:    []reply{{}},
		requests: []requests{{n: 6}},
		want:     "0s 1 ask 1+0, 1ms 1 ask 5+0, 1ms 1 call, 2ms 4 call, 81ms 1 ask 1+0 limit 7, 82ms 1 call",
	},
	{
		name: "one looks every three seconds", limit: 20,
		server:   []answer{{times: 10}, {left: "0"}},
		count:    []reply{{}},
		requests: []requests{{n: 10}, {at: sec}, {at: 1100 * ms, n: 2}, {kind: poll}},
		want: "0s 1 ask 1+0, 1ms 1 ask 9+0, 1ms 1 call, 2ms 9 call, 1s 1 ask 1+0, 1.001s 1 call, " +
			"1.1s 1 ask 1+0 left 0, 4.1s 1 ask 2+1, 4.101s 1 call, 7.1s 1 ask 1+1, 7.101s 1 call, " +
			"10.1s 1 ask 0+1, 10.101s 1 poll",
	},
	{
		name: "what remains is told while it is news", limit: 100,
		server: []answer{{left: "90"}, {}, {left: "80"}, {left: "70"}, {left: "0"}, {}},
		count:  []reply{{}},
		requests: []requests{
			{n: 3, inTurn: true}, {at: 502 * ms}, {at: 1003 * ms}, {at: 1100 * ms, within: sec / 2},
		},
		want: "0s 1 ask 1+0, 1ms 1 ask 1+0 left 90, 1ms 1 call, 2ms 1 ask 1+0, 2ms 1 call, 3ms 1 call, " +
			"502ms 1 ask 1+0 left 80, 503ms 1 call, 1.003s 1 ask 1+0, 1.004s 1 call, " +
			"1.1s 1 ask 1+0 left 0, 1.6s 1 call late",
	},
	{
		name: "slots are held longer after slow requests", limit: 100,
		server:   []answer{{after: 200 * ms}, {after: 2 * sec}, {}, {after: 30 * sec}, {}},
		count:    []reply{{}},
		requests: []requests{{n: 5, inTurn: true}},
		want: "0s 1 ask 1+0, 1ms 1 call, 201ms 1 ask 1+0, 202ms 1 call, 2.202s 1 ask 1+0 hold 1m3.01s, " +
			"2.203s 1 ask 1+0 hold 1m2.8225s, 2.203s 1 call, 2.204s 1 call, " +
			"32.204s 1 ask 1+0 hold 1m30.01s, 32.205s 1 call",
	},
	{
		name: "without a connection they are given back", limit: 2,
		server: []answer{{times: 5, refuses: true}, {after: 300 * ms, refuses: true}, {}},
		count:  []reply{{}},
		requests: []requests{
			{n: 5, inTurn: true, every: 10 * ms}, {}, {client: 1}, {at: sec, within: 30 * sec},
		},
		want: "10ms 1 ask 1+0, 11ms 1 ask 0+0 sent -1, 11ms 1 call, 21ms 1 ask 1+0, " +
			"22ms 1 ask 0+0 sent -1, 22ms 1 call, 32ms 1 ask 1+0, 33ms 1 ask 0+0 sent -1, " +
			"33ms 1 call, 43ms 1 ask 1+0, 44ms 1 ask 0+0 sent -1, 44ms 1 call, 54ms 1 ask 1+0, " +
			"55ms 1 ask 0+0 sent -1, 55ms 1 ask 1+0, 55ms 1 call, 56ms 1 ask 1+0, 56ms 1 call, " +
			"57ms 1 call, 356ms 1 ask 0+0 sent -1, 1s 1 ask 1+0, 1.001s 1 call",
	},
	{
		name: "but not if that shows late", limit: 2,
		server:   []answer{{after: 501 * ms, refuses: true}, {}},
		count:    []reply{{}},
		requests: []requests{{}, {at: sec}},
		want:     "0s 1 ask 1+0, 1ms 1 call, 1s 1 ask 1+0 hold 1m0.7615s, 1.001s 1 call",
	},
	{
		name: "and not twice, if the answer to that is lost", limit: 10,
		server:   []answer{{refuses: true}, {}},
		count:    []reply{{}, {fails: true}, {}},
		requests: []requests{{}, {at: 2 * sec}, {at: 3 * sec}},
		want: "0s 1 ask 1+0, 1ms 1 ask 0+0 sent -1, 1ms 1 call, 2ms 1 lost, counting alone, " +
			"2s 1 call, 3s 1 ask 0+0 sent 1, 3s 1 call",
	},
	{
		name: "what is given back is seen by who was told to wait", limit: 2,
		server:   []answer{{after: 300 * ms}, {after: 300 * ms, refuses: true}, {}},
		count:    []reply{{}},
		requests: []requests{{}, {client: 1}, {at: sec / 10, within: sec}, {at: 10 * sec, within: sec}},
		want: "0s 2 ask 1+0, 1ms 2 call, 100ms 1 ask 1+0, 101ms 1 call late, 301ms 1 ask 0+0 sent -1, " +
			"10s 1 ask 1+0, 10.001s 1 call",
	},
	{
		name: "a cancelled call does not wait for the answer, and gives its slot back", limit: 10,
		count:    []reply{{after: 200 * ms}},
		requests: []requests{{cancel: 50 * ms}, {at: sec}},
		want:     "0s 1 ask 1+0, 50ms 1 call canceled, 200ms 1 ask 0+0 sent -1, 1s 1 ask 1+0, 1.2s 1 call",
	},
}

// TestGrant: an answer is believed within bounds.
func TestGrant(t *testing.T) { play(t, grants) }

const year = 365 * 24 * time.Hour

// one is a grant of what a single call asks for.
var one = &ratelimit.Grant{Calls: 1, Free: 5}

var grants = []scene{
	{
		name: "slots in a pause are given back", limit: 10,
		count:    []reply{{grant: &ratelimit.Grant{Calls: 1, Free: 9, Paused: 10 * sec}}, {grant: one}},
		requests: []requests{{}},
		want:     "0s 1 ask 1+0, 1ms 1 ask 0+0 sent -1, 10.001s 1 ask 1+0, 10.002s 1 call",
	},
	{
		name: "and in a hold, which began meanwhile", limit: 10,
		server:   []answer{{after: 80 * ms, status: 429, again: "20"}, {}},
		count:    []reply{{after: 100 * ms}},
		requests: []requests{{}, {at: 120 * ms}},
		want: "0s 1 ask 1+0, 100ms 1 call, 120ms 1 ask 1+0, 220ms 1 ask 0+0 sent -1 pause 19.96s, " +
			"20.28s 1 ask 1+0, 20.38s 1 call",
	},
	{
		name: "a pause refuses who cannot wait for its end", limit: 10,
		count:    []reply{{grant: &ratelimit.Grant{Wait: time.Minute, Paused: time.Minute}}},
		requests: []requests{{within: 10 * sec}},
		want:     "0s 1 ask 1+0, 1ms 1 call held late",
	},
	{
		name: "a pause of a year", limit: 10,
		count:    []reply{{grant: &ratelimit.Grant{Paused: year, Wait: year}}, {grant: one}},
		requests: []requests{{within: 2 * time.Hour}, {at: sec, kind: look}},
		want: "0s 1 ask 1+0, 1s 1 0 of 10 left held for 59m59.001s, 1h0m0.001s 1 ask 1+0, " +
			"1h0m0.002s 1 call",
	},
	{
		name: "no slot for a year", limit: 10,
		count:    []reply{{grant: &ratelimit.Grant{Wait: year, Full: year}}, {grant: one}},
		requests: []requests{{within: 2 * time.Hour}},
		want:     "0s 1 ask 1+0, 3s 1 ask 1+0, 3.001s 1 call",
	},
	{
		name: "a limit beyond all limits", limit: 10,
		count:    []reply{{grant: &ratelimit.Grant{Calls: 1, Free: 1, ServerLimit: math.MaxInt}}},
		requests: []requests{{}, {at: sec, kind: look}},
		want:     "0s 1 ask 1+0, 1ms 1 call, 1s 1 1 of 1073741824 left",
	},
	{
		name: "more than was asked for, and than there is", limit: 10,
		count:    []reply{{grant: &ratelimit.Grant{Calls: 20, Polls: 20, Free: math.MaxInt}}},
		requests: []requests{{}, {at: sec, kind: look}, {kind: poll}},
		want:     "0s 1 ask 1+0, 1ms 1 call, 1s 1 9 of 10 left, 1s 1 ask 0+1, 1.001s 1 poll",
	},
	{
		name: "less than nothing", limit: 10,
		count: []reply{
			{grant: &ratelimit.Grant{
				Calls: -1, Polls: -1, Free: -1, Full: -year, Paused: -year, ServerLimit: -5,
			}},
			{grant: one},
		},
		requests: []requests{{within: sec}, {at: sec, kind: look}},
		want:     "0s 1 ask 1+0, 11ms 1 ask 1+0, 12ms 1 call, 1s 1 5 of 10 left",
	},
	{
		name: "nothing, without a time", limit: 10,
		count:    []reply{{grant: &ratelimit.Grant{}}},
		requests: []requests{{within: 35 * ms}},
		want:     "0s 1 ask 1+0, 11ms 1 ask 1+0, 22ms 1 ask 1+0, 33ms 1 ask 1+0, 35ms 1 call late",
	},
}

// TestCountThatFails: its client counts alone, says so once, asks again, and then tells what it has
// sent.
func TestCountThatFails(t *testing.T) { play(t, failing) }

var failing = []scene{
	{
		name: "at once", limit: 100,
		count:    []reply{{}, {times: 3, fails: true}, {}},
		requests: []requests{{n: 3, inTurn: true}, {every: sec, n: 8, inTurn: true}},
		want: "0s 1 ask 1+0, 1ms 1 ask 1+0, 1ms 1 call, 2ms 2 call, 2ms 1 lost, counting alone, " +
			"1.002s 1 call, 2.002s 1 ask 0+0 sent 3, 2.002s 1 call, 3.002s 1 call, 4.002s 1 call, " +
			"5.002s 1 ask 0+0 sent 6, 5.002s 1 call, 6.002s 1 call, 7.002s 1 call, " +
			"8.002s 1 ask 0+0 sent 9, 8.002s 1 call",
	},
	{
		name: "late", limit: 10,
		count:    []reply{{times: 2, after: sec}, {}},
		requests: []requests{{n: 3}, {at: 2 * sec, n: 2}, {at: 6 * sec}, {at: 12 * sec}},
		want: "0s 1 ask 1+0, 250ms 3 call, 250ms 1 lost, counting alone, 2s 2 call, " +
			"6s 1 ask 0+0 sent 5, 6s 1 call, 12s 1 ask 0+0 sent 6, 12s 1 call",
	},
	{
		name: "and minds no context", limit: 10,
		count: []reply{{after: 20 * sec, isDeaf: true}, {}},
		requests: []requests{
			{n: 3}, {at: 15 * sec, op: "B"}, {at: 15 * sec, n: 3, inTurn: true},
			{at: 40 * sec, n: 2, inTurn: true},
		},
		want: "0s 1 ask 1+0, 250ms 3 call, 250ms 1 lost, counting alone, 15s 1 ask 0+0 B, " +
			"15s 3 call, 15s 1 call B, 40s 1 ask 1+0 sent 5, 40.001s 1 ask 1+0, 40.001s 1 call, " +
			"40.002s 1 call",
	},
	{
		name: "so that its answer is too old to go by", limit: 3,
		count: []reply{
			{after: 20 * sec, isDeaf: true, grant: &ratelimit.Grant{Calls: 1, Full: 40 * sec}},
			{after: time.Minute, isDeaf: true},
		},
		requests: []requests{{n: 4}},
		want: "0s 1 ask 1+0, 250ms 3 call, 250ms 1 lost, counting alone, 20s 1 ask 0+0 sent 2, " +
			"1m0.26s 1 call",
	},
	{
		name: "and what it says of the others too", limit: 3,
		count: []reply{
			{after: 20 * sec, isDeaf: true, grant: &ratelimit.Grant{Calls: 1, Full: 40 * sec}},
			{fails: true},
		},
		requests: []requests{{}, {at: 30 * sec}},
		want:     "0s 1 ask 1+0, 250ms 1 call, 250ms 1 lost, counting alone, 30s 1 ask 0+0, 30s 1 call",
	},
	{
		name: "while no slot is free", limit: 10,
		count:    []reply{{times: 3}, {after: time.Minute, isDeaf: true}},
		requests: []requests{{n: 10}, {at: sec, client: 1}},
		want: "0s 1 ask 1+0, 1ms 1 ask 9+0, 1ms 1 call, 2ms 9 call, 1s 1 ask 1+0, 4s 1 ask 1+0, " +
			"4.25s 1 lost, counting alone, 1m0.511s 1 call",
	},
	{
		name: "requests that a server has forgotten are not told", limit: 100,
		count:    []reply{{fails: true}, {}},
		requests: []requests{{n: 80}, {at: 10 * time.Minute}},
		want:     "0s 1 ask 1+0, 1ms 80 call, 1ms 1 lost, counting alone, 10m0s 1 ask 0+0, 10m0s 1 call",
	},
	{
		name: "operations that fail together cause one warning", limit: 10,
		count:    []reply{{times: 3, fails: true}, {}},
		requests: []requests{{}, {op: "B"}, {op: "C"}, {at: 2001*ms - 1}, {at: 2001 * ms}},
		want: "0s 1 ask 1+0, 0s 1 ask 1+0 B, 0s 1 ask 1+0 C, 1ms 1 call, 1ms 1 call B, " +
			"1ms 1 call C, 1ms 1 lost, counting alone, 2.001s 1 ask 0+0 sent 2, 2.001s 2 call",
	},
	{
		name: "for one operation, while an answer for another is under way", limit: 3,
		count: []reply{{after: sec / 10}, {fails: true}, {}},
		requests: []requests{
			{n: 3}, {at: sec / 20, op: "B"}, {at: sec / 15, cancel: sec / 10}, {at: 6 * sec, cancel: sec},
		},
		want: "0s 1 ask 1+0, 50ms 1 ask 1+0 B, 51ms 1 call B, 51ms 1 lost, counting alone, " +
			"67ms 3 call, 167ms 1 call canceled, 6s 1 ask 1+0 sent 2, 7s 1 call canceled",
	},
	{
		name: "a refusal is told again", limit: 10,
		server:   []answer{{status: 429, again: "20"}, {}},
		count:    []reply{{}, {fails: true}, {}},
		requests: []requests{{}, {at: 6 * sec}},
		want: "0s 1 ask 1+0, 1ms 1 ask 0+0 pause 20s, 1ms 1 call, 2ms 1 lost, counting alone, " +
			"6s 1 ask 0+0 pause 14.001s, 20.002s 1 ask 1+0, 20.003s 1 call",
	},
	{
		name: "but not when it is over", limit: 10,
		server:   []answer{{status: 429, again: "60"}, {}},
		count:    []reply{{}, {fails: true}, {}},
		requests: []requests{{}, {at: time.Hour}, {at: time.Hour, client: 1}},
		want: "0s 1 ask 1+0, 1ms 1 ask 0+0 pause 1m0s, 1ms 1 call, 2ms 1 lost, counting alone, " +
			"1h0m0s 1 ask 0+0, 1h0m0s 1 ask 1+0, 1h0m0s 1 call, 1h0m0.001s 1 call",
	},
	{
		name: "now and then", limit: 100,
		count: []reply{{}, {fails: true}, {times: 2}, {fails: true}, {}, {fails: true}},
		requests: []requests{
			{}, {at: 2 * sec}, {at: 4 * sec}, {at: 8 * sec}, {at: 10 * sec}, {at: 62 * sec},
			{at: 72 * sec}, {at: 110 * sec}, {at: 171 * sec},
		},
		want: "0s 1 ask 1+0, 1ms 1 call, 2s 1 ask 1+0, 2.001s 1 call, 2.001s 1 lost, " +
			"counting alone, 4s 1 call, 8s 1 ask 0+0 sent 2, 8s 1 call, 10s 1 ask 1+0 sent 1, " +
			"10.001s 1 call, 1m2s 1 ask 1+0, 1m2.001s 1 call, 1m12s 1 ask 0+0 sent 1, 1m12s 1 call, " +
			"1m50s 1 ask 1+0 sent 1, 1m50.001s 1 call, 2m51s 1 ask 0+0, 2m51s 1 call, " +
			"2m51.001s 1 lost, counting alone",
	},
}

// TestCountThatFailsAtTheLastMomentIsLeftAlone has one that gives up when its context ends, as a client
// of a slow store does. That is when those in line go on alone, so that either can come first.
func TestCountThatFailsAtTheLastMomentIsLeftAlone(t *testing.T) {
	for range 50 {
		play(t, []scene{{
			limit:    100,
			count:    []reply{{after: sec}},
			requests: []requests{{kind: poll}, {at: sec / 10}},
			want:     "0s 1 ask 0+1, 250ms 1 call, 250ms 1 lost, counting alone, 250ms 1 poll",
		}})
	}
}

// TestSlotsOfCallsThatAreCancelledWhenGrantedAreGivenBack ends the context of calls with the answer to
// their request for slots, before or after they hear of it.
func TestSlotsOfCallsThatAreCancelledWhenGrantedAreGivenBack(t *testing.T) {
	const limit = 100
	for range 20 {
		synctest.Test(t, func(t *testing.T) {
			s := newStage(t, scene{
				limit: limit, count: []reply{{}}, requests: []requests{{}, {n: 49, cancel: 2 * ms}},
			})
			s.play(t.Context())
			time.Sleep(sec)
			sent := s.times("call")
			free := s.counts["A"].Take(time.Now(), ratelimit.Request{Limit: limit, Remaining: -1}).Free
			if len(sent)+free != limit {
				t.Errorf("%d slots are taken for %d requests", limit-free, len(sent))
			}
		})
	}
}
