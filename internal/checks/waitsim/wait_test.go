package waitsim

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// TestWait simulates this client in every scenario, and holds it to the goals.
func TestWait(t *testing.T) {
	for _, s := range settings(countings) {
		for _, scenario := range Scenarios {
			t.Run(s.String()+"/"+scenario.String(), func(t *testing.T) {
				t.Parallel()
				seeds := scenario.Seeds()
				o := simulation{setting: s, scenario: scenario, seeds: seeds}.run(t)
				delay := mean(o.delays)
				t.Logf("%d requests, %d refused, mean delay %v, last known after %v",
					o.requests, o.refused, delay, o.last)
				if want := scenario.Batches * seeds; o.err != nil || len(o.delays) != want {
					t.Errorf("%d of %d batches known, error %v", len(o.delays), want, o.err)
				}
				checkRefused(t, o.requests, o.refused, s.refused)
				if s.steady && (isOver(delay, scenario.MaxMean) || isOver(o.last, scenario.MaxLast)) {
					t.Errorf("mean delay %v, want at most %v; last known after %v, want at most %v",
						delay, scenario.MaxMean, o.last, scenario.MaxLast)
				}
			})
		}
	}
}

// isOver reports whether a time is over a goal. Zero is no goal.
func isOver(d, goal time.Duration) bool { return goal > 0 && d > goal }

// TestSharedKey lets four clients with one key, each with 100 waits, find each other by the
// server's headers alone.
func TestSharedKey(t *testing.T) {
	for _, s := range settings(countings[:1]) {
		t.Run(s.String(), func(t *testing.T) {
			t.Parallel()
			scenario := batches(400)
			o := simulation{setting: s, scenario: scenario, seeds: scenario.Seeds(), clients: 4}.run(t)
			t.Logf("%d requests, %d refused", o.requests, o.refused)
			if want := scenario.Batches * scenario.Seeds(); o.err != nil || len(o.delays) != want {
				t.Errorf("%d of %d batches known, error %v", len(o.delays), want, o.err)
			}
			checkRefused(t, o.requests, o.refused, 0.02)
		})
	}
}

// TestWaitAfterCalls begins a wait about a minute after direct calls. Of its own client's, the window has
// nearly no free slot, or has just got all of them back: the pace of polls follows the window. If they
// were another client's, and the whole budget, the first poll is refused with a Retry-After of a few
// seconds, and then the window is free.
func TestWaitAfterCalls(t *testing.T) {
	for _, tt := range []struct {
		name    string
		calls   int
		pauses  []int // in seconds
		refused int
	}{
		{"the same client", 195, []int{57, 59, 60, 61}, 0},
		{"another client", 200, []int{56, 58, 59}, 1},
	} {
		for _, s := range settings(countings[:1]) {
			for _, seconds := range tt.pauses {
				pause := time.Duration(seconds) * time.Second
				t.Run(tt.name+"/"+s.String()+"/"+pause.String(), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						done := doneAfter(pause + 5*time.Second)
						server, ids := s.newServer(Scenario{Batches: 1, Done: done}, 1)
						start := time.Now()
						client := newClient(t, server)
						callAtOnce(t, client, ids[0], tt.calls)
						time.Sleep(time.Until(start.Add(pause)))
						if tt.refused > 0 {
							client = newClient(t, server)
						}
						ctx, cancel := context.WithTimeout(t.Context(), 50*time.Second)
						defer cancel()
						_, err := client.WaitShipOrderBatch(ctx, ids[0])
						// When the batch is done the window is nearly empty, so that the wait must
						// learn of it within an interval, which is 3 s at the longest.
						if delay := server.Delay(ids[0]); err != nil || delay > 3500*time.Millisecond {
							t.Errorf("known %v after it was done, error %v; limits: %+v",
								delay, err, client.RateLimits())
						}
						if server.Refused() != tt.refused {
							t.Errorf("%d requests refused, want %d", server.Refused(), tt.refused)
						}
					})
				})
			}
		}
	}
}
