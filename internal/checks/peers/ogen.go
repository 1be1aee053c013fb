package main

import (
	"context"
	"fmt"
	"net/http"

	"github.com/sellerscenter/client-go/generated"
	"github.com/sellerscenter/client-go/internal/checks/peers/ogenclient"
)

//go:generate -command ogen go tool ogen -config ogen.yaml -loglevel error
//go:generate ogen -target ogenclient -package ogenclient -clean ../../../openapi.yaml

// openOgen opens the client that ogen generates from the same openapi.yaml. It has a JSON codec of
// its own and checks each value against the spec. Its one hook is the http.Client.
func openOgen(baseURL string, transport http.RoundTripper) (call, error) {
	httpClient := ogenclient.WithClient(&http.Client{Transport: transport})
	client, err := ogenclient.NewClient(baseURL, ogenKey{}, httpClient)
	params := ogenclient.ScapiAppEndpointsResultAPIGetShipOrderBatchResultsParams{BatchRequestID: batchID}
	return func(ctx context.Context) (batch, error) {
		res, err := client.ScapiAppEndpointsResultAPIGetShipOrderBatchResults(ctx, params)
		if err != nil {
			return nil, err
		}
		ok, _ := res.(*ogenclient.ShipmentOrderResultsResponseSchema)
		if ok == nil {
			return nil, fmt.Errorf("response %T", res)
		}
		return (*ogenBatch)(ok), nil
	}, err
}

type ogenKey struct{}

func (ogenKey) APIKeyAuth(context.Context, ogenclient.OperationName) (ogenclient.APIKeyAuth, error) {
	return ogenclient.APIKeyAuth{APIKey: apiKey}, nil
}

type ogenBatch ogenclient.ShipmentOrderResultsResponseSchema

func (b *ogenBatch) normalized() *generated.ShipmentOrderResultsResponseSchema {
	n := &generated.ShipmentOrderResultsResponseSchema{
		BatchRequestID: b.BatchRequestId,
		Status:         generated.RequestStatus(b.Status),
		Items:          []generated.ShipmentResultItemSchema{},
	}
	for _, item := range b.Items {
		var ids []int64
		for _, id := range item.RequestItem.OrderItems {
			ids = append(ids, int64(id))
		}
		n.Items = append(n.Items, generated.ShipmentResultItemSchema{
			Errors:  item.Errors,
			Success: item.Success,
			RequestItem: generated.ShipmentItemSchema{
				OrderItems:          ids,
				CarrierKey:          item.RequestItem.CarrierKey,
				ShipmentTrackingKey: item.RequestItem.ShipmentTrackingKey,
				ReturnTrackingKey:   item.RequestItem.ReturnTrackingKey,
			},
		})
	}
	return n
}
