package apitest_test

import (
	"context"
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

func newClient(t testing.TB, s *apitest.Server, opts ...api.Option) *api.Client {
	t.Helper()
	c, err := api.New(apitest.URL, apitest.Key, append(opts, api.WithHTTPClient(s.HTTPClient()))...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// results asks for a batch with a client of package api.
func results(ctx context.Context, c *api.Client, id uuid.UUID) error {
	params := &generated.GetShipOrderBatchResultsParams{BatchRequestID: id}
	_, err := c.GetShipOrderBatchResultsWithResponse(ctx, params)
	return err
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
	req.Header.Set("X-API-Key", key)
	resp, err := s.HTTPClient().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	return resp, strings.TrimSpace(string(got)), err
}

// get sends a GET with the key, and returns the status and the body.
func get(t testing.TB, s *apitest.Server, path string) (int, string) {
	t.Helper()
	resp, body, err := send(t, s, "GET", path, apitest.Key, "")
	if err != nil {
		t.Error(err)
	}
	return resp.StatusCode, body
}
