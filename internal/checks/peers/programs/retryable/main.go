// Command retryable asks for a batch with the plain generated client over go-retryablehttp.
package main

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"os"

	"github.com/google/uuid"
	"github.com/hashicorp/go-retryablehttp"

	"github.com/sellerscenter/client-go/generated"
)

func main() {
	if err := run(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		log.Fatal(err)
	}
}

func run(server, apiKey, batchID string) error {
	retrying := retryablehttp.NewClient()
	retrying.Logger = nil
	setKey := func(_ context.Context, r *http.Request) error {
		r.Header.Set("X-API-Key", apiKey)
		return nil
	}
	client, err := generated.NewClientWithResponses(server,
		generated.WithHTTPClient(retrying.StandardClient()), generated.WithRequestEditorFn(setKey))
	if err != nil {
		return err
	}
	params := &generated.GetShipOrderBatchResultsParams{BatchRequestID: uuid.MustParse(batchID)}
	resp, err := client.GetShipOrderBatchResultsWithResponse(context.Background(), params)
	if err != nil {
		return err
	}
	if resp.JSON200 == nil {
		return fmt.Errorf("status %d", resp.StatusCode())
	}
	fmt.Println(resp.JSON200.Status, len(resp.JSON200.Items))
	return nil
}
