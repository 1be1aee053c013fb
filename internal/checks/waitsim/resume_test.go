package waitsim

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/api"
)

// TestWaitAfterDirectCalls begins a wait about a minute after 195 direct calls, when the window has
// nearly no free slot or has just got all of them back: the pace of polls follows the window.
func TestWaitAfterDirectCalls(t *testing.T) {
	for _, n := range networks {
		for _, pause := range seconds(57, 59, 60, 61) {
			t.Run(n.name+"/"+pause.String(), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					server, ids := NewServer(&SlidingLog{}, n.latency, fiveSeconds(pause), 1)
					client := newClient(t, server)
					start := time.Now()
					callAtOnce(t, client, ids[0], 195)
					time.Sleep(time.Until(start.Add(pause)))
					waitFor(t, client, server, ids[0])
					if server.Refused() > 0 {
						t.Errorf("%d requests refused", server.Refused())
					}
				})
			})
		}
	}
}

// TestWaitAfterRefusal begins a wait when others with the key used the whole budget nearly a minute
// ago: the first poll is refused with a Retry-After of a few seconds, and then the window is free.
func TestWaitAfterRefusal(t *testing.T) {
	for _, n := range networks {
		for _, pause := range seconds(56, 58, 59) {
			t.Run(n.name+"/"+pause.String(), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					server, ids := NewServer(&SlidingLog{}, n.latency, fiveSeconds(pause), 1)
					others := newClient(t, server)
					start := time.Now()
					callAtOnce(t, others, ids[0], 200)
					time.Sleep(time.Until(start.Add(pause)))
					waitFor(t, newClient(t, server), server, ids[0])
					if server.Refused() != 1 {
						t.Errorf("%d requests refused, want the first poll alone", server.Refused())
					}
				})
			})
		}
	}
}

func seconds(ns ...int) []time.Duration {
	var ds []time.Duration
	for _, n := range ns {
		ds = append(ds, time.Duration(n)*time.Second)
	}
	return ds
}

// fiveSeconds is one batch that is done after five seconds of a wait that begins at the given time.
func fiveSeconds(begin time.Duration) Scenario {
	return Scenario{Batches: 1, Done: doneAfter(begin + 5*time.Second)}
}

// waitFor waits for a batch of fiveSeconds, with 50 s of patience. When it is done the window is
// nearly empty, so the wait must learn of it within an interval, which is 3 s at the longest.
func waitFor(t testing.TB, client *api.Client, server *Server, id uuid.UUID) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Second)
	defer cancel()
	_, err := client.WaitShipOrderBatch(ctx, id)
	delay := server.Delay(id)
	t.Logf("known %v after it was done; %d requests, %d refused", delay, server.Requests(), server.Refused())
	if err != nil || delay > 3500*time.Millisecond {
		t.Errorf("known %v after it was done, error %v; limits: %+v", delay, err, client.RateLimits())
	}
}
