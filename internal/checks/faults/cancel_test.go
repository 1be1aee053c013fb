package faults

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/api/apitest"
)

type dialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// waitingPoint is a point at which a call can wait.
type waitingPoint struct {
	name string
	call func(context.Context, *api.Client, []uuid.UUID) error
	opts []api.Option
	// fault is that of each response, or handler responds.
	fault     apitest.Fault
	handler   http.HandlerFunc
	isHTTP2   bool
	dial      dialFunc      // in place of a network
	isSecond  bool          // another call is made before
	requests  int32         // that a call makes, one by default
	settle    time.Duration // from its last request's arrival on, until the call waits
	uncertain bool          // a POST was written, or a part of it
}

func get(ctx context.Context, client *api.Client, ids []uuid.UUID) error {
	return (&call{method: "GET", id: ids[0]}).do(ctx, client)
}

func post(ctx context.Context, client *api.Client, ids []uuid.UUID) error {
	return (&call{method: "POST", id: ids[0]}).do(ctx, client)
}

// large is more than the system takes in for a server that does not read.
var large = make([]byte, 32<<20)

func postLarge(ctx context.Context, client *api.Client, ids []uuid.UUID) error {
	return (&call{method: "POST", id: ids[0], body: large}).do(ctx, client)
}

func waitForOne(ctx context.Context, client *api.Client, ids []uuid.UUID) error {
	_, err := client.WaitShipOrderBatch(ctx, ids[0], hourly)
	return err
}

// waitForAll returns the errors of all waits, or another one if not all say that their context ends.
func waitForAll(ctx context.Context, client *api.Client, ids []uuid.UUID) error {
	var errs []error
	for _, err := range client.WaitShipOrderBatches(ctx, ids, hourly) {
		if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
			errs = append(errs, err)
		}
	}
	if len(errs) != len(ids) {
		return fmt.Errorf("%d of %d waits say that their context ends", len(errs), len(ids))
	}
	return errors.Join(errs...)
}

// hourly makes an interval between polls that a test does not see the end of, and longDelays such a
// backoff, except for one run in a million.
var (
	hourly     = api.WithPollInterval(time.Hour, time.Hour)
	longDelays = api.WithRetry(api.RetryPolicy{MinDelay: 1000 * time.Hour, MaxDelay: 1000 * time.Hour})
)

func hangInKeySource(ctx context.Context) (string, error) {
	<-ctx.Done()
	return "", ctx.Err()
}

func dialForever(ctx context.Context, _, _ string) (net.Conn, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

// silentListener accepts no connection: the system does so for it.
var silentListener, _ = net.Listen("tcp", "127.0.0.1:0")

func dialSilent(ctx context.Context, network, _ string) (net.Conn, error) {
	return new(net.Dialer).DialContext(ctx, network, silentListener.Addr().String())
}

func neverReads(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

func hangInBody(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	w.Header().Set("Content-Length", "1000")
	_, _ = io.WriteString(w, `{"batchRequestId":`)
	_ = http.NewResponseController(w).Flush()
	<-r.Context().Done()
	panic(http.ErrAbortHandler)
}

var (
	unavailable = apitest.Fault{Status: 503}
	later       = apitest.Fault{Status: 503, Header: http.Header{"Retry-After": {"60"}}}
	throttled   = apitest.Fault{Status: 429, Header: http.Header{"Retry-After": {"60"}}}
	silent      = apitest.Fault{Delay: time.Hour}
)

var waitingPoints = []waitingPoint{
	{name: "in line for the rate limit", call: get, opts: []api.Option{api.WithRateLimit(1)}, isSecond: true},
	{
		name: "in line after a 429", call: get, fault: throttled, isSecond: true,
		opts: []api.Option{api.WithRateLimit(1000), policies[1].retries()},
	},
	{name: "backoff", call: get, fault: unavailable, opts: []api.Option{longDelays}},
	{name: "Retry-After", call: get, fault: later},
	{name: "Retry-After, of a POST", call: post, fault: later, settle: 100 * time.Millisecond},
	{name: "key source", call: get, opts: []api.Option{api.WithKeySource(hangInKeySource)}},
	{name: "dial", call: get, dial: dialForever},
	{name: "TLS handshake", call: get, dial: dialSilent, isHTTP2: true},
	{name: "TLS handshake, of a POST", call: post, dial: dialSilent, isHTTP2: true},
	{name: "request's body", call: postLarge, handler: neverReads, uncertain: true},
	{name: "header", call: get, fault: silent},
	{name: "header, of a POST", call: post, fault: silent, uncertain: true},
	{name: "header, HTTP/2", call: get, fault: silent, isHTTP2: true},
	{name: "body", call: get, handler: hangInBody},
	{name: "body, of a POST", call: post, handler: hangInBody, uncertain: true},
	{name: "body, HTTP/2", call: get, handler: hangInBody, isHTTP2: true},
	{name: "poll interval", call: waitForOne},
	{name: "poll intervals of 50 batches", call: waitForAll, requests: 50},
	{
		name: "poll in line for the rate limit", call: waitForOne, isSecond: true,
		opts: []api.Option{api.WithRateLimit(1)},
	},
}

// waiting makes calls that wait. The channel gets a value for each request that arrives.
type waiting struct {
	call    func(context.Context) error
	reached chan struct{}
}

func (p waitingPoint) start(t *testing.T) *waiting {
	t.Helper()
	fake := apitest.NewServer()
	fake.Fail(slices.Repeat([]apitest.Fault{p.fault}, 1000)...)
	var ids []uuid.UUID
	for range 50 {
		ids = append(ids, fake.AddBatch(apitest.Batch{Statuses: []api.BatchStatus{api.StatusPending}}))
	}
	reached := make(chan struct{}, 10_000) // more than are made
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		reached <- struct{}{}
		if p.handler != nil {
			p.handler(w, r)
			return
		}
		fake.ServeHTTP(w, r)
	}))
	server.Config.BaseContext = func(net.Listener) context.Context { return t.Context() } // ends handlers
	if p.isHTTP2 {
		server.EnableHTTP2 = true
		server.StartTLS()
	} else {
		server.Start()
	}
	t.Cleanup(server.Close)
	transport := server.Client().Transport.(*http.Transport)
	if p.dial != nil {
		transport.DialContext = p.dial
	}
	client := newClient(t, server.URL, transport, p.opts...)
	if p.isSecond {
		_ = get(t.Context(), client, ids)
		<-reached
	}
	return &waiting{func(ctx context.Context) error { return p.call(ctx, client, ids) }, reached}
}

// checkAtOnce measures at each waiting point how soon a call returns. It does so anew where the
// median is too long, since the machine may have been busy for a while, and fails the test if it
// always is.
func checkAtOnce(t *testing.T, runs int, run func(*testing.T, waitingPoint, *waiting) time.Duration) {
	t.Helper()
	for _, p := range waitingPoints {
		t.Run(p.name, func(t *testing.T) {
			w := p.start(t)
			var delays []time.Duration
			for round := 0; round == 0 || round < 5 && delays[runs/2] > atOnce; round++ {
				delays = nil
				for range runs {
					delays = append(delays, run(t, p, w))
				}
				slices.Sort(delays)
			}
			t.Logf("returned within %v, in the median, and %v, at most", delays[runs/2], delays[runs-1])
			if delays[runs/2] > atOnce {
				t.Errorf("it took %v to return", delays)
			}
		})
	}
}

// TestReturnsAtOnceWhenCancelled cancels a call at each point at which it can wait.
func TestReturnsAtOnceWhenCancelled(t *testing.T) {
	checkAtOnce(t, 20, func(t *testing.T, p waitingPoint, w *waiting) time.Duration {
		t.Helper()
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		ended := make(chan error, 1)
		go func() { ended <- w.call(ctx) }()
		grace := 50 * time.Millisecond // where a call waits before a request arrives
		if p.uncertain {
			grace = time.Minute
		}
		for range max(p.requests, 1) {
			select {
			case <-w.reached:
			case <-time.After(grace):
			}
		}
		time.Sleep(max(p.settle, 5*time.Millisecond))
		began := time.Now()
		cancel()
		err := <-ended
		delay := time.Since(began)
		if !errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) ||
			errors.Is(err, api.ErrOutcomeUnknown) != p.uncertain {
			t.Errorf("the call ended with %v, want it canceled, its outcome unknown: %v", err, p.uncertain)
		}
		return delay
	})
}

// TestReturnsAtItsDeadline lets a deadline end a call at each point at which it can wait. Where a
// wait cannot end before the deadline it is not begun, and the time is below zero.
func TestReturnsAtItsDeadline(t *testing.T) {
	checkAtOnce(t, 7, func(t *testing.T, _ waitingPoint, w *waiting) time.Duration {
		t.Helper()
		deadline := time.Now().Add(30 * time.Millisecond)
		ctx, cancel := context.WithDeadline(t.Context(), deadline)
		defer cancel()
		err := w.call(ctx)
		delay := time.Since(deadline)
		if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
			t.Errorf("the call ended with %v, want its deadline exceeded", err)
		}
		return delay
	})
}
