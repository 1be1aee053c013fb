// Command ogen asks for a batch with the client that ogen generates.
package main

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/internal/checks/peers/ogenclient"
)

type key string

func (k key) APIKeyAuth(context.Context, ogenclient.OperationName) (ogenclient.APIKeyAuth, error) {
	return ogenclient.APIKeyAuth{APIKey: string(k)}, nil
}

func main() {
	if err := run(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		log.Fatal(err)
	}
}

func run(server, apiKey, batchID string) error {
	client, err := ogenclient.NewClient(server, key(apiKey))
	if err != nil {
		return err
	}
	params := ogenclient.ScapiAppEndpointsResultAPIGetShipOrderBatchResultsParams{
		BatchRequestID: uuid.MustParse(batchID),
	}
	res, err := client.ScapiAppEndpointsResultAPIGetShipOrderBatchResults(context.Background(), params)
	if err != nil {
		return err
	}
	result, ok := res.(*ogenclient.ShipmentOrderResultsResponseSchema)
	if !ok {
		return fmt.Errorf("response %T", res)
	}
	fmt.Println(result.Status, len(result.Items))
	return nil
}
