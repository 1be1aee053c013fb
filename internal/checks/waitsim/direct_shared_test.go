package waitsim

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/api/apitest"
)

// directAmong returns the mean and the longest delay of direct calls, one every two seconds, while
// clients with one key wait for 400 batches, a share each. The first client makes the calls.
func directAmong(t *testing.T, s setting, c counted) (mean, longest time.Duration) {
	t.Helper()
	const each = 60
	for seed := range sharedSeeds {
		synctest.Test(t, func(t *testing.T) {
			time.Sleep(time.Duration(seed) * 13700 * time.Millisecond)
			server, ids := s.newServer(batches(400), seed)
			var opts []api.Option
			if c.shared {
				opts = append(opts, api.WithSharedLimit(&apitest.SharedLimit{}))
			}
			ctx, cancel := context.WithCancel(t.Context())
			var waits sync.WaitGroup
			var first *api.Client
			for i := range c.clients {
				client := newClient(t, server, opts...)
				if i == 0 {
					first = client
				}
				share := ids[i*len(ids)/c.clients : (i+1)*len(ids)/c.clients]
				waits.Go(func() {
					for _, err := range client.WaitShipOrderBatches(ctx, share) {
						if err != nil && !errors.Is(err, context.Canceled) {
							t.Error(err)
						}
					}
				})
			}
			for range each {
				time.Sleep(2 * time.Second)
				took := call(t.Context(), t, first, ids[0])
				mean += took / (each * sharedSeeds)
				longest = max(longest, took)
			}
			cancel()
			waits.Wait()
			if server.Refused() > 0 {
				t.Errorf("%d clients: %d requests refused", c.clients, server.Refused())
			}
			time.Sleep(time.Second)
		})
	}
	return mean, longest
}

// TestDirectCallsShared holds direct calls among the waits of all clients to at most twice the delay
// that they have with one client that counts alone, and to a second with 64 clients.
func TestDirectCallsShared(t *testing.T) {
	for _, s := range sharedSettings() {
		t.Run(s.String(), func(t *testing.T) {
			t.Parallel()
			alone, longestAlone := directAmong(t, s, counted{clients: 1})
			t.Logf("alone: mean %v, longest %v", alone, longestAlone)
			for _, n := range []int{1, 4, 16, 64} {
				mean, longest := directAmong(t, s, counted{clients: n, shared: true})
				limit := 2 * alone
				if n > 16 {
					limit = max(limit, time.Second)
				}
				t.Logf("%2d clients: mean %v, longest %v", n, mean, longest)
				if mean > limit {
					t.Errorf("%d clients: mean %v, want at most %v", n, mean, limit)
				}
			}
		})
	}
}
