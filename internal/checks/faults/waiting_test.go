package faults

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/generated"
)

// waiting is a client whose calls wait at one point until their context ends.
type waiting struct {
	t      *testing.T
	client *api.Client
	call   func(context.Context, *api.Client) error
	// reached gets a value when a call is about to wait; nil where nothing tells.
	reached chan struct{}
	// settle is how long a call needs from there on to wait.
	settle time.Duration
}

func newWaiting(t *testing.T, start func(*waiting)) *waiting {
	t.Helper()
	w := &waiting{t: t, call: getOnce, reached: make(chan struct{}, 1), settle: 2 * time.Millisecond}
	start(w)
	return w
}

func getOnce(ctx context.Context, client *api.Client) error {
	return (&call{method: http.MethodGet, id: newID()}).do(ctx, client)
}

func postOnce(ctx context.Context, client *api.Client) error {
	return (&call{method: http.MethodPost, id: newID()}).do(ctx, client)
}

// signal says that a call is about to wait. It never blocks.
func (w *waiting) signal() {
	select {
	case w.reached <- struct{}{}:
	default:
	}
}

// untold says that nothing tells when a call waits, but soon.
func (w *waiting) untold() {
	w.reached = nil
	w.settle = 5 * time.Millisecond
}

// serve makes a client of a server with a handler. It signals retries, which wait.
func (w *waiting) serve(handler http.HandlerFunc, opts ...api.Option) {
	server := httptest.NewServer(handler)
	transport := &http.Transport{}
	w.t.Cleanup(func() {
		transport.CloseIdleConnections()
		server.Close()
	})
	logger := slog.New(&warnings{onRetry: w.signal})
	w.client = newClient(w.t, server.URL, transport, append([]api.Option{api.WithLogger(logger)}, opts...)...)
}

// serveH2 makes a client of an HTTP/2 server.
func (w *waiting) serveH2(script func(*h2Conn, *h2Request)) {
	server := startH2Server(w.t, script)
	transport := server.transport()
	w.t.Cleanup(transport.CloseIdleConnections)
	w.client = newClient(w.t, server.url, transport)
}

// dial makes a client whose connections come from dial, with TLS if the scheme is https.
func (w *waiting) dial(scheme string, dial func(context.Context) (net.Conn, error)) {
	transport := &http.Transport{
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
		DialContext:     func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx) },
	}
	w.t.Cleanup(transport.CloseIdleConnections)
	w.client = newClient(w.t, scheme+"://127.0.0.1", transport)
}

// dialSilent makes a client of a listener that accepts connections without a word, and signals
// each.
func (w *waiting) dialSilent(scheme string) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		w.t.Fatal(err)
	}
	var accepting sync.WaitGroup
	accepting.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			defer conn.Close()
		}
	})
	w.t.Cleanup(func() {
		_ = listener.Close()
		accepting.Wait()
	})
	w.dial(scheme, func(ctx context.Context) (net.Conn, error) {
		defer w.signal()
		return new(net.Dialer).DialContext(ctx, "tcp", listener.Addr().String())
	})
}

// hang blocks a handler until the client goes away, of which the server learns only when it has
// read the request.
func (w *waiting) hang(_ http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	w.signal()
	<-r.Context().Done()
	panic(http.ErrAbortHandler)
}

// hangInBody does so in the middle of the response's body.
func (w *waiting) hangInBody(rw http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	rw.Header().Set("Content-Length", "1000")
	_, _ = io.WriteString(rw, `{"batchRequestId":`)
	_ = http.NewResponseController(rw).Flush()
	w.hang(rw, r)
}

func honest(w http.ResponseWriter, r *http.Request) { new(marketplace).ServeHTTP(w, r) }

func pending(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	id, _ := uuid.Parse(r.URL.Query().Get("batch_request_id"))
	_, _ = io.WriteString(w, `{"batchRequestId":"`+id.String()+`","status":"pending","items":[]}`)
}

// refuses responds with a status code, and a Retry-After if it is not empty.
func refuses(status int, retryAfter string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if retryAfter != "" {
			w.Header().Set("Retry-After", retryAfter)
		}
		w.WriteHeader(status)
	}
}

// longDelays make a backoff that a test does not see the end of, but for one run in a million.
var longDelays = api.WithRetry(api.RetryPolicy{MinDelay: 1000 * time.Hour, MaxDelay: 1000 * time.Hour})

// hourly makes an interval between polls that a test does not see the end of.
var hourly = api.WithPollInterval(time.Hour, time.Hour)

// waitingPoints are the points at which a call can wait.
var waitingPoints = []struct {
	name  string
	start func(*waiting)
	// uncertain says that a POST was written, or a part of it.
	uncertain bool
}{
	{name: "in line for the rate limit", start: func(w *waiting) {
		w.serve(honest, api.WithRateLimit(1))
		if err := getOnce(w.t.Context(), w.client); err != nil { // takes the only slot
			w.t.Fatal(err)
		}
		w.untold()
	}},
	{name: "in line after a 429", start: func(w *waiting) {
		once := api.WithRetry(api.RetryPolicy{MaxAttempts: 1})
		w.serve(refuses(http.StatusTooManyRequests, "60"), api.WithRateLimit(1000), once)
		if err := getOnce(w.t.Context(), w.client); !errors.Is(err, api.ErrRateLimited) {
			w.t.Fatal(err)
		}
		w.untold()
	}},
	{name: "backoff", start: func(w *waiting) {
		w.serve(refuses(http.StatusServiceUnavailable, ""), longDelays)
	}},
	{name: "Retry-After", start: func(w *waiting) {
		w.serve(refuses(http.StatusServiceUnavailable, "60"))
	}},
	{name: "Retry-After, of a POST", start: func(w *waiting) {
		w.call = postOnce
		w.serve(refuses(http.StatusServiceUnavailable, "60"))
	}},
	{name: "key source", start: func(w *waiting) {
		w.serve(honest, api.WithKeySource(func(ctx context.Context) (string, error) {
			w.signal()
			<-ctx.Done()
			return "", ctx.Err()
		}))
	}},
	{name: "dial", start: func(w *waiting) {
		w.dial("http", func(ctx context.Context) (net.Conn, error) {
			w.signal()
			<-ctx.Done()
			return nil, ctx.Err()
		})
	}},
	{name: "TLS handshake", start: func(w *waiting) { w.dialSilent("https") }},
	{name: "TLS handshake, of a POST", start: func(w *waiting) {
		w.call = postOnce
		w.dialSilent("https")
	}},
	{name: "request's body", uncertain: true, start: func(w *waiting) {
		w.dialSilent("http")
		large := make([]byte, 32<<20) // more than the system takes in for a listener that does not read
		w.settle = 20 * time.Millisecond
		w.call = func(ctx context.Context, client *api.Client) error {
			_, err := post(ctx, client, large)
			return err
		}
	}},
	{name: "header", start: func(w *waiting) { w.serve(w.hang) }},
	{name: "header, of a POST", uncertain: true, start: func(w *waiting) {
		w.call = postOnce
		w.serve(w.hang)
	}},
	{name: "header, HTTP/2", start: func(w *waiting) { w.serveH2(func(*h2Conn, *h2Request) { w.signal() }) }},
	{name: "body", start: func(w *waiting) { w.serve(w.hangInBody) }},
	{name: "body, of a POST", uncertain: true, start: func(w *waiting) {
		w.call = postOnce
		w.serve(w.hangInBody)
	}},
	{name: "body, HTTP/2", start: func(w *waiting) {
		w.serveH2(func(c *h2Conn, r *h2Request) {
			c.begin(r, len(r.response))
			c.data(r, 0, 1000, false)
			w.signal()
		})
	}},
	{name: "poll interval", start: func(w *waiting) {
		w.serve(pending)
		w.call = func(ctx context.Context, client *api.Client) error {
			progress := api.WithProgress(func(api.Progress) { w.signal() })
			_, err := client.WaitShipOrderBatch(ctx, newID(), hourly, progress)
			return err
		}
	}},
	{name: "poll intervals of 50 batches", start: func(w *waiting) {
		w.serve(pending)
		w.call = w.waitForMany
	}},
	{name: "poll in line for the rate limit", start: func(w *waiting) {
		w.serve(pending, api.WithRateLimit(1))
		params := &generated.GetShipOrderBatchResultsParams{BatchRequestID: newID()}
		if _, err := w.client.GetShipOrderBatchResultsWithResponse(w.t.Context(), params); err != nil {
			w.t.Fatal(err)
		}
		w.untold()
		w.call = func(ctx context.Context, client *api.Client) error {
			_, err := client.WaitShipOrderBatch(ctx, newID())
			return err
		}
	}},
}

// waitForMany returns the errors of all waits, or another if one is missing.
func (w *waiting) waitForMany(ctx context.Context, client *api.Client) error {
	var ids []uuid.UUID
	for range 50 {
		ids = append(ids, newID())
	}
	polls := 0
	progress := func(api.Progress) {
		polls++
		if polls == len(ids) {
			w.signal()
		}
	}
	var errs []error
	for _, err := range client.WaitShipOrderBatches(ctx, ids, hourly, api.WithProgress(progress)) {
		if !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) {
			return fmt.Errorf("a wait whose context has ended did not say so: %w", err)
		}
		errs = append(errs, err)
	}
	if len(errs) != len(ids) {
		return fmt.Errorf("%d of %d batches were yielded", len(errs), len(ids))
	}
	return errors.Join(errs...)
}
