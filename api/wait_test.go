package api_test

import (
	"context"
	"errors"
	"io"
	"math"
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

func TestWaitEndsWithTheBatch(t *testing.T) {
	within := func(d time.Duration) []api.WaitOption {
		return []api.WaitOption{api.WithNotFoundGrace(d)}
	}
	for _, tt := range []struct {
		name    string
		answers string
		opts    []api.WaitOption
		status  string // of the result, empty for none
		polls   int
		want    error // nil for success
		says    string
	}{
		{name: "completed at once", answers: "completed", status: "completed", polls: 1},
		{name: "in progress", answers: "pending processing retry completed", status: "completed", polls: 4},
		{name: "unknown status", answers: "paused completed", status: "completed", polls: 2},
		{name: "failed", answers: "processing failed", status: "failed", polls: 2, want: api.ErrBatchFailed},
		{name: "transient failures", answers: "503 429 500 408 524 completed", status: "completed", polls: 6},
		{name: "400", answers: "pending 400", polls: 2, want: api.ErrBadRequest, says: "400"},
		{name: "401", answers: "401", polls: 1, want: api.ErrUnauthorized, says: "401"},
		{name: "403", answers: "403", polls: 1, want: api.ErrForbidden},
		{name: "422", answers: "422", polls: 1, says: "422"},
		{name: "501", answers: "501", polls: 1, want: api.ErrServer, says: "501"},
		{name: "200 that is no batch", answers: `{"status":7}`, polls: 1, says: "after 1 poll:"},
		{name: "empty status", answers: `{"status":""}`, polls: 1, says: "without a status"},
		{name: "page of another server", answers: "<html>", polls: 1, says: "text/html"},
		{name: "page of maintenance", answers: "pending <html> completed", status: "completed", polls: 3},
		{name: "404", answers: "404", polls: 1, want: api.ErrNotFound},
		{
			name: "404 within the grace", answers: "404 404 completed", opts: within(10 * time.Second),
			status: "completed", polls: 3,
		},
		{
			name: "404 beyond the grace", answers: "404", opts: within(time.Second),
			polls: 3, want: api.ErrNotFound,
		},
		{
			name: "404 within the longest grace", answers: "404 completed", opts: within(math.MaxInt64),
			status: "completed", polls: 2,
		},
		{
			name: "nothing but 404 within a long grace", answers: strings.Repeat("404 ", 1000) + "completed",
			opts: within(time.Hour), status: "completed", polls: 1001, // ten minutes
		},
		{
			name: "another failure after a long grace", opts: within(time.Hour),
			answers: strings.Repeat("404 ", 1000) + "503 completed", status: "completed", polls: 1002,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := serve(strings.Fields(tt.answers)...)
				every := api.WithPollInterval(600*time.Millisecond, 600*time.Millisecond)
				c := newClient(t, s, once)
				batch, err := c.WaitShipOrderBatch(t.Context(), batchID, append(tt.opts, every)...)
				if batch == nil && tt.status != "" || batch != nil && string(batch.Status) != tt.status {
					t.Errorf("result %+v, want status %q", batch, tt.status)
				}
				if batch != nil && batch.BatchRequestID != batchID {
					t.Errorf("result of batch %v", batch.BatchRequestID)
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
				if !errors.As(err, &batchErr) || batchErr.ID != batchID {
					t.Fatalf("error %v, want a *BatchError of the batch", err)
				}
				if tt.want != nil && !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.says) {
					t.Errorf("error %v, want one that matches %v and says %q", err, tt.want, tt.says)
				}
			})
		})
	}
}

// TestWaitBearsAFailureAfterALongQueue: the five minutes begin with a failure, not when the wait
// began to queue.
func TestWaitBearsAFailureAfterALongQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serve(append(slices.Repeat([]string{"completed"}, 7), "503", "completed")...)
		c := newClient(t, s, once, api.WithRateLimit(1))
		for _, err := range c.WaitShipOrderBatches(t.Context(), newIDs(10)) {
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
		poll := func(ctx context.Context, _ uuid.UUID) (int, api.BatchStatus, error) {
			ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
			defer cancel()
			polls++
			resp, err := get(ctx, c)
			if err != nil {
				return 0, "", err
			}
			return polls, api.BatchStatus(resp.JSON200.Status), nil
		}
		got, err := api.Wait(t.Context(), c, batchID, poll)
		if got != 2 || err != nil {
			t.Errorf("result %d, error %v, want the second poll's", got, err)
		}
	})
}

func TestProgressTellsEachPollAndWhyItFailed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got []api.Progress
		c := newClient(t, serve("503", "pending", "completed"), once)
		_, err := c.WaitShipOrderBatch(t.Context(), batchID, api.WithPollInterval(time.Second, time.Second),
			api.WithProgress(func(p api.Progress) { got = append(got, p) }))
		if err != nil || len(got) != 3 {
			t.Fatalf("progress %+v, error %v", got, err)
		}
		var apiErr *api.Error
		if !errors.As(got[0].Err, &apiErr) || apiErr.StatusCode != http.StatusServiceUnavailable {
			t.Errorf("the first poll failed with %v, want the 503", got[0].Err)
		}
		got[0].Err = nil
		want := []api.Progress{
			{ID: batchID, Polls: 1},
			{ID: batchID, Polls: 2, Status: api.StatusPending, Elapsed: time.Second},
			{ID: batchID, Polls: 3, Status: api.StatusCompleted, Elapsed: 2 * time.Second},
		}
		if !slices.Equal(got, want) {
			t.Errorf("progress %+v, want %+v", got, want)
		}
	})
}

func TestBadWaitOptions(t *testing.T) {
	c := newClient(t, handle(ok))
	for _, tt := range []struct {
		opt  api.WaitOption
		want string
	}{
		{api.WithPollInterval(0, time.Second), "WithPollInterval"},
		{api.WithPollInterval(2*time.Second, time.Second), "WithPollInterval: 2s, 1s; write a"},
		{api.WithProgress(nil), "WithProgress"},
		{api.WithNotFoundGrace(-1), "WithNotFoundGrace"},
	} {
		want := "sellerscenter: " + tt.want
		_, err := c.WaitShipOrderBatch(t.Context(), batchID, tt.opt)
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("error %v, want one that begins with %q", err, want)
		}
		n := 0
		for batch, err := range c.WaitShipOrderBatches(t.Context(), newIDs(2), tt.opt) {
			n++
			if batch != nil || err == nil || !strings.HasPrefix(err.Error(), want) {
				t.Errorf("yielded %v, %v, want an error that begins with %q", batch, err, want)
			}
		}
		if n != 1 {
			t.Errorf("yielded %d times, want once", n)
		}
	}
}

// TestWaitForNothing: the likeliest of these mistakes is a field that was never set.
func TestWaitForNothing(t *testing.T) {
	c := newClient(t, wire(func(*http.Request) (*http.Response, error) {
		t.Error("a request was sent")
		return nil, io.EOF
	}))
	poll := func(context.Context, uuid.UUID) (int, api.BatchStatus, error) {
		return 1, api.StatusCompleted, nil
	}
	_, noID := c.WaitShipOrderBatch(t.Context(), uuid.Nil)
	_, noPoll := api.Wait[int](t.Context(), c, batchID, nil)
	_, noClient := api.Wait(t.Context(), nil, batchID, poll)
	failures := []error{noID, noPoll, noClient}
	for _, err := range api.WaitAll[int](t.Context(), c, []uuid.UUID{batchID}, nil) {
		failures = append(failures, err)
	}
	for _, err := range api.WaitAll(t.Context(), nil, []uuid.UUID{batchID}, poll) {
		failures = append(failures, err)
	}
	for _, err := range failures {
		if err == nil || !strings.Contains(err.Error(), "nil") {
			t.Errorf("error %v, want one that says what is nil", err)
		}
	}
	var batchErr *api.BatchError
	if !errors.As(noPoll, &batchErr) || batchErr.ID != batchID || len(failures) != 5 {
		t.Errorf("%d errors, of a wait without a poll function %v, want a *BatchError", len(failures), noPoll)
	}
}

func TestPollsOwnErrorEndsWait(t *testing.T) {
	polls := 0
	own := errors.New("no such carrier: DHL_STD_NATIONAL")
	poll := func(context.Context, uuid.UUID) (int, api.BatchStatus, error) {
		polls++
		return 0, "", own
	}
	_, err := api.Wait(t.Context(), newClient(t, handle(ok)), batchID, poll)
	if polls != 1 || !errors.Is(err, own) {
		t.Errorf("error %v after %d polls, want the poll's own after one", err, polls)
	}
}

// TestPollsBypassCaches: a cache in between could answer for ever with the first poll's status.
func TestPollsBypassCaches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got [][]string
		s := record(func(n int, w http.ResponseWriter, r *http.Request) {
			got = append(got, r.Header.Values("Cache-Control"))
			writeAnswer(w, r, []string{"completed", "pending", "completed"}[n-1])
		})
		c := newClient(t, s)
		_, direct := get(t.Context(), c)
		_, err := c.WaitShipOrderBatch(t.Context(), batchID)
		if direct != nil || err != nil {
			t.Fatal(direct, err)
		}
		want := [][]string{nil, {"no-cache"}, {"no-cache"}} // a call of the user's is the user's affair
		if !slices.EqualFunc(got, want, slices.Equal) {
			t.Errorf("Cache-Control %q of a call and two polls, want %q", got, want)
		}
	})
}

// fakeMethods is a fake of a user's.
type fakeMethods struct {
	generated.ClientWithResponsesInterface

	response *generated.GetShipOrderBatchResultsResponse
}

func (f fakeMethods) GetShipOrderBatchResultsWithResponse(
	context.Context, *generated.GetShipOrderBatchResultsParams, ...generated.RequestEditorFn,
) (*generated.GetShipOrderBatchResultsResponse, error) {
	return f.response, nil
}

func TestFakeWithoutTheBatchIsAnError(t *testing.T) {
	for name, response := range map[string]*generated.GetShipOrderBatchResultsResponse{
		"response without JSON200": {}, "no response": nil,
		"no status": {JSON200: new(generated.ShipmentOrderResultsResponseSchema)},
		"status of another batch": {JSON200: &generated.ShipmentOrderResultsResponseSchema{
			BatchRequestID: uuid.New(), Status: generated.RequestStatusCompleted,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			c := &api.Client{ClientWithResponsesInterface: fakeMethods{response: response}}
			batch, err := c.WaitShipOrderBatch(t.Context(), batchID)
			var batchErr *api.BatchError
			if batch != nil || !errors.As(err, &batchErr) || batchErr.ID != batchID {
				t.Errorf("result %v, error %v, want a *BatchError", batch, err)
			}
		})
	}
}

func TestHundredGoroutinesShareAClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMany(20)
		c := newClient(t, m)
		var all sync.WaitGroup
		for i := range 100 {
			all.Go(func() {
				_, err := c.WaitShipOrderBatch(t.Context(), m.ids[i%20])
				_, unknown := get(t.Context(), c)
				limits := c.RateLimits()
				if err != nil || !errors.Is(unknown, api.ErrNotFound) || limits[0].Limit != 200 {
					t.Errorf("errors %v, %v, limits %+v", err, unknown, limits)
				}
			})
		}
		all.Wait()
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
