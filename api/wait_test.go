package api_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/generated"
)

// answers is a server that gives one answer after the other, the last one for ever: a status of the batch; if it is a number an HTTP
// status, with a Retry-After if there is one behind a slash; or a body in JSON. It records when it was asked.
type answers struct {
	answers []string
	asked   []time.Duration
	start   time.Time
}

func serve(all ...string) *answers { return &answers{answers: all, start: time.Now()} }

func (a *answers) RoundTrip(r *http.Request) (*http.Response, error) {
	return handle(func(w http.ResponseWriter, r *http.Request) {
		answer := a.answers[min(len(a.asked), len(a.answers)-1)]
		a.asked = append(a.asked, time.Since(a.start))
		number, retryAfter, told := strings.Cut(answer, "/")
		if status, err := strconv.Atoi(number); err == nil {
			if told {
				w.Header().Set("Retry-After", retryAfter)
			}
			writeJSON(w, status, `{"message":"no"}`)
			return
		}
		if strings.HasPrefix(answer, "{") {
			writeJSON(w, http.StatusOK, answer)
			return
		}
		id := r.URL.Query().Get("batch_request_id")
		writeJSON(w, http.StatusOK, fmt.Sprintf(`{"batchRequestId":%q,"status":%q,"items":[]}`, id, answer))
	})(r)
}

// once makes calls without retries, so that each answer is a poll.
var once = api.WithRetry(api.RetryPolicy{MaxAttempts: 1})

func TestWaitEndsWithTheBatch(t *testing.T) {
	for _, tt := range []struct {
		name    string
		answers string
		opts    []api.WaitOption
		status  generated.RequestStatus // of the result, empty for none
		polls   int
		want    error // nil for success
		says    string
	}{
		{name: "completed at once", answers: "completed", status: "completed", polls: 1},
		{name: "in progress", answers: "pending processing retry completed", status: "completed", polls: 4},
		{name: "unknown status", answers: "paused completed", status: "completed", polls: 2},
		{name: "failed", answers: "processing failed", status: "failed", polls: 2, want: api.ErrBatchFailed, says: "after 2 polls"},
		{name: "transient failures", answers: "503 429 500 408 524 completed", status: "completed", polls: 6},
		{name: "400", answers: "pending 400", polls: 2, want: api.ErrBadRequest, says: `last status "pending"`},
		{name: "401", answers: "401", polls: 1, want: api.ErrUnauthorized, says: "after 1 poll:"},
		{name: "403", answers: "403", polls: 1, want: api.ErrForbidden},
		{name: "422", answers: "422", polls: 1, says: "422"},
		{name: "501", answers: "501", polls: 1, want: api.ErrServer, says: "501"},
		{name: "200 that is no batch", answers: `{"status":7}`, polls: 1, says: "after 1 poll:"},
		{name: "404", answers: "404", polls: 1, want: api.ErrNotFound},
		{name: "404 within the grace", answers: "404 404 completed", opts: []api.WaitOption{api.WithNotFoundGrace(10 * time.Second)}, status: "completed", polls: 3},
		{name: "404 beyond the grace", answers: "404", opts: []api.WaitOption{api.WithNotFoundGrace(time.Second)}, polls: 3, want: api.ErrNotFound},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := serve(strings.Fields(tt.answers)...)
				opts := append([]api.WaitOption{api.WithPollInterval(600*time.Millisecond, 600*time.Millisecond)}, tt.opts...)
				batch, err := newClient(t, s, once).WaitShipOrderBatch(t.Context(), batchID, opts...)
				if (batch != nil) != (tt.status != "") || batch != nil && (batch.Status != tt.status || batch.BatchRequestID != batchID) {
					t.Errorf("result %+v, want status %q", batch, tt.status)
				}
				if len(s.asked) != tt.polls {
					t.Errorf("%d polls, want %d", len(s.asked), tt.polls)
				}
				if tt.want == nil && tt.says == "" {
					if err != nil {
						t.Error(err)
					}
					return
				}
				var batchErr *api.BatchError
				if !errors.As(err, &batchErr) || batchErr.ID != batchID || tt.want != nil && !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.says) {
					t.Errorf("error %v, want a *BatchError that matches %v and says %q", err, tt.want, tt.says)
				}
			})
		})
	}
}

func TestEmptyStatusIsAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		batch, err := newClient(t, serve("")).WaitShipOrderBatch(t.Context(), batchID)
		var batchErr *api.BatchError
		if batch != nil || !errors.As(err, &batchErr) || !strings.Contains(err.Error(), "without a status") {
			t.Errorf("result %v, error %v", batch, err)
		}
	})
}

func TestPollIntervalGrowsWithJitter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serve(append(slices.Repeat([]string{"processing"}, 200), "completed")...)
		if _, err := newClient(t, s, api.WithoutRateLimit()).WaitShipOrderBatch(t.Context(), batchID); err != nil {
			t.Fatal(err)
		}
		if s.asked[0] != 0 || s.asked[1] != 500*time.Millisecond {
			t.Errorf("first polls after %v, want at once and 500ms later", s.asked[:2])
		}
		var gaps []time.Duration
		for i := range s.asked[10:] {
			gaps = append(gaps, s.asked[10+i]-s.asked[9+i])
		}
		low, high := slices.Min(gaps), slices.Max(gaps)
		if low < 1500*time.Millisecond || high > 3*time.Second || high < 2900*time.Millisecond || low > 1600*time.Millisecond {
			t.Errorf("later polls %v to %v apart, want up to half off 3s", low, high)
		}
	})
}

func TestRetryStatusWaitsLongest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serve("retry", "retry", "completed")
		if _, err := newClient(t, s).WaitShipOrderBatch(t.Context(), batchID); err != nil {
			t.Fatal(err)
		}
		if want := []time.Duration{0, 3 * time.Second, 6 * time.Second}; !slices.Equal(s.asked, want) {
			t.Errorf("polls after %v, want %v", s.asked, want)
		}
	})
}

func TestFiveMinutesOfFailuresEndWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serve("processing", "503")
		_, err := newClient(t, s).WaitShipOrderBatch(t.Context(), batchID)
		if !errors.Is(err, api.ErrServer) || !strings.Contains(err.Error(), `last status "processing"`) || !strings.Contains(err.Error(), "nothing but failures for 5m0s") {
			t.Errorf("error %v", err)
		}
		if d := time.Since(s.start); d < 5*time.Minute || d > 5*time.Minute+30*time.Second {
			t.Errorf("ended after %v", d)
		}
	})
}

// TestWaitBearsAFailureAfterALongQueue: the five minutes begin with a failure, not when the wait began to queue.
func TestWaitBearsAFailureAfterALongQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serve(append(slices.Repeat([]string{"completed"}, 7), "503", "completed")...)
		for _, err := range newClient(t, s, once, api.WithRateLimit(1)).WaitShipOrderBatches(t.Context(), newMany(10).ids) {
			if err != nil {
				t.Error(err)
			}
		}
		if len(s.asked) != 11 || s.asked[7] < 7*time.Minute {
			t.Errorf("polls after %v, want 11, the eighth after seven minutes in line", s.asked)
		}
	})
}

func TestWaitBearsTheTimeoutOfAPoll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		polls := 0
		c := newClient(t, wire(func(r *http.Request) (*http.Response, error) {
			if polls == 1 {
				return hang(r)
			}
			return handle(ok)(r)
		}))
		got, err := api.Wait(t.Context(), c, batchID, func(ctx context.Context, _ uuid.UUID) (int, generated.RequestStatus, error) {
			ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
			defer cancel()
			polls++
			resp, err := get(ctx, c)
			if err != nil {
				return 0, "", err
			}
			return polls, resp.JSON200.Status, nil
		})
		if got != 2 || err != nil {
			t.Errorf("result %d, error %v, want the second poll's", got, err)
		}
	})
}

func TestNextPollKeepsToRetryAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serve("503/200", "completed") // longer than the call's own retries wait
		_, err := newClient(t, s).WaitShipOrderBatch(t.Context(), batchID)
		if want := []time.Duration{0, 200 * time.Second}; !slices.Equal(s.asked, want) || err != nil {
			t.Errorf("polls after %v, error %v, want %v", s.asked, err, want)
		}
	})
}

func TestLastPollBeforeDeadline(t *testing.T) {
	for _, tt := range []struct {
		name    string
		answers []string
		ok      bool
	}{
		{"still in progress", []string{"pending", "processing"}, false},
		{"failing", []string{"processing", "503"}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
				defer cancel()
				s := serve(tt.answers...)
				_, err := newClient(t, s, once).WaitShipOrderBatch(ctx, batchID)
				last := s.asked[len(s.asked)-1]
				if last < 19*time.Second || last >= 20*time.Second || time.Since(s.start) > 20*time.Second {
					t.Errorf("last poll after %v, ended after %v, want just before 20s", last, time.Since(s.start))
				}
				if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), `last status "processing"`) ||
					!strings.Contains(err.Error(), fmt.Sprintf("after %d polls", len(s.asked))) {
					t.Errorf("error %v, want the deadline, the last status, and %d polls", err, len(s.asked))
				}
			})
		})
	}
	for _, before := range []string{"processing", "503/30"} { // the latter asks for more time than there is
		t.Run("completed at the last poll, before "+before, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
				defer cancel()
				start := time.Now()
				batch, err := newClient(t, wire(func(r *http.Request) (*http.Response, error) {
					if time.Since(start) > 19*time.Second {
						return serve("completed").RoundTrip(r)
					}
					return serve(before).RoundTrip(r)
				})).WaitShipOrderBatch(ctx, batchID)
				if err != nil || batch.Status != generated.RequestStatusCompleted {
					t.Errorf("the last poll's result was lost: %v, %v", batch, err)
				}
			})
		})
	}
}

func TestCancelledWaitEndsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(7*time.Second, cancel)
		s := serve("processing")
		_, err := newClient(t, s).WaitShipOrderBatch(ctx, batchID)
		var batchErr *api.BatchError
		if !errors.Is(err, context.Canceled) || !errors.As(err, &batchErr) || batchErr.Status != generated.RequestStatusProcessing || time.Since(s.start) != 7*time.Second {
			t.Errorf("error %v after %v", err, time.Since(s.start))
		}
	})
}

func TestProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got []api.Progress
		_, err := newClient(t, serve("503", "pending", "completed"), once).WaitShipOrderBatch(t.Context(), batchID,
			api.WithPollInterval(time.Second, time.Second), api.WithProgress(func(p api.Progress) { got = append(got, p) }))
		want := []api.Progress{
			{ID: batchID, Polls: 1},
			{ID: batchID, Polls: 2, Status: "pending", Elapsed: time.Second},
			{ID: batchID, Polls: 3, Status: "completed", Elapsed: 2 * time.Second},
		}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("progress %+v, error %v, want %+v", got, err, want)
		}
	})
}

func TestBadWaitOptions(t *testing.T) {
	c := newClient(t, handle(ok))
	for want, opt := range map[string]api.WaitOption{
		"WithPollInterval":                  api.WithPollInterval(0, time.Second),
		"WithPollInterval: 2s, 1s; write a": api.WithPollInterval(2*time.Second, time.Second),
		"WithProgress":                      api.WithProgress(nil),
		"WithNotFoundGrace":                 api.WithNotFoundGrace(-1),
	} {
		if _, err := c.WaitShipOrderBatch(t.Context(), batchID, opt); err == nil || !strings.HasPrefix(err.Error(), "sellerscenter: "+want) {
			t.Errorf("error %v, want one that begins with %q", err, want)
		}
		n := 0
		for batch, err := range c.WaitShipOrderBatches(t.Context(), []uuid.UUID{batchID, uuid.New()}, opt) {
			if n++; batch != nil || err == nil || !strings.HasPrefix(err.Error(), "sellerscenter: "+want) {
				t.Errorf("yielded %v, %v, want an error that begins with %q", batch, err, want)
			}
		}
		if n != 1 {
			t.Errorf("yielded %d times, want once", n)
		}
	}
	poll := func(context.Context, uuid.UUID) (int, generated.RequestStatus, error) { return 1, "completed", nil }
	if _, err := api.Wait(t.Context(), nil, batchID, poll); err == nil {
		t.Error("Wait without a client")
	}
	if _, err := api.Wait[int](t.Context(), c, batchID, nil); err == nil {
		t.Error("Wait without a poll function")
	}
}

// many is a server of batches that end one second after another, except those that fail or are unknown.
type many struct {
	start  time.Time
	ids    []uuid.UUID
	failed map[uuid.UUID]bool
}

func newMany(n int) *many {
	m := &many{start: time.Now(), failed: map[uuid.UUID]bool{}}
	for range n {
		m.ids = append(m.ids, uuid.New())
	}
	return m
}

func (m *many) RoundTrip(r *http.Request) (*http.Response, error) {
	id := uuid.MustParse(r.URL.Query().Get("batch_request_id"))
	i := slices.Index(m.ids, id)
	status := "processing"
	switch {
	case i < 0:
		return serve("404").RoundTrip(r)
	case time.Since(m.start) >= time.Duration(len(m.ids)-i)*time.Second:
		status = "completed"
		if m.failed[id] {
			status = "failed"
		}
	}
	return serve(status).RoundTrip(r)
}

func TestBatchesAreYieldedAsTheyEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMany(10)
		m.failed[m.ids[3]] = true
		unknown := uuid.New()
		ids := append(slices.Concat(m.ids, m.ids[:5]), unknown)
		var order []uuid.UUID
		for batch, err := range newClient(t, m).WaitShipOrderBatches(t.Context(), ids) {
			var batchErr *api.BatchError
			switch {
			case err == nil:
				order = append(order, batch.BatchRequestID)
			case !errors.As(err, &batchErr):
				t.Errorf("error %v, want a *BatchError", err)
			case errors.Is(err, api.ErrBatchFailed):
				if batchErr.ID != m.ids[3] || batch == nil || batch.Status != generated.RequestStatusFailed {
					t.Errorf("failed batch %v, error %v", batch, err)
				}
				order = append(order, batchErr.ID)
			case errors.Is(err, api.ErrNotFound) && batchErr.ID == unknown && batch == nil:
				order = append(order, unknown)
			default:
				t.Errorf("batch %v, error %v", batch, err)
			}
		}
		want := append([]uuid.UUID{unknown}, m.ids...)
		slices.Reverse(want[1:])
		slices.SortFunc(order, func(a, b uuid.UUID) int { return strings.Compare(a.String(), b.String()) })
		slices.SortFunc(want, func(a, b uuid.UUID) int { return strings.Compare(a.String(), b.String()) })
		if !slices.Equal(order, want) {
			t.Errorf("yielded %v, want each of %v once", order, want)
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
		ids := make([]uuid.UUID, 10_000)
		for i := range ids {
			ids[i] = uuid.New()
		}
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
			if n++; n == 3 {
				break
			}
		}
		// A number of goroutines would tell less: the runtime's own come and go.
		stacks := make([]byte, 1<<20)
		stacks = stacks[:runtime.Stack(stacks, true)]
		if left := strings.Count(string(stacks), ".WaitShipOrderBatch("); left > 0 || n != 3 {
			t.Errorf("%d waits go on after %d batches", left, n)
		}
		if d := time.Since(m.start); d > 30*time.Second {
			t.Errorf("the loop ended after %v", d)
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
		done, left := 0, map[uuid.UUID]bool{}
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
	})
}

func TestProgressOfManyNeverOverlaps(t *testing.T) {
	m := newMany(0)
	for range 100 {
		m.ids = append(m.ids, uuid.New())
	}
	m.start = time.Now().Add(-time.Hour)
	var running, calls atomic.Int32
	progress := api.WithProgress(func(api.Progress) {
		if running.Add(1) != 1 {
			t.Error("two at the same time")
		}
		runtime.Gosched()
		calls.Add(1)
		running.Add(-1)
	})
	for _, err := range newClient(t, m, api.WithoutRateLimit()).WaitShipOrderBatches(t.Context(), m.ids, progress) {
		if err != nil {
			t.Error(err)
		}
	}
	if calls.Load() != 100 {
		t.Errorf("%d calls of the progress function", calls.Load())
	}
}

func TestWaitServesAnyOperation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		polls := 0
		got, err := api.Wait(t.Context(), newClient(t, handle(ok)), batchID, func(_ context.Context, id uuid.UUID) (string, generated.RequestStatus, error) {
			if polls++; polls < 3 {
				return "", generated.RequestStatusPending, nil
			}
			return "stocks of " + id.String(), generated.RequestStatusCompleted, nil
		})
		if err != nil || got != "stocks of "+batchID.String() || polls != 3 {
			t.Errorf("%q after %d polls, error %v", got, polls, err)
		}
	})
}

func TestPollsOwnErrorEndsWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		polls, own := 0, errors.New("no such carrier: DHL_STD_NATIONAL")
		_, err := api.Wait(t.Context(), newClient(t, handle(ok)), batchID, func(context.Context, uuid.UUID) (int, generated.RequestStatus, error) {
			polls++
			return 0, "", own
		})
		if polls != 1 || !errors.Is(err, own) {
			t.Errorf("error %v after %d polls, want the poll's own after one", err, polls)
		}
	})
}

func TestHundredGoroutinesShareAClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMany(20)
		c := newClient(t, m)
		var all sync.WaitGroup
		for i := range 100 {
			all.Go(func() {
				switch i % 4 {
				case 0:
					if _, err := c.WaitShipOrderBatch(t.Context(), m.ids[i%20]); err != nil {
						t.Error(err)
					}
				case 1:
					for _, err := range c.WaitShipOrderBatches(t.Context(), m.ids[:3]) {
						if err != nil {
							t.Error(err)
						}
					}
				case 2:
					if _, err := get(t.Context(), c); !errors.Is(err, api.ErrNotFound) {
						t.Error(err)
					}
				default:
					if limits := c.RateLimits(); limits[0].Limit != 200 {
						t.Errorf("limits %+v", limits)
					}
				}
			})
		}
		all.Wait()
	})
}

// TestWaitForNothing: the likeliest of these mistakes is a field that was never set.
func TestWaitForNothing(t *testing.T) {
	c := newClient(t, wire(func(*http.Request) (*http.Response, error) {
		t.Error("a request was sent")
		return nil, io.EOF
	}))
	var batchErr *api.BatchError
	if _, err := c.WaitShipOrderBatch(t.Context(), uuid.Nil); !errors.As(err, &batchErr) || !strings.Contains(err.Error(), "is nil") {
		t.Errorf("error %v", err)
	}
	if _, err := api.Wait[any](t.Context(), c, batchID, nil); !errors.As(err, &batchErr) || batchErr.ID != batchID {
		t.Errorf("error %v", err)
	}
}

// TestWaitAtAnotherServerEndsAtOnce: a page of HTML in place of the first answer is a wrong base URL; later it is maintenance.
func TestWaitAtAnotherServerEndsAtOnce(t *testing.T) {
	for _, reached := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			polls := 0
			c := newClient(t, handle(func(w http.ResponseWriter, r *http.Request) {
				switch polls++; {
				case polls == 1 && reached:
					w.Header().Set("Content-Type", "application/json")
					_, _ = io.WriteString(w, strings.Replace(completed, `"completed"`, `"pending"`, 1))
				case polls == 3:
					ok(w, r)
				default:
					w.Header().Set("Content-Type", "text/html")
					_, _ = io.WriteString(w, "<html><title>Welcome</title></html>")
				}
			}))
			_, err := c.WaitShipOrderBatch(t.Context(), batchID)
			if want := map[bool]int{false: 1, true: 3}[reached]; polls != want || (err == nil) != reached {
				t.Errorf("reached %v: %d polls, error %v, want %d polls", reached, polls, err, want)
			}
		})
	}
}
