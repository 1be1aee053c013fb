package ratelimit_test

import (
	"math"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sellerscenter/client-go/internal/attempt"
	"github.com/sellerscenter/client-go/internal/operation"
	"github.com/sellerscenter/client-go/internal/ratelimit"
)

const (
	ms  = time.Millisecond
	sec = time.Second
	// window is when slots that were taken at once are free again.
	window = time.Minute + 10*ms
)

// TestSlots: the whole limit goes at once, and no more in any minute, wherever in the time that a
// request is under way the server counts it.
func TestSlots(t *testing.T) {
	play(t, []scene{
		{
			name: "in no time", limit: 200,
			server:   []answer{{}},
			requests: []requests{{n: 450}},
			want:     "0s 200 call, 1m0.01s 200 call, 2m0.02s 50 call",
		},
		{
			name: "slow requests", limit: 200,
			server:   []answer{{after: 20 * sec}},
			requests: []requests{{n: 201}},
			want:     "0s 200 call, 1m20.01s 1 call",
		},
		{
			name: "one that hangs holds up no other", limit: 10,
			server:   []answer{{left: "9"}, {left: "8"}, {left: "7", after: 25 * sec}, {left: "6"}, {}},
			requests: []requests{{n: 3}, {at: 5 * sec}, {at: 6 * sec, within: sec}, {at: 30 * sec, n: 6}},
			want:     "0s 3 call, 5s 1 call, 6s 1 call, 30s 5 call, 1m0.01s 1 call",
		},
		{
			name: "slots that come free one by one", limit: 2,
			requests: []requests{{}, {at: 20 * sec}, {at: 30 * sec, n: 3}},
			want:     "0s 1 call, 20s 1 call, 1m0.01s 1 call, 1m20.01s 1 call, 2m0.02s 1 call",
		},
		{
			name: "refused ones count", limit: 20,
			server:   []answer{{times: 10, after: 80 * ms, status: 429, again: "1"}, {after: 80 * ms}},
			requests: []requests{{n: 10}, {at: sec, n: 25}},
			want: "0s 10 call, 1.08s 1 call, 1.16s 9 call, " +
				"1m0.09s 10 call, 1m1.17s 1 call, 1m1.25s 4 call",
		},
		{
			name: "each operation has its own", limit: 1,
			requests: []requests{{}, {op: "B"}, {at: sec}, {at: sec, op: "B", kind: look}},
			want:     "0s 1 call, 0s 1 call B, 1s 1 0 of 1 left, 1m0.01s 1 call",
		},
		{
			name:     "no limit",
			requests: []requests{{n: 1000}, {kind: look}},
			want:     "0s 1 0 of 0 left, 0s 1000 call",
		},
		{
			name: "requests without a connection take none", limit: 10,
			server:   []answer{{times: 30, refuses: true}, {}},
			requests: []requests{{n: 30, inTurn: true}, {n: 11}},
			want:     "0s 40 call, 1m0.01s 1 call",
		},
		{
			name: "cancelled ones in line take none", limit: 10,
			requests: []requests{{n: 10}, {n: 30, cancel: sec}, {at: 2 * sec, n: 10}},
			want:     "0s 10 call, 1s 30 call canceled, 1m0.01s 10 call",
		},
	})
}

// TestLimits: the server's limit takes the place of the spec's, and never exceeds the caller's.
func TestLimits(t *testing.T) {
	var scenes []scene
	for _, tt := range []struct {
		name      string
		spec, max int
		told      string // by the first response
		want      string
	}{
		{"lower", 20, 0, "5", "0s 1 20 of 20 left, 0s 1 4 of 5 left, 0s 5 call, 1m0.01s 4 call"},
		{"higher", 5, 0, "7", "0s 1 5 of 5 left, 0s 1 6 of 7 left, 0s 7 call, 1m0.01s 2 call"},
		{"with more than the number", 20, 0, " 5, 5;w=60",
			"0s 1 20 of 20 left, 0s 1 4 of 5 left, 0s 5 call, 1m0.01s 4 call"},
		{"very high", 5, 0, "9999999999", "0s 1 1073741823 of 1073741824 left, 0s 1 5 of 5 left, 0s 9 call"},
		{"zero", 5, 0, "0", "0s 1 4 of 5 left, 0s 1 5 of 5 left, 0s 5 call, 1m0.01s 4 call"},
		{"negative", 5, 0, "-5", "0s 1 4 of 5 left, 0s 1 5 of 5 left, 0s 5 call, 1m0.01s 4 call"},
		{"no number", 5, 0, "abc", "0s 1 4 of 5 left, 0s 1 5 of 5 left, 0s 5 call, 1m0.01s 4 call"},
		{"no integer at all", 5, 0, "99999999999999999999",
			"0s 1 4 of 5 left, 0s 1 5 of 5 left, 0s 5 call, 1m0.01s 4 call"},
		{"the caller's", 20, 6, "", "0s 1 5 of 6 left, 0s 1 6 of 6 left, 0s 6 call, 1m0.01s 3 call"},
		{"the caller's, where the spec has none", 0, 6, "",
			"0s 1 5 of 6 left, 0s 1 6 of 6 left, 0s 6 call, 1m0.01s 3 call"},
		{"above the caller's", 20, 6, "8", "0s 1 5 of 6 left, 0s 1 6 of 6 left, 0s 6 call, 1m0.01s 3 call"},
		{"below the caller's", 20, 6, "4",
			"0s 1 3 of 4 left, 0s 1 6 of 6 left, 0s 4 call, 1m0.01s 4 call, 2m0.02s 1 call"},
		{"where the spec has none", 0, 0, "5",
			"0s 1 0 of 0 left, 0s 1 5 of 5 left, 0s 6 call, 1m0.01s 3 call"},
	} {
		scenes = append(scenes, scene{
			name: tt.name, limit: tt.spec, max: tt.max,
			server:   []answer{{limit: tt.told}, {}},
			requests: []requests{{kind: look}, {}, {kind: look}, {n: 8}},
			want:     tt.want,
		})
	}
	play(t, append(scenes, scene{
		name: "lowered below what is used", limit: 40,
		server: []answer{{times: 39}, {limit: "10"}},
		requests: []requests{
			{n: 10}, {at: 10 * sec, n: 10}, {at: 20 * sec, n: 10}, {at: 30 * sec, n: 10},
			{at: 40 * sec, n: 12, within: 2 * time.Minute},
		},
		want: "0s 10 call, 10s 10 call, 20s 10 call, 30s 10 call, 1m30.01s 10 call, 2m30.02s 2 call",
	}))
}

func TestResultTellsWhatIsLeft(t *testing.T) {
	for limit, want := range map[int][]any{0: {false, 0}, 5: {true, 4}} {
		result := newStage(t, scene{limit: limit}).make(t.Context(), requests{})
		if got := []any{result.Limited, result.Remaining}; !slices.Equal(got, want) {
			t.Errorf("at a limit of %d the result says %v, want %v", limit, got, want)
		}
	}
}

// TestLimitsFitInAnIntOf32Bits: sums of them are made where an int has no more.
func TestLimitsFitInAnIntOf32Bits(t *testing.T) {
	op := &operation.Operation{Name: "UpdateStocks", RateLimit: math.MaxInt32}
	for _, l := range []*ratelimit.Limiter{{}, {Max: math.MaxInt}} {
		if limit := l.State(op).Limit; limit != 1<<30 {
			t.Errorf("limit %d", limit)
		}
	}
}

// TestLine: direct calls go before polls, those of one kind as they come. Only a poll that ends its
// wait leaves its place to the next: another wait was one of many who asked for more than there is.
func TestLine(t *testing.T) {
	play(t, []scene{
		{
			name: "calls before polls", limit: 1,
			requests: []requests{
				{}, {kind: poll, name: "poll 1"}, {kind: poll, name: "poll 2"},
				{name: "call 1"}, {name: "call 2"},
			},
			want: "0s 1 call, 1m0.01s 1 call 1, 2m0.02s 1 call 2, 3m3.02s 1 poll 1, 4m6.02s 1 poll 2",
		},
		{
			name: "calls in a slow line of polls", limit: 60,
			requests: []requests{{n: 12, kind: poll}, {at: ms, n: 48}, {at: ms}},
			want:     "0s 10 poll, 1ms 49 call, 1.225s 1 poll, 1m0.01s 1 poll",
		},
		{
			name: "waits that a poll has ended", limit: 60,
			requests: []requests{{n: 30, kind: poll, cancel: sec}, {at: ms, n: 3, kind: end}},
			want:     "0s 10 poll, 1ms 3 poll, 1s 17 poll canceled",
		},
		{
			name: "waits that their contexts have ended", limit: 60,
			requests: []requests{
				{n: 30, kind: poll, cancel: sec}, {at: ms, n: 3, kind: interrupted},
				{at: 2 * sec, kind: poll, name: "later"},
			},
			want: "0s 10 poll, 1s 20 poll canceled, 2.122s 1 later",
		},
		{
			name: "waits of another operation", limit: 60,
			requests: []requests{
				{n: 3, kind: poll, op: "B"}, {n: 30, kind: poll, cancel: sec},
				{at: ms, n: 3, kind: end, op: "B"},
			},
			want: "0s 10 poll, 0s 3 poll B, 1s 20 poll canceled",
		},
	})
}

// TestOnlyWhatIsCertainRefuses: a call is refused once its deadline is before the moment when even
// the first in line can go, since slots are taken, or since the server said so.
func TestOnlyWhatIsCertainRefuses(t *testing.T) {
	play(t, []scene{
		{
			name: "slots are taken", limit: 10,
			requests: []requests{{n: 10}, {at: sec, within: 59 * sec}, {at: sec, within: window}},
			want:     "0s 10 call, 1s 1 call late, 1m0.01s 1 call",
		},
		{
			name: "those ahead may leave", limit: 10,
			requests: []requests{{n: 10}, {n: 40, cancel: sec}, {n: 1, name: "last", within: 70 * sec}},
			want:     "0s 10 call, 1s 40 call canceled, 1m0.01s 1 last",
		},
		{
			name: "later, in line", limit: 10,
			requests: []requests{{n: 30}, {name: "last", within: 90 * sec}},
			want:     "0s 10 call, 1m0.01s 10 call, 1m0.01s 1 last late, 2m0.02s 10 call",
		},
		{
			name: "requests under way may turn out to get no connection", limit: 10,
			server:   []answer{{times: 10, after: 5 * sec, refuses: true}, {}},
			requests: []requests{{n: 10}, {at: sec, within: 30 * sec}},
			want:     "0s 10 call, 5s 1 call",
		},
		{
			name: "a hold", limit: 10,
			server: []answer{{status: 429, again: "60"}, {}},
			requests: []requests{
				{}, {name: "soon", within: time.Minute}, {name: "later", within: 61 * sec},
				{at: sec, cancel: sec},
			},
			want: "0s 1 call, 0s 1 soon held late, 2s 1 call held canceled, 1m0s 1 later",
		},
		{
			name: "an estimate refuses nobody", limit: 10,
			server:   []answer{{left: "0"}},
			requests: []requests{{}, {within: 2 * sec}, {name: "later", within: 4 * sec}},
			want:     "0s 1 call, 2s 1 call late, 3s 1 later",
		},
	})
}

// TestHold: a 429 holds all requests of its operation.
func TestHold(t *testing.T) {
	play(t, []scene{
		{
			name: "with a time, one goes first after it, and all when that is good", limit: 20,
			server:   []answer{{status: 429, again: "17", left: "0"}, {after: sec}},
			requests: []requests{{}, {kind: look}, {n: 15}, {op: "B"}, {at: 60 * sec, kind: look}},
			want: "0s 1 0 of 20 left held for 17s, 0s 1 call, 0s 1 call B, 17s 1 call, 18s 14 call, " +
				"1m0s 1 4 of 20 left held for -43s",
		},
		{
			name: "an hour at most", limit: 20,
			server:   []answer{{status: 429, again: "7200"}, {}},
			requests: []requests{{}, {kind: look}, {}},
			want:     "0s 1 0 of 20 left held for 1h0m0s, 0s 1 call, 1h0m0s 1 call",
		},
		{
			name: "without a time, longer with each in a row, up to 8 s", limit: 20,
			server:   []answer{{times: 7, status: 429}, {}, {status: 429}, {}},
			requests: []requests{{n: 10, inTurn: true}},
			want: "0s 1 call, 500ms 1 call, 1.5s 1 call, 3.5s 1 call, 7.5s 1 call, 15.5s 1 call, " +
				"23.5s 1 call, 31.5s 2 call, 32s 1 call",
		},
		{
			name: "together, they count once", limit: 20,
			server:   []answer{{times: 10, after: 80 * ms, status: 429}, {}},
			requests: []requests{{n: 10}, {at: sec / 10}},
			want:     "0s 10 call, 1.08s 1 call",
		},
		{
			name: "never shortened", limit: 20,
			server: []answer{
				{after: sec, status: 429, again: "60"}, {after: 2 * sec, status: 429, again: "5"}, {},
			},
			requests: []requests{{n: 2}, {at: 3 * sec, kind: look}, {}},
			want:     "0s 2 call, 3s 1 0 of 20 left held for 58s, 1m1s 1 call",
		},
	})
}

// TestEstimate: what the server says of others delays, and is forgotten a window later.
func TestEstimate(t *testing.T) { play(t, estimates) }

var estimates = []scene{
	{
		name: "others have used most", limit: 20,
		server:   []answer{{left: "4"}, {left: "3"}, {left: "2"}, {left: "1"}, {left: "0"}},
		requests: []requests{{}, {kind: look}, {n: 8, inTurn: true}},
		want:     "0s 1 4 of 20 left, 0s 4 call, 3s 1 call, 6s 1 call, 9s 1 call, 12s 1 call, 15s 1 call",
	},
	{
		name: "more than the log says is no news", limit: 20,
		server:   []answer{{left: "19"}},
		requests: []requests{{n: 25, inTurn: true}},
		want:     "0s 20 call, 1m0.01s 5 call",
	},
	{
		name: "below zero is none", limit: 20,
		server:   []answer{{left: " -3, -3;w=60"}},
		requests: []requests{{}, {kind: look}, {n: 2, inTurn: true}},
		want:     "0s 1 0 of 20 left, 0s 1 call, 3s 1 call, 6s 1 call",
	},
	{
		name: "one looks every three seconds", limit: 20,
		server:   []answer{{times: 10}, {left: "0"}},
		requests: []requests{{n: 11}, {n: 2}, {kind: poll}},
		want:     "0s 11 call, 3s 1 call, 6s 1 call, 9s 1 poll",
	},
	{
		name: "no more under way than the server has left", limit: 20,
		server:   []answer{{left: "3"}, {after: sec}},
		requests: []requests{{}, {at: 30 * sec, n: 5, within: sec / 2}, {at: 30 * sec, kind: look}},
		want:     "0s 1 call, 30s 1 0 of 20 left, 30s 4 call, 30.5s 1 call late",
	},
	{
		name: "a few slots of our own that come free raise that", limit: 200,
		server:   []answer{{times: 10}, {left: "0"}, {after: sec}},
		requests: []requests{{n: 10}, {at: 30 * sec}, {at: 61 * sec, n: 10, within: sec / 2}},
		want:     "0s 10 call, 30s 1 call, 1m1s 5 call, 1m1.5s 5 call late",
	},
	{
		name: "of responses together the worst counts", limit: 20,
		server: []answer{
			{after: 1 * ms, left: "9"}, {after: 2 * ms, left: "3"}, {after: 3 * ms, left: "6"},
			{left: "15"},
		},
		requests: []requests{{n: 3}, {at: 4 * ms, kind: look}, {at: 4 * ms}, {at: 4 * ms, kind: look}},
		want:     "0s 3 call, 4ms 1 15 of 20 left, 4ms 1 3 of 20 left, 4ms 1 call",
	},
	{
		name: "forgotten a window later", limit: 20,
		server:   []answer{{left: "0", after: sec}, {}},
		requests: []requests{{}, {at: 62 * sec, n: 20}},
		want:     "0s 1 call, 1m2s 20 call",
	},
	{
		name: "forgotten a window after a 429", limit: 20,
		server:   []answer{{left: "0", status: 429, after: sec}, {after: sec}},
		requests: []requests{{}, {at: 62 * sec, n: 20}},
		want:     "0s 1 call, 1m2s 20 call",
	},
}

// TestTurnGrantedToCancelledWaiterIsGivenBack cancels waiters at the very moment at which their turns
// come.
func TestTurnGrantedToCancelledWaiterIsGivenBack(t *testing.T) {
	for range 20 {
		synctest.Test(t, func(t *testing.T) {
			s := newStage(t, scene{
				limit: 50, requests: []requests{{n: 50}, {n: 50, cancel: window}, {n: 50}},
			})
			s.play(t.Context())
			if at := s.times("call")[99]; at != window {
				t.Fatalf("the hundredth request came at %v: turns were lost", at)
			}
		})
	}
}

func TestPanicGivesItsSlotBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, scene{limit: 1, requests: []requests{{within: 2 * time.Minute}}})
		served := s.clients[0].Next
		s.clients[0].Next = sender(func(attempt.Attempt) attempt.Result {
			panic("a bug in the caller's transport, which an http.Server recovers from")
		})
		var all sync.WaitGroup
		all.Go(func() {
			defer func() { _ = recover() }()
			s.make(t.Context(), requests{})
		})
		all.Wait()
		s.clients[0].Next = served
		s.play(t.Context())
		if got := s.happened(); got != "1m0.01s 1 call" {
			t.Errorf("what happened is %s", got)
		}
	})
}

// TestCost bounds what requests make the client allocate that have no turn, whatever the limit.
func TestCost(t *testing.T) {
	play(t, []scene{
		{
			name: "refused up front, with a log of 120 kB", limit: 5000, most: 100 * 64 << 10,
			requests: []requests{{n: 5000}, {n: 100, within: sec}},
			want:     "0s 5000 call, 0s 100 call late",
		},
		{
			name: "delayed by an estimate, at a limit beyond all limits", limit: 20, most: 10 << 20,
			server:   []answer{{limit: "1000000000", left: "0"}},
			requests: []requests{{}, {n: 5, inTurn: true}},
			want:     "0s 1 call, 2.31s 1 call, 4.62s 1 call, 6.93s 1 call, 9.24s 1 call, 11.55s 1 call",
		},
		{
			name: "told such a limit by a shared count, of which no slot is free", limit: 100, most: 4 << 20,
			count:    []reply{{grant: &ratelimit.Grant{Calls: 1, Full: time.Minute, ServerLimit: 1 << 30}}},
			requests: []requests{{}, {}},
			want:     "0s 1 ask 1+0, 1ms 1 ask 1+0, 1ms 1 call, 2ms 1 call",
		},
	})
}
