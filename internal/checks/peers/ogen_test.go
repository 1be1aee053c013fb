//go:build ogen

package peers

import (
	"context"
	"net/http"

	"github.com/sellerscenter/client-go/internal/checks/peers/ogenclient"
)

// Only make bench generates the package that is imported here.
func init() { clients = append(clients, client{name: "ogen", open: openOgen}) }

// openOgen opens the client that ogen generates from the same openapi.yaml. It has a JSON codec of
// its own and checks each value against the spec.
func openOgen(baseURL string, transport http.RoundTripper) (call, error) {
	httpClient := ogenclient.WithClient(&http.Client{Transport: transport})
	c, err := ogenclient.NewClient(baseURL, ogenKey{}, httpClient)
	params := ogenclient.ScapiAppEndpointsResultAPIGetShipOrderBatchResultsParams{BatchRequestID: batchID}
	return func(ctx context.Context) (any, error) {
		return c.ScapiAppEndpointsResultAPIGetShipOrderBatchResults(ctx, params)
	}, err
}

type ogenKey struct{}

func (ogenKey) APIKeyAuth(context.Context, ogenclient.OperationName) (ogenclient.APIKeyAuth, error) {
	return ogenclient.APIKeyAuth{APIKey: apiKey}, nil
}
