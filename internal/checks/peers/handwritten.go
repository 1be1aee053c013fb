package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/sellerscenter/client-go/generated"
)

// openHandwritten opens what a user would write for this one operation, well but without anything
// to spare. The body is decoded as it comes, and then drained, so that its connection is used
// again.
func openHandwritten(baseURL string, transport http.RoundTripper) (call, error) {
	client := &http.Client{Transport: transport}
	return func(ctx context.Context) (batch, error) {
		query := url.Values{"batch_request_id": {batchID.String()}}
		target := baseURL + "/api/v1/results/ship-orders?" + query.Encode()
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, target, http.NoBody)
		if err != nil {
			return nil, err
		}
		req.Header.Set("X-API-Key", apiKey)
		resp, err := client.Do(req)
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
		return (*generatedBatch)(&result), err
	}, nil
}
