package api_test

import (
	"context"
	"errors"
	"fmt"
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
	"github.com/sellerscenter/client-go/api/apitest"
)

// serveOneOf is a server of batches of which one is completed, and the others never are. A poll of
// theirs takes a second, even if its context ends before.
func serveOneOf(done uuid.UUID) *recording {
	return record(func(_ int, w http.ResponseWriter, r *http.Request) {
		if requestedBatch(r) == done {
			writeAnswer(w, r, "completed")
			return
		}
		time.Sleep(time.Second)
		writeAnswer(w, r, "processing")
	})
}

// TestBatchesAreYieldedAsTheyEnd has a batch that ends at each second. One is there twice.
func TestBatchesAreYieldedAsTheyEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := apitest.NewServer()
		defer server.Close()
		c, err := api.New(apitest.URL, apitest.Key, api.WithHTTPClient(server.HTTPClient()))
		if err != nil {
			t.Fatal(err)
		}
		quick := server.AddBatch(apitest.Batch{})
		failed := server.AddBatch(apitest.Batch{Statuses: []api.BatchStatus{"pending", "failed"}})
		slow := server.AddBatch(apitest.Batch{
			Statuses: []api.BatchStatus{"pending", "processing", "retry", "completed"},
		})
		unknown := uuid.New()
		ids := []uuid.UUID{slow, failed, unknown, quick, slow}
		batches := c.WaitShipOrderBatches(t.Context(), ids, every(time.Second),
			api.WithNotFoundGrace(2*time.Second))
		start := time.Now()
		var got []string
		for batch, err := range batches {
			yielded := time.Since(start).String()
			var batchErr *api.BatchError
			if errors.As(err, &batchErr) {
				yielded += fmt.Sprintf(", error of %d %s", slices.Index(ids, batchErr.ID), batchErr.Status)
			}
			if batch != nil {
				yielded += fmt.Sprintf(", batch %d %s", slices.Index(ids, batch.BatchRequestID), batch.Status)
			}
			got = append(got, yielded)
		}
		want := []string{
			"0s, batch 3 completed", "1s, error of 1 failed, batch 1 failed",
			"2s, error of 2 ", "3s, batch 0 completed",
		}
		again := 0
		for _, err := range batches { // waits anew
			if err == nil {
				again++
			}
		}
		if !slices.Equal(got, want) || again != 2 {
			t.Errorf("yielded %q, and %d again, want %q, and two", got, again, want)
		}
	})
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

// TestPollsAreSpreadOverTheWindow: ten may go at once, a few more when those are answered, and the rest
// evenly, so that each of many batches is asked after in turn. Those behind the first are asked after
// slowly at first, since most batches would not be done.
func TestPollsAreSpreadOverTheWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
		defer cancel()
		s := serve("processing")
		s.latency = 80 * time.Millisecond
		for _, err := range newClient(t, s).WaitShipOrderBatches(ctx, newIDs(300)) {
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Error(err)
			}
		}
		atOnce := s.by(79 * time.Millisecond)
		soon := s.by(10 * time.Second)
		late := s.by(150 * time.Second)
		if atOnce != 10 || soon < 18 || soon > 25 || late < 400 || late > 450 {
			t.Errorf("%d polls at once, %d in 10 s, %d in 150 s; want 10, 18 to 25, 400 to 450",
				atOnce, soon, late)
		}
		asked := map[uuid.UUID]bool{}
		var silence time.Duration
		for _, id := range s.batches[:300] {
			asked[id] = true
		}
		for i, at := range s.arrived[1:] {
			silence = max(silence, at-s.arrived[i])
		}
		if len(asked) != 300 || silence > 11*time.Second {
			t.Errorf("the first 300 polls asked after %d batches; up to %v apart", len(asked), silence)
		}
	})
}

func TestBreakingOutStopsTheRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ids := newIDs(50)
		s := serveOneOf(ids[3])
		for batch, err := range newClient(t, s).WaitShipOrderBatches(t.Context(), ids) {
			if err != nil || batch.BatchRequestID != ids[3] {
				t.Errorf("yielded %+v, %v", batch, err)
			}
			break
		}
		checkNothingRuns(t)
	})
}

// checkNothingRuns looks for goroutines of the client. Their number would tell less: the
// runtime's own come and go.
func checkNothingRuns(t *testing.T) {
	t.Helper()
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	for stack := range strings.SplitSeq(string(stacks), "\n\n") {
		if strings.Contains(stack, "client-go/api.") || strings.Contains(stack, "client-go/internal/") {
			t.Errorf("a goroutine goes on:\n%s", stack)
		}
	}
}

func TestSlowConsumerDoesNotHoldWaitsUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serve(append(slices.Repeat([]string{"processing"}, 5), "completed")...)
		n := 0
		for _, err := range newClient(t, s).WaitShipOrderBatches(t.Context(), newIDs(5)) {
			if err != nil {
				t.Error(err)
			}
			time.Sleep(time.Hour)
			n++
		}
		if last := s.arrived[len(s.arrived)-1]; n != 5 || last > 10*time.Second {
			t.Errorf("%d batches; the last poll came after %v", n, last)
		}
	})
}

func TestEndOfContextYieldsEachBatchLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(5500*time.Millisecond, cancel)
		ids := newIDs(10)
		left := map[uuid.UUID]bool{}
		for _, err := range newClient(t, serveOneOf(ids[3])).WaitShipOrderBatches(ctx, ids) {
			var batchErr *api.BatchError
			isLeft := errors.As(err, &batchErr) && errors.Is(err, context.Canceled)
			if isLeft && batchErr.Status == api.StatusProcessing {
				left[batchErr.ID] = true
			}
		}
		if len(left) != 9 || left[ids[3]] {
			t.Errorf("%d batches left, want nine", len(left))
		}
		checkNothingRuns(t)
	})
}

// TestProgressOfManyNeverOverlaps: the race detector sees it if calls do.
func TestProgressOfManyNeverOverlaps(t *testing.T) {
	calls := 0
	running := 0
	most := 0
	progress := api.WithProgress(func(api.Progress) {
		calls++
		running++
		most = max(most, running)
		runtime.Gosched()
		running--
	})
	c := newClient(t, serve("completed"), api.WithoutRateLimit())
	for _, err := range c.WaitShipOrderBatches(t.Context(), newIDs(100), progress) {
		if err != nil {
			t.Error(err)
		}
	}
	if calls != 100 || most != 1 {
		t.Errorf("%d calls of the progress function, up to %d at once", calls, most)
	}
}

// TestGoexitDoesNotBlockTheLoop: t.Fatal ends the goroutine that calls it, here that of one wait.
func TestGoexitDoesNotBlockTheLoop(t *testing.T) {
	ids := newIDs(5)
	exit := func(id uuid.UUID) {
		if id == ids[2] {
			runtime.Goexit()
		}
	}
	send := serve("completed").RoundTrip
	for _, tt := range []struct {
		name     string
		send     wire
		progress func(api.Progress)
	}{
		{"in the progress function", send, func(p api.Progress) { exit(p.ID) }},
		{
			"in the transport",
			after(func(r *http.Request) { exit(requestedBatch(r)) }, send),
			func(api.Progress) {},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newClient(t, tt.send)
				yielded := 0
				var failed []uuid.UUID
				for _, err := range c.WaitShipOrderBatches(t.Context(), ids, api.WithProgress(tt.progress)) {
					yielded++
					var batchErr *api.BatchError
					if errors.As(err, &batchErr) {
						failed = append(failed, batchErr.ID)
					}
				}
				if yielded != 5 || !slices.Equal(failed, ids[2:3]) {
					t.Errorf("%d batches yielded, %v failed, want five, and %v", yielded, failed, ids[2])
				}
				checkNothingRuns(t)
			})
		})
	}
}

// TestManyGoroutinesShareAClient is for the race detector.
func TestManyGoroutinesShareAClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, serve(append(slices.Repeat([]string{"processing"}, 50), "completed")...))
		var all sync.WaitGroup
		for _, id := range newIDs(100) {
			all.Go(func() {
				_, waited := c.WaitShipOrderBatch(t.Context(), id)
				_, called := get(t.Context(), c)
				if limit := c.RateLimits()[0].Limit; waited != nil || called != nil || limit != 200 {
					t.Errorf("errors %v, %v, limit %d", waited, called, limit)
				}
			})
		}
		all.Wait()
	})
}
