package apitest_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/api/apitest"
	"github.com/sellerscenter/client-go/generated"
)

const (
	resultsOperation = "GetShipOrderBatchResults"
	resultsPath      = "/api/v1/results/ship-orders"
)

// once makes every call one attempt.
var once = api.WithRetry(api.RetryPolicy{MaxAttempts: 1})

func newServer(t testing.TB) *apitest.Server {
	t.Helper()
	s := apitest.NewServer()
	t.Cleanup(s.Close)
	return s
}

func newClient(t testing.TB, s *apitest.Server, key string, opts ...api.Option) *api.Client {
	t.Helper()
	c, err := api.New(apitest.URL, key, append(opts, api.WithHTTPClient(s.HTTPClient()))...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// results asks for a batch with a client of package api.
func results(
	t testing.TB, c *api.Client, id uuid.UUID,
) (*generated.ShipmentOrderResultsResponseSchema, error) {
	t.Helper()
	params := &generated.GetShipOrderBatchResultsParams{BatchRequestID: id}
	resp, err := c.GetShipOrderBatchResultsWithResponse(t.Context(), params)
	if err != nil {
		return nil, err
	}
	return resp.JSON200, nil
}

// resultsOf is the path and query that ask for a batch.
func resultsOf(id uuid.UUID) string { return resultsPath + "?batch_request_id=" + id.String() }

// send sends a request without the client of package api, and returns the response with what could
// be read of its body.
func send(t testing.TB, s *apitest.Server, method, path, key, body string) (*http.Response, string, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, apitest.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if key != "" {
		req.Header.Set("X-API-Key", key)
	}
	resp, err := s.HTTPClient().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	return resp, string(got), err
}

// get sends a GET with the key, which must be answered in full.
func get(t testing.TB, s *apitest.Server, path string) (*http.Response, string) {
	t.Helper()
	resp, body, err := send(t, s, "GET", path, apitest.Key, "")
	if err != nil {
		t.Fatal(err)
	}
	return resp, body
}

// wantPanic checks that f panics with a text that has all parts in it.
func wantPanic(t testing.TB, f func(), parts ...string) {
	t.Helper()
	defer func() {
		t.Helper()
		text, _ := recover().(string)
		for _, part := range parts {
			if !strings.Contains(text, part) {
				t.Errorf("panic %q, want one with %q", text, part)
			}
		}
	}()
	f()
}
