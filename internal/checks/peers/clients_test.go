package peers

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/hashicorp/go-retryablehttp"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/generated"
)

// client is one way to call the API.
type client struct {
	name string
	// open returns a call by a client with no settings except these two and the key.
	open func(baseURL string, transport http.RoundTripper) (call, error)
}

// call asks for the result of the batch once, as a user's program would, and returns it decoded.
type call func(context.Context) (any, error)

// clients begins with the one that the others are compared with.
var clients = []client{
	{name: "plain", open: openPlain},
	{name: "this", open: openThis(api.WithoutRateLimit())}, // with it, the benchmark would wait
	{name: "this-limited", open: openThis(api.WithRateLimit(unreached))},
	{name: "handwritten", open: openHandwritten},
	{name: "retryablehttp", open: openRetryable},
}

// unreached is a rate limit, in requests a minute, that no run comes near.
const unreached = 1 << 30

func openThis(limit api.Option) func(string, http.RoundTripper) (call, error) {
	return func(baseURL string, transport http.RoundTripper) (call, error) {
		httpClient := &http.Client{Transport: transport}
		c, err := api.New(baseURL, apiKey, api.WithHTTPClient(httpClient), limit)
		return callOf(c), err
	}
}

// openPlain opens the client that oapi-codegen generates, with nothing around it.
func openPlain(baseURL string, transport http.RoundTripper) (call, error) {
	return openDoer(baseURL, &http.Client{Transport: transport})
}

// openRetryable opens the plain client over go-retryablehttp with its defaults, except the logger,
// which writes two lines for each call.
func openRetryable(baseURL string, transport http.RoundTripper) (call, error) {
	retrying := retryablehttp.NewClient()
	retrying.Logger = nil
	retrying.HTTPClient.Transport = transport
	return openDoer(baseURL, retrying.StandardClient())
}

func openDoer(baseURL string, doer generated.HttpRequestDoer) (call, error) {
	setKey := func(_ context.Context, r *http.Request) error {
		r.Header.Set("X-API-Key", apiKey)
		return nil
	}
	c, err := generated.NewClientWithResponses(baseURL,
		generated.WithHTTPClient(doer), generated.WithRequestEditorFn(setKey))
	return callOf(c), err
}

func callOf(c generated.ClientWithResponsesInterface) call {
	params := &generated.GetShipOrderBatchResultsParams{BatchRequestID: batchID}
	return func(ctx context.Context) (any, error) {
		resp, err := c.GetShipOrderBatchResultsWithResponse(ctx, params)
		if err != nil {
			return nil, err
		}
		return resp.JSON200, nil // nil of the plain client's for any other response
	}
}

// openHandwritten opens what a user would write for this one operation, well but with nothing to
// spare. The body is decoded as it comes and then drained, so that its connection is used again.
func openHandwritten(baseURL string, transport http.RoundTripper) (call, error) {
	httpClient := &http.Client{Transport: transport}
	return func(ctx context.Context) (any, error) {
		query := url.Values{"batch_request_id": {batchID.String()}}
		target := baseURL + "/api/v1/results/ship-orders?" + query.Encode()
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, target, http.NoBody)
		if err != nil {
			return nil, err
		}
		req.Header.Set("X-API-Key", apiKey)
		resp, err := httpClient.Do(req)
		if err != nil {
			return nil, err
		}
		defer resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			return nil, fmt.Errorf("response %s", resp.Status)
		}
		var result generated.ShipmentOrderResultsResponseSchema
		if err := json.NewDecoder(resp.Body).Decode(&result); err != nil {
			return nil, err
		}
		_, err = io.Copy(io.Discard, resp.Body)
		return &result, err
	}, nil
}
