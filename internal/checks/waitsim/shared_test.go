package waitsim

import (
	"fmt"
	"testing"
	"time"
)

// sharing are the simulations of 1 to 64 clients that share a limit for 400 waits.
func sharing(s simulation) []simulation {
	s.scenario = batches(400)
	s.seeds = 3
	s.shared = true
	var all []simulation
	for _, n := range []int{1, 4, 16, 64} {
		s.clients = n
		all = append(all, s)
	}
	return all
}

// alone is the same simulation with clients that count alone.
func alone(s simulation) simulation {
	s.shared = false
	return s
}

// TestSharedLimit lets clients share a limit: none of their requests is refused, and the mean delay is
// nearly that of one client with all the waits.
func TestSharedLimit(t *testing.T) {
	for _, s := range settings(countings[:2]) {
		for _, silent := range []bool{false, true} {
			t.Run(fmt.Sprintf("%v/silent %v", s, silent), func(t *testing.T) {
				t.Parallel()
				all := sharing(simulation{setting: s, silent: silent})
				one := mean(alone(all[0]).run(t).delays)
				for _, c := range all {
					o := c.run(t)
					ratio := float64(mean(o.delays)) / float64(one)
					t.Logf("%2d clients: %d requests, delay %.2f of one client's, %.1f questions a request",
						c.clients, o.requests, ratio, o.questions())
					if o.refused > 0 || len(o.delays) != 400*c.seeds || o.err != nil || ratio > 1.2 {
						t.Errorf("%d clients: %d refused, %d batches known, error %v, delay %.2f of one's",
							c.clients, o.refused, len(o.delays), o.err, ratio)
					}
				}
			})
		}
	}
}

// TestDirectCallsShared holds direct calls among the waits of all clients to at most twice the delay
// that they have with one client that counts alone, and to a second with 64 clients.
func TestDirectCallsShared(t *testing.T) {
	for _, s := range settings(countings[:2]) {
		t.Run(s.String(), func(t *testing.T) {
			t.Parallel()
			all := sharing(simulation{setting: s, calls: 60})
			goal := 2 * mean(alone(all[0]).run(t).calls)
			for _, c := range all {
				if c.clients > 16 {
					goal = max(goal, time.Second)
				}
				o := c.run(t)
				delay := mean(o.calls)
				t.Logf("%2d clients: mean %v", c.clients, delay)
				if delay > goal || o.refused > 0 || o.err != nil {
					t.Errorf("%d clients: mean %v, want at most %v; %d requests refused, error %v",
						c.clients, delay, goal, o.refused, o.err)
				}
			}
		})
	}
}

// questions returns how often a shared limit was asked for each request.
func (o *outcome) questions() float64 { return float64(o.asked) / float64(o.requests) }
