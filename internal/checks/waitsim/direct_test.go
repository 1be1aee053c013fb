package waitsim

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/generated"
)

// call makes a direct call, and returns how long it took.
func call(ctx context.Context, t testing.TB, client *api.Client, id uuid.UUID) time.Duration {
	t.Helper()
	start := time.Now()
	params := &generated.GetShipOrderBatchResultsParams{BatchRequestID: id}
	if _, err := client.GetShipOrderBatchResultsWithResponse(ctx, params); err != nil {
		t.Error(err)
	}
	return time.Since(start)
}

// callAtOnce makes n direct calls at once, and returns how long each took, the quickest first.
func callAtOnce(t testing.TB, client *api.Client, id uuid.UUID, n int) []time.Duration {
	t.Helper()
	took := make([]time.Duration, n)
	var calls sync.WaitGroup
	for i := range n {
		calls.Go(func() { took[i] = call(t.Context(), t, client, id) })
	}
	calls.Wait()
	slices.Sort(took)
	return took
}

// TestDirectCalls makes calls all at once: the whole budget goes at once, the rest when the window
// allows.
func TestDirectCalls(t *testing.T) {
	for _, s := range settings(countings) {
		t.Run(s.String(), func(t *testing.T) {
			for _, calls := range []int{200, 201, 400, 1000} {
				t.Run(strconv.Itoa(calls), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						server, ids := s.newServer(batches(1), 1)
						took := callAtOnce(t, newClient(t, server), ids[0], calls)
						t.Logf("200th after %v, last after %v; %d requests, %d refused",
							took[199], took[calls-1], server.Requests(), server.Refused())
						if took[199] > 3*time.Second {
							t.Errorf("200 calls took %v", took[199])
						}
						checkRefused(t, server.Requests(), server.Refused(), s.burst)
						if calls > 200 && took[200] > 63*time.Second && s.refused == 0 {
							t.Errorf("the 201st call took %v", took[200])
						}
					})
				})
			}
		})
	}
}

// TestDirectCallAmongWaits makes direct calls while 1,000 waits use the whole budget.
func TestDirectCallAmongWaits(t *testing.T) {
	for _, s := range settings(countings[:1]) {
		t.Run(s.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server, ids := s.newServer(batches(1000), 1)
				client := newClient(t, server)
				ctx, cancel := context.WithCancel(t.Context())
				var waits sync.WaitGroup
				waits.Go(func() {
					for _, err := range client.WaitShipOrderBatches(ctx, ids) {
						if err != nil && !errors.Is(err, context.Canceled) {
							t.Error(err)
						}
					}
				})
				var took []time.Duration
				for range 60 {
					time.Sleep(2 * time.Second)
					// One in a hundred may be believed to be taken, as long as a response was on its way.
					hasSlot := client.RateLimits()[0].Remaining > limit/100
					d := call(ctx, t, client, ids[0])
					took = append(took, d)
					if hasSlot && d > 2*time.Second { // of which a response takes 800 ms
						t.Errorf("a direct call took %v though the window had a slot", d)
					}
				}
				cancel()
				waits.Wait()
				slices.Sort(took)
				t.Logf("direct calls took %v at the median, %v at the longest; %d refused",
					took[30], took[59], server.Refused())
				if took[59] > 6*time.Second {
					t.Errorf("the longest direct call took %v", took[59])
				}
				checkRefused(t, server.Requests(), server.Refused(), s.refused)
			})
		})
	}
}

// TestBudgetIsUsable calls without a pause from 50 goroutines: the client uses nearly the whole
// budget, minute after minute.
func TestBudgetIsUsable(t *testing.T) {
	const minutes = 10
	for _, s := range settings(countings[:2]) {
		t.Run(s.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server, ids := s.newServer(batches(1), 1)
				client := newClient(t, server)
				end := time.Now().Add(minutes * time.Minute)
				var callers sync.WaitGroup
				for range 50 {
					callers.Go(func() {
						for time.Now().Before(end) {
							call(t.Context(), t, client, ids[0])
						}
					})
				}
				callers.Wait()
				t.Logf("%d requests in %d minutes, %d refused", server.Requests(), minutes, server.Refused())
				if server.Requests() < minutes*limit*95/100 {
					t.Errorf("%d requests in %d minutes", server.Requests(), minutes)
				}
				checkRefused(t, server.Requests(), server.Refused(), s.refused)
			})
		})
	}
}
