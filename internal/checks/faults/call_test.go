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

// errWrongAnswer is an answer that is not the one to this call.
var errWrongAnswer = errors.New("wrong answer")

// do makes the call. A nil error means that the answer is right to the last byte.
func (c *call) do(ctx context.Context, client *api.Client) error {
	ctx = context.WithValue(ctx, callKey{}, c)
	if c.method == http.MethodGet {
		resp, err := client.GetShipOrderBatchResultsWithResponse(ctx, &generated.GetShipOrderBatchResultsParams{BatchRequestID: c.id})
		if err == nil && (resp.JSON200 == nil || !reflect.DeepEqual(*resp.JSON200, results(c.id))) {
			return fmt.Errorf("%w: %s", errWrongAnswer, resp.Body)
		}
		return err
	}
	body, err := json.Marshal(shipment(c.id))
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, c.method, endpoint(client).Server+strings.TrimPrefix(shipPath, "/"), bytes.NewReader(body))
	if err != nil {
		return err
	}
	resp, err := endpoint(client).Client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	var got receipt
	want, _ := receiptOf(shipment(c.id))
	if err := json.NewDecoder(resp.Body).Decode(&got); err != nil || got != want {
		return fmt.Errorf("%w: %v, %w", errWrongAnswer, got, err)
	}
	return nil
}

// endpoint is the generated client, with the base URL and the way of a call, for the POST that the spec has no operation of.
func endpoint(client *api.Client) *generated.Client {
	return client.ClientWithResponsesInterface.(*generated.ClientWithResponses).ClientInterface.(*generated.Client)
}

// outcome is how a call may end, a set.
type outcome int

const (
	ok      outcome = 1 << iota // with the right answer
	failed                      // with an error that says how: an answer, or that nothing was written; or any error of a GET
	unknown                     // with an error that matches ErrOutcomeUnknown
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

// outcome returns how the call ended, or what is wrong with its error: an error says what happened, and how many attempts were
// made.
func (c *call) outcome(err error) (outcome, error) {
	if err == nil {
		return ok, nil
	}
	text := err.Error()
	found := attemptsInText.FindStringSubmatch(text)
	answered := errors.As(err, new(*api.Error))
	switch {
	case found == nil || found[1] != strconv.Itoa(int(c.attempts.Load())):
		return 0, fmt.Errorf("the error does not tell that there were %d attempts: %w", c.attempts.Load(), err)
	case !answered && !errors.As(err, new(*url.Error)) && !strings.Contains(text, ": body of the 200 answer: "):
		return 0, fmt.Errorf("the error is neither an answer nor a request's that failed, nor a body's: %w", err)
	case strings.Contains(text, apiKey) || strings.Contains(text, "\n") || !strings.Contains(text, c.method):
		return 0, fmt.Errorf("the error is not one line with the method, and without the key: %w", err)
	case errors.Is(err, api.ErrOutcomeUnknown) && (answered || c.method == http.MethodGet):
		return 0, fmt.Errorf("an answered call, or a GET, with an unknown outcome: %w", err)
	case errors.Is(err, api.ErrOutcomeUnknown):
		return unknown, nil
	}
	return failed, nil
}
