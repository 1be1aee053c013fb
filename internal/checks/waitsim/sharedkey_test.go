package waitsim

import (
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/api"
)

// TestSharedKey lets four clients with one key, each with 100 waits, find each other by the
// server's headers alone.
func TestSharedKey(t *testing.T) {
	scenario := batches(400)
	for _, n := range networks {
		t.Run(n.name, func(t *testing.T) {
			t.Parallel()
			requests := 0
			refused := 0
			for seed := range scenario.Seeds() {
				synctest.Test(t, func(t *testing.T) {
					server, ids := NewServer(&SlidingLog{}, n.latency, scenario, uint64(seed))
					start := time.Now()
					known := make([]int, 4)
					var clients sync.WaitGroup
					for i := range known {
						clients.Go(func() {
							client := newClient(t, server)
							known[i] = waitForAll(t, client, ids[100*i:100*i+100])
						})
					}
					clients.Wait()
					t.Logf("known %v after %v: %d requests, %d refused",
						known, time.Since(start).Round(time.Second), server.Requests(), server.Refused())
					if !slices.Equal(known, []int{100, 100, 100, 100}) {
						t.Errorf("%v batches known", known)
					}
					requests += server.Requests()
					refused += server.Refused()
				})
			}
			t.Logf("%d requests, %d refused", requests, refused)
			if float64(refused) > 0.02*float64(requests) {
				t.Errorf("%d of %d requests refused, want at most 2 %%", refused, requests)
			}
		})
	}
}

// waitForAll returns how many batches ended well.
func waitForAll(t testing.TB, client *api.Client, ids []uuid.UUID) int {
	t.Helper()
	known := 0
	for _, err := range client.WaitShipOrderBatches(t.Context(), ids) {
		if err != nil {
			t.Error(err)
			continue
		}
		known++
	}
	return known
}
