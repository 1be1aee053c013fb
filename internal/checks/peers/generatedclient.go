package main

import (
	"context"
	"fmt"
	"net/http"

	"github.com/sellerscenter/client-go/generated"
)

// openGenerated opens the client that oapi-codegen generates, with nothing around it but an editor
// that sets the key.
func openGenerated(baseURL string, transport http.RoundTripper) (call, error) {
	return openDoer(baseURL, &http.Client{Transport: transport})
}

func openDoer(baseURL string, doer generated.HttpRequestDoer) (call, error) {
	client, err := generated.NewClientWithResponses(baseURL, generated.WithHTTPClient(doer),
		generated.WithRequestEditorFn(func(_ context.Context, r *http.Request) error {
			r.Header.Set("X-API-Key", apiKey)
			return nil
		}))
	return callGenerated(client), err
}

func callGenerated(client generated.ClientWithResponsesInterface) call {
	return func(ctx context.Context) (batch, error) {
		params := &generated.GetShipOrderBatchResultsParams{BatchRequestID: batchID}
		resp, err := client.GetShipOrderBatchResultsWithResponse(ctx, params)
		if err != nil {
			return nil, err
		}
		if resp.JSON200 == nil {
			return nil, fmt.Errorf("response %s", resp.Status())
		}
		return (*generatedBatch)(resp.JSON200), nil
	}
}
