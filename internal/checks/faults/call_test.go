package faults

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/api/apitest"
	"github.com/sellerscenter/client-go/generated"
)

const apiKey = apitest.Key

// call is one call: a GET of a batch's results, or a POST in its place, which the spec does not
// declare. A server in the same process finds it by its id.
type call struct {
	method string
	id     uuid.UUID
	body   []byte

	// serve and serveH2 are what a server does with its requests, in place of completing them.
	serve   func(http.ResponseWriter)
	serveH2 func(*h2Conn, h2Request)

	attempts  atomic.Int32 // as the client's transport sees them
	requests  atomic.Int32 // that arrived whole
	processed atomic.Int32
}

func newCall(method string) *call { return &call{method: method, id: uuid.New()} }

var underWay sync.Map // calls by id

// callOf returns the call of a request, or nil.
func callOf(u *url.URL) *call {
	found, _ := underWay.Load(strings.TrimPrefix(u.RawQuery, "batch_request_id="))
	c, _ := found.(*call)
	return c
}

// response returns the body of the right response, whose length is that of any other call's.
func (c *call) response() []byte {
	item := generated.ShipmentResultItemSchema{
		Success: true,
		Errors:  []string{c.id.String()},
		RequestItem: generated.ShipmentItemSchema{
			OrderItems: []int64{1<<53 + int64(c.id.ID())}, CarrierKey: "DHL_STD_NATIONAL",
			ShipmentTrackingKey: "00340434161094042557", ReturnTrackingKey: "00340434161094049990",
		},
	}
	body, _ := json.Marshal(generated.ShipmentOrderResultsResponseSchema{ // which does not fail
		BatchRequestID: c.id,
		Status:         generated.RequestStatusCompleted,
		Items:          slices.Repeat([]generated.ShipmentResultItemSchema{item}, 8),
	})
	return body
}

// do makes the call. A nil error means that the response is right to the last byte.
func (c *call) do(ctx context.Context, client *api.Client) error {
	underWay.Store(c.id.String(), c)
	defer underWay.Delete(c.id.String())
	params := &generated.GetShipOrderBatchResultsParams{BatchRequestID: c.id}
	resp, err := client.GetShipOrderBatchResultsWithResponse(ctx, params, c.edit)
	if err != nil {
		return err
	}
	if resp.JSON200 == nil || resp.JSON200.BatchRequestID != c.id || !bytes.Equal(resp.Body, c.response()) {
		return fmt.Errorf("wrong response: %s", resp.Body)
	}
	return nil
}

// edit sets the method and the body.
func (c *call) edit(ctx context.Context, r *http.Request) error {
	edited, err := http.NewRequestWithContext(ctx, c.method, r.URL.String(), bytes.NewReader(c.body))
	if err != nil {
		return err
	}
	edited.Header = r.Header
	*r = *edited
	return nil
}

// marketplace is the server of all calls.
func marketplace(w http.ResponseWriter, r *http.Request) {
	c := callOf(r.URL)
	_, err := io.Copy(io.Discard, r.Body)
	if c == nil || err != nil || r.Header.Get("X-API-Key") != apiKey {
		panic(http.ErrAbortHandler) // cut short
	}
	c.requests.Add(1)
	if c.serve != nil {
		c.serve(w)
		return
	}
	c.complete(w)
}

// complete processes a request and responds to it.
func (c *call) complete(w http.ResponseWriter) {
	c.processed.Add(1)
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(c.response())
}

// hangUp writes a text in place of a response, byte for byte, and closes the connection: with a
// reset if there is no text.
func hangUp(w http.ResponseWriter, text string) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(err)
	}
	if text == "" {
		_ = conn.(*net.TCPConn).SetLinger(0)
	}
	_, _ = io.WriteString(conn, text)
	_ = conn.Close()
}

// attempts counts the attempts of each call.
type attempts struct{ next http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (a attempts) RoundTrip(r *http.Request) (*http.Response, error) {
	if c := callOf(r.URL); c != nil {
		c.attempts.Add(1)
	}
	return a.next.RoundTrip(r)
}

// attemptTimeout is above what an attempt takes on a slow machine, except for the faults that wait
// for it.
const (
	attemptTimeout = 30 * time.Second
	shortTimeout   = 3 * time.Second
)

// newClient returns a client without rate limit, whose retries come soon.
func newClient(t testing.TB, baseURL string, transport http.RoundTripper, opts ...api.Option) *api.Client {
	t.Helper()
	client, err := api.New(baseURL, apiKey, append([]api.Option{
		api.WithHTTPClient(&http.Client{Transport: attempts{transport}}), api.WithoutRateLimit(),
		api.WithAttemptTimeout(attemptTimeout), policies[0].retries(),
	}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// policy is how often a call is attempted, and whether the fault passes meanwhile.
type policy struct {
	name        string
	maxAttempts int
	heals       bool // after one connection
}

var policies = [3]policy{
	{name: "4 attempts", maxAttempts: 4},
	{name: "1 attempt", maxAttempts: 1},
	{name: "4 attempts, heals", maxAttempts: 4, heals: true},
}

// retries is the policy as an option, with delays that are short.
func (p policy) retries() api.Option {
	return api.WithRetry(api.RetryPolicy{
		MaxAttempts: p.maxAttempts,
		MinDelay:    time.Millisecond,
		MaxDelay:    4 * time.Millisecond,
	})
}

var methods = []string{"GET", "POST"}

// outcome returns how the call ended: ok; failed, with an error that says how; or unknown, with one
// that matches ErrOutcomeUnknown. Each error says what happened, and how many attempts were made.
func (c *call) outcome(err error) string {
	if err == nil {
		return "ok"
	}
	text := err.Error()
	said := fmt.Sprintf("(%d attempt", c.attempts.Load())
	hasCause := errors.As(err, new(*api.Error)) || errors.As(err, new(*url.Error)) ||
		strings.Contains(text, ": body of the response ")
	switch {
	case !hasCause, !strings.Contains(text, said), !strings.Contains(text, c.method),
		strings.Contains(text, "\n"), strings.Contains(text, apiKey):
		return "bad error"
	case errors.Is(err, api.ErrOutcomeUnknown):
		return "unknown"
	}
	return "failed"
}
