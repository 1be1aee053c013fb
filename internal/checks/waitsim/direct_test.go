package waitsim

import (
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// TestDirectCalls makes calls all at once: the whole budget goes at once, the rest when the window
// allows.
func TestDirectCalls(t *testing.T) {
	for _, s := range settings(countings) {
		for _, calls := range []int{200, 201, 400, 1000} {
			t.Run(s.String()+"/"+strconv.Itoa(calls), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					server, ids := s.newServer(batches(1), 1)
					took := callAtOnce(t, newClient(t, server), ids[0], calls)
					t.Logf("200th after %v, last after %v; %d requests, %d refused",
						took[199], took[calls-1], server.Requests(), server.Refused())
					isLate := calls > 200 && took[200] > 63*time.Second && s.refused == 0
					if took[199] > 3*time.Second || isLate {
						t.Errorf("200 calls took %v, the next one %v", took[199], took[min(200, calls-1)])
					}
					checkRefused(t, server.Requests(), server.Refused(), s.burst)
				})
			})
		}
	}
}

// TestDirectCallAmongWaits makes direct calls while 1,000 waits use the whole budget.
func TestDirectCallAmongWaits(t *testing.T) {
	for _, s := range settings(countings[:1]) {
		t.Run(s.String(), func(t *testing.T) {
			o := simulation{setting: s, scenario: batches(1000), seeds: 1, calls: 60}.run(t)
			slices.Sort(o.calls)
			t.Logf("direct calls took %v at the median, %v at the longest", o.calls[30], o.calls[59])
			if o.calls[59] > 6*time.Second || o.starved > 0 || o.err != nil {
				t.Errorf("the longest direct call took %v; %d took long though a slot was free; error %v",
					o.calls[59], o.starved, o.err)
			}
			checkRefused(t, o.requests, o.refused, s.refused)
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
							call(t, client, ids[0])
						}
					})
				}
				callers.Wait()
				if server.Requests() < minutes*limit*95/100 {
					t.Errorf("%d requests in %d minutes", server.Requests(), minutes)
				}
				checkRefused(t, server.Requests(), server.Refused(), s.refused)
			})
		})
	}
}
