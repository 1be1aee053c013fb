package apitest_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"time"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/api/apitest"
	"github.com/sellerscenter/client-go/generated"
)

// A batch is polled through its statuses, and then says what happened to each item.
func Example() {
	server := apitest.NewServer()
	defer server.Close()
	id := server.AddBatch(apitest.Batch{
		Statuses: []api.BatchStatus{api.StatusPending, api.StatusProcessing, api.StatusCompleted},
		Items: []generated.ShipmentResultItemSchema{
			{
				RequestItem: generated.ShipmentItemSchema{OrderItems: []int64{4711}},
				Success:     true,
			},
			{
				RequestItem: generated.ShipmentItemSchema{OrderItems: []int64{4712}},
				Errors:      []string{"carrier key is not active"},
			},
		},
	})
	client, err := api.New(apitest.URL, apitest.Key,
		api.WithHTTPClient(server.HTTPClient()),
		api.WithoutRateLimit())
	if err != nil {
		log.Fatal(err)
	}
	batch, err := client.WaitShipOrderBatch(context.Background(), id,
		api.WithPollInterval(time.Millisecond, time.Millisecond))
	if err != nil {
		log.Fatal(err)
	}
	for _, item := range batch.Items {
		fmt.Println(item.RequestItem.OrderItems, item.Success, item.Errors)
	}
	fmt.Println(len(server.Requests()), "requests")
	// Output:
	// [4711] true []
	// [4712] false [carrier key is not active]
	// 3 requests
}

// Each response takes the next fault. A zero fault leaves a response as it is.
func ExampleServer_Fail() {
	server := apitest.NewServer()
	defer server.Close()
	id := server.AddBatch(apitest.Batch{})
	server.Fail(
		apitest.Fault{Status: http.StatusBadGateway, Body: "<html><title>502 Bad Gateway</title></html>"},
		apitest.Fault{Cut: true},
		apitest.Fault{Header: http.Header{"X-RateLimit-Limit": {"malformed"}}},
	)
	client, err := api.New(apitest.URL, apitest.Key,
		api.WithHTTPClient(server.HTTPClient()),
		api.WithRetry(api.RetryPolicy{MaxDelay: time.Millisecond})) // no waiting in tests
	if err != nil {
		log.Fatal(err)
	}
	params := &generated.GetShipOrderBatchResultsParams{BatchRequestID: id}
	resp, err := client.GetShipOrderBatchResultsWithResponse(context.Background(), params)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(resp.JSON200.Status, "after", len(server.Requests()), "requests")
	// Output: completed after 3 requests
}

// An operation that does not give the state of a batch is scripted with a handler. One that does
// can be scripted too, as here, with a future status.
func ExampleServer_Handle() {
	server := apitest.NewServer()
	defer server.Close()
	server.Handle("GetShipOrderBatchResults", func(w http.ResponseWriter, r *http.Request) {
		id := r.URL.Query().Get("batch_request_id")
		_, _ = io.WriteString(w, `{"batchRequestId":"`+id+`","status":"suspended","items":[]}`)
	})
	client, err := api.New(apitest.URL, apitest.Key, api.WithHTTPClient(server.HTTPClient()))
	if err != nil {
		log.Fatal(err)
	}
	params := &generated.GetShipOrderBatchResultsParams{BatchRequestID: uuid.New()}
	resp, err := client.GetShipOrderBatchResultsWithResponse(context.Background(), params)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(resp.JSON200.Status)
	// Output: suspended
}
