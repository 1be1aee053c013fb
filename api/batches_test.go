package api_test

import (
	"context"
	"errors"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/generated"
)

func sorted(ids []uuid.UUID) []uuid.UUID {
	return slices.SortedFunc(slices.Values(ids), func(a, b uuid.UUID) int {
		return strings.Compare(a.String(), b.String())
	})
}

func TestBatchesAreYieldedAsTheyEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMany(10)
		m.failed = m.ids[3]
		unknown := uuid.New()
		ids := append(slices.Concat(m.ids, m.ids[:5]), unknown)
		var got []uuid.UUID
		var times []time.Duration
		for batch, err := range newClient(t, m).WaitShipOrderBatches(t.Context(), ids) {
			times = append(times, time.Since(m.start))
			var batchErr *api.BatchError
			switch {
			case err == nil:
				got = append(got, batch.BatchRequestID)
			case !errors.As(err, &batchErr):
				t.Errorf("error %v, want a *BatchError", err)
			case errors.Is(err, api.ErrBatchFailed):
				if batchErr.ID != m.failed || batch == nil || batch.Status != generated.RequestStatusFailed {
					t.Errorf("failed batch %v, error %v", batch, err)
				}
				got = append(got, batchErr.ID)
			case errors.Is(err, api.ErrNotFound) && batchErr.ID == unknown && batch == nil:
				got = append(got, unknown)
			default:
				t.Errorf("batch %v, error %v", batch, err)
			}
		}
		if want := append(slices.Clone(m.ids), unknown); !slices.Equal(sorted(got), sorted(want)) {
			t.Errorf("yielded %v, want each of %v once", got, want)
		}
		if times[0] > time.Second || times[10] < 10*time.Second {
			t.Errorf("yielded after %v, want each when it ended", times)
		}
	})
}

func TestWaitAllServesAnyOperation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		type stocks struct{ batch uuid.UUID }
		var mu sync.Mutex
		polls := map[uuid.UUID]int{}
		poll := func(_ context.Context, id uuid.UUID) (stocks, api.BatchStatus, error) {
			mu.Lock()
			defer mu.Unlock()
			polls[id]++
			if polls[id] < 3 {
				return stocks{}, api.StatusProcessing, nil
			}
			return stocks{id}, api.StatusCompleted, nil
		}
		ids := newIDs(3)
		batches := api.WaitAll(t.Context(), newClient(t, handle(ok)), append(ids, ids[0]), poll)
		for range 2 { // ranging again waits anew
			clear(polls)
			var got []uuid.UUID
			for result, err := range batches {
				if err != nil {
					t.Error(err)
				}
				got = append(got, result.batch)
			}
			if !slices.Equal(sorted(got), sorted(ids)) || polls[ids[0]] != 3 {
				t.Errorf("yielded %v, want each of %v once; polls %v", got, ids, polls)
			}
		}
	})
}

func TestNoBatches(t *testing.T) {
	for batch, err := range newClient(t, handle(ok)).WaitShipOrderBatches(t.Context(), nil) {
		t.Errorf("yielded %v, %v", batch, err)
	}
}

func TestTenThousandBatches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ids := newIDs(10_000)
		start := time.Now()
		seen := map[uuid.UUID]bool{}
		for batch, err := range newClient(t, serve("completed")).WaitShipOrderBatches(t.Context(), ids) {
			if err != nil {
				t.Fatal(err)
			}
			seen[batch.BatchRequestID] = true
		}
		// 200 a minute, less the few that are left to direct calls.
		if len(seen) != len(ids) || time.Since(start) > 52*time.Minute {
			t.Errorf("%d batches in %v", len(seen), time.Since(start))
		}
	})
}

func TestBreakingOutStopsTheRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMany(50)
		n := 0
		for _, err := range newClient(t, m).WaitShipOrderBatches(t.Context(), m.ids) {
			if err != nil {
				t.Fatal(err)
			}
			n++
			if n == 3 {
				break
			}
		}
		checkNothingRuns(t)
		if d := time.Since(m.start); d > 30*time.Second || n != 3 {
			t.Errorf("the loop ended after %v and %d batches", d, n)
		}
	})
}

func TestSlowConsumerDoesNotHoldWaitsUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMany(5)
		var last time.Duration
		progress := api.WithProgress(func(api.Progress) { last = time.Since(m.start) })
		n := 0
		for _, err := range newClient(t, m).WaitShipOrderBatches(t.Context(), m.ids, progress) {
			if err != nil {
				t.Error(err)
			}
			time.Sleep(time.Hour)
			n++
		}
		if n != 5 || last > 10*time.Second {
			t.Errorf("%d batches; the last poll came after %v", n, last)
		}
	})
}

func TestEndOfContextYieldsEachBatchLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(5500*time.Millisecond, cancel)
		m := newMany(10)
		done := 0
		left := map[uuid.UUID]bool{}
		for _, err := range newClient(t, m).WaitShipOrderBatches(ctx, m.ids) {
			var batchErr *api.BatchError
			if err == nil {
				done++
			} else if errors.As(err, &batchErr) && errors.Is(err, context.Canceled) {
				left[batchErr.ID] = true
			}
		}
		if done < 1 || done+len(left) != 10 {
			t.Errorf("%d batches done, %d left", done, len(left))
		}
		checkNothingRuns(t)
	})
}

// TestProgressOfManyNeverOverlaps: the race detector sees it if calls do.
func TestProgressOfManyNeverOverlaps(t *testing.T) {
	calls := 0
	overlaps := false
	running := false
	progress := api.WithProgress(func(api.Progress) {
		calls++
		overlaps = overlaps || running
		running = true
		runtime.Gosched()
		running = false
	})
	c := newClient(t, serve("completed"), api.WithoutRateLimit())
	for _, err := range c.WaitShipOrderBatches(t.Context(), newIDs(100), progress) {
		if err != nil {
			t.Error(err)
		}
	}
	if calls != 100 || overlaps {
		t.Errorf("%d calls of the progress function, overlapping: %v", calls, overlaps)
	}
}

// TestGoexitDoesNotBlockTheLoop: t.Fatal ends the goroutine that calls it, here that of one wait.
func TestGoexitDoesNotBlockTheLoop(t *testing.T) {
	for _, where := range []string{"progress function", "transport"} {
		t.Run(where, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ids := newIDs(5)
				c := newClient(t, wire(func(r *http.Request) (*http.Response, error) {
					if where == "transport" && requestedBatch(r) == ids[2] {
						runtime.Goexit()
					}
					return serve("completed").RoundTrip(r)
				}))
				progress := api.WithProgress(func(p api.Progress) {
					if where == "progress function" && p.ID == ids[2] {
						runtime.Goexit()
					}
				})
				ended := make(chan struct{})
				results := map[uuid.UUID]error{}
				go func() {
					defer close(ended)
					for batch, err := range c.WaitShipOrderBatches(t.Context(), ids, progress) {
						var batchErr *api.BatchError
						switch {
						case errors.As(err, &batchErr):
							results[batchErr.ID] = err
						case batch != nil:
							results[batch.BatchRequestID] = err
						}
					}
				}()
				select {
				case <-ended:
				case <-time.After(time.Hour):
					t.Fatal("the loop blocks")
				}
				checkNothingRuns(t)
				for i, id := range ids {
					err, yielded := results[id]
					if wantErr := i == 2; !yielded || (err != nil) != wantErr {
						t.Errorf("batch %d: yielded %v, error %v", i, yielded, err)
					}
				}
			})
		})
	}
}
