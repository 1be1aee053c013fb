// Command thisclient asks for a batch with this client.
package main

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/generated"
)

func main() {
	if err := run(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		log.Fatal(err)
	}
}

func run(server, apiKey, batchID string) error {
	client, err := api.New(server, apiKey)
	if err != nil {
		return err
	}
	params := &generated.GetShipOrderBatchResultsParams{BatchRequestID: uuid.MustParse(batchID)}
	resp, err := client.GetShipOrderBatchResultsWithResponse(context.Background(), params)
	if err != nil {
		return err
	}
	fmt.Println(resp.JSON200.Status, len(resp.JSON200.Items))
	return nil
}
