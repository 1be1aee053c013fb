package faults

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/generated"
)

// call is one call: a GET of a batch's results, or a POST of an order to ship.
type call struct {
	method   string
	id       uuid.UUID
	attempts atomic.Int32 // as the client's transport sees them
}

type callKey struct{}

// attempts counts the attempts of each call.
type attempts struct{ next http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (a attempts) RoundTrip(r *http.Request) (*http.Response, error) {
	if c, ok := r.Context().Value(callKey{}).(*call); ok {
		c.attempts.Add(1)
	}
	return a.next.RoundTrip(r)
}

// newClient returns a client without rate limit, whose retries come soon.
func newClient(t testing.TB, baseURL string, transport http.RoundTripper, opts ...api.Option) *api.Client {
	t.Helper()
	client, err := api.New(baseURL, apiKey, append([]api.Option{
		api.WithHTTPClient(&http.Client{Transport: attempts{transport}}), api.WithoutRateLimit(),
		api.WithRetry(api.RetryPolicy{MinDelay: time.Millisecond, MaxDelay: 4 * time.Millisecond}),
	}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// errWrongResponse is a response that is not the one to this call.
var errWrongResponse = errors.New("wrong response")

// do makes the call. A nil error means that the response is right to the last byte.
func (c *call) do(ctx context.Context, client *api.Client) error {
	ctx = context.WithValue(ctx, callKey{}, c)
	if c.method == http.MethodGet {
		return c.get(ctx, client)
	}
	body, err := json.Marshal(shipment(c.id))
	if err != nil {
		return err
	}
	resp, err := post(ctx, client, body)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	want, err := receiptOf(shipment(c.id))
	if err != nil {
		return err
	}
	var got receipt
	if err := json.NewDecoder(resp.Body).Decode(&got); err != nil || got != want {
		return fmt.Errorf("%w: %v, %w", errWrongResponse, got, err)
	}
	return nil
}

func (c *call) get(ctx context.Context, client *api.Client) error {
	params := &generated.GetShipOrderBatchResultsParams{BatchRequestID: c.id}
	resp, err := client.GetShipOrderBatchResultsWithResponse(ctx, params)
	if err != nil {
		return err
	}
	if resp.JSON200 == nil || !reflect.DeepEqual(*resp.JSON200, results(c.id)) {
		return fmt.Errorf("%w: %s", errWrongResponse, resp.Body)
	}
	return nil
}

// post sends a POST the way of every call. The spec has no operation with one.
func post(ctx context.Context, client *api.Client, body []byte) (*http.Response, error) {
	generatedClient := client.ClientWithResponsesInterface.(*generated.ClientWithResponses)
	plain := generatedClient.ClientInterface.(*generated.Client)
	url := plain.Server + strings.TrimPrefix(shipPath, "/")
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	return plain.Client.Do(req)
}

// outcome is how a call may end, a set.
type outcome int

const (
	// ok is the right response.
	ok outcome = 1 << iota
	// failed is an error that says how: a response, or that nothing was written. Or any error of a
	// GET.
	failed
	// unknown is an error that matches ErrOutcomeUnknown.
	unknown
)

func (o outcome) String() string {
	var names []string
	for i, name := range []string{"ok", "failed", "unknown"} {
		if o&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return strings.Join(names, " or ")
}

var attemptsInText = regexp.MustCompile(`\((\d+) attempts?\)$`)

// outcome returns how the call ended, or what is wrong with its error: an error says what
// happened, and how many attempts were made.
func (c *call) outcome(err error) (outcome, error) {
	if err == nil {
		return ok, nil
	}
	text := err.Error()
	attempts := attemptsInText.FindStringSubmatch(text)
	response := new(api.Error)
	responded := errors.As(err, &response)
	uncertain := errors.Is(err, api.ErrOutcomeUnknown)
	switch {
	case attempts == nil || attempts[1] != strconv.Itoa(int(c.attempts.Load())):
		return 0, fmt.Errorf("the error does not say that there were %d attempts: %w", c.attempts.Load(), err)
	case !responded && !errors.As(err, new(*url.Error)) && !strings.Contains(text, ": body of the response "):
		return 0, fmt.Errorf("the error has no response, no request that failed, and no body: %w", err)
	case strings.Contains(text, apiKey):
		return 0, fmt.Errorf("the error has the key: %w", err)
	case strings.Contains(text, "\n") || !strings.Contains(text, c.method):
		return 0, fmt.Errorf("the error is not one line with the method: %w", err)
	case responded && uncertain != (c.method == http.MethodPost && leavesOpen(response)):
		return 0, fmt.Errorf("the outcome of a call with a response is unknown: %v: %w", uncertain, err)
	case uncertain && c.method == http.MethodGet:
		return 0, fmt.Errorf("the outcome of a GET is unknown: %w", err)
	case uncertain:
		return unknown, nil
	}
	return failed, nil
}

// leavesOpen reports whether a response does not say if a POST was carried out: 408 and 5xx do
// not, but 501 does, and so does 503 with Retry-After.
func leavesOpen(response *api.Error) bool {
	switch response.StatusCode {
	case http.StatusRequestTimeout:
		return true
	case http.StatusNotImplemented:
		return false
	case http.StatusServiceUnavailable:
		return response.Header.Get("Retry-After") == ""
	}
	return response.StatusCode >= 500
}
