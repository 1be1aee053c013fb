package api_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/api/apitest"
	"github.com/sellerscenter/client-go/generated"
)

// exampleServer is a fake Sellers Center server with one batch, so that the examples run.
func exampleServer() (*apitest.Server, uuid.UUID) {
	server := apitest.NewServer()
	return server, server.AddBatch(apitest.Batch{ID: batchID, Items: []generated.ShipmentResultItemSchema{
		{Success: true, RequestItem: generated.ShipmentItemSchema{CarrierKey: "DHL_STD_NATIONAL", ShipmentTrackingKey: "00340434161094042557"}},
		{Errors: []string{"carrier key is not active"}, RequestItem: generated.ShipmentItemSchema{CarrierKey: "DPD_EXPRESS_RETIRED", ShipmentTrackingKey: "01475012345678"}},
	}})
}

// A batch that is completed need not have shipped: each item has its own success and errors.
func Example() {
	server, id := exampleServer()
	defer server.Close()

	// Against the real API: api.New("https://…", os.Getenv("SELLERS_CENTER_API_KEY")).
	client, err := api.New(apitest.URL, apitest.Key, api.WithHTTPClient(server.HTTPClient()))
	if err != nil {
		log.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	resp, err := client.GetShipOrderBatchResultsWithResponse(ctx, &generated.GetShipOrderBatchResultsParams{BatchRequestID: id})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(resp.JSON200.Status)
	for _, item := range resp.JSON200.Items {
		if item.Success {
			fmt.Println("shipped:", item.RequestItem.ShipmentTrackingKey)
		} else {
			fmt.Println("failed: ", item.RequestItem.ShipmentTrackingKey, strings.Join(item.Errors, "; "))
		}
	}
	// Output:
	// completed
	// shipped: 00340434161094042557
	// failed:  01475012345678 carrier key is not active
}

func ExampleError() {
	server, _ := exampleServer()
	defer server.Close()
	client, err := api.New(apitest.URL, apitest.Key, api.WithHTTPClient(server.HTTPClient()))
	if err != nil {
		log.Fatal(err)
	}
	unknown := uuid.MustParse("ffffffff-0000-4000-8000-000000000000")
	_, err = client.GetShipOrderBatchResultsWithResponse(context.Background(), &generated.GetShipOrderBatchResultsParams{BatchRequestID: unknown})

	var apiErr *api.Error
	switch {
	case errors.Is(err, api.ErrNotFound):
		fmt.Println(err)
	case errors.Is(err, api.ErrRateLimited) && errors.As(err, &apiErr):
		fmt.Println("come back in", apiErr.RetryAfter)
	case errors.As(err, &apiErr):
		fmt.Println("the server said", apiErr.StatusCode, apiErr.Message)
	default:
		fmt.Println("no answer:", err)
	}
	// Output:
	// sellerscenter: GET /api/v1/results/ship-orders: 404: batch request not found (1 attempt)
}

// The error schema that the spec declares is decoded from the error.
func ExampleError_Decode() {
	err := error(&api.Error{StatusCode: http.StatusBadRequest, Body: []byte(`{"message":"batch_request_id must be a UUID"}`)})
	var apiErr *api.Error
	var schema generated.BadRequestSchema
	if errors.As(err, &apiErr) && apiErr.Decode(&schema) == nil {
		fmt.Println(schema.Message)
	}
	// Output: batch_request_id must be a UUID
}

// A key that rotates is read anew for each attempt.
func ExampleWithKeySource() {
	_, err := api.New("https://sellers.example.com", "", api.WithKeySource(func(context.Context) (string, error) {
		key, err := os.ReadFile("/run/secrets/sellers-center-key")
		return string(key), err
	}))
	fmt.Println(err)
	// Output: <nil>
}

func ExampleWithRetry() {
	_, err := api.New("https://sellers.example.com", "the seller's key",
		api.WithRetry(api.RetryPolicy{MaxAttempts: 6, MaxDelay: 30 * time.Second}),
		api.WithAttemptTimeout(10*time.Second))
	fmt.Println(err)
	// Output: <nil>
}

func ExampleClient_WaitShipOrderBatch() {
	server, id := exampleServer()
	defer server.Close()
	client, err := api.New(apitest.URL, apitest.Key, api.WithHTTPClient(server.HTTPClient()))
	if err != nil {
		log.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	batch, err := client.WaitShipOrderBatch(ctx, id, api.WithProgress(func(p api.Progress) {
		fmt.Println("poll", p.Polls, p.Status)
	}))
	if err != nil && !errors.Is(err, api.ErrBatchFailed) {
		log.Fatal(err) // a *api.BatchError, which has the batch's id and last status
	}
	for _, item := range batch.Items {
		fmt.Println(item.Success, item.RequestItem.ShipmentTrackingKey, item.Errors)
	}
	// Output:
	// poll 1 completed
	// true 00340434161094042557 []
	// false 01475012345678 [carrier key is not active]
}

// Each batch comes as it ends. One that fails does not end the others.
func ExampleClient_WaitShipOrderBatches() {
	server, good := exampleServer()
	defer server.Close()
	bad := server.AddBatch(apitest.Batch{
		ID:       uuid.MustParse("ffffffff-0000-4000-8000-000000000000"),
		Statuses: []generated.RequestStatus{generated.RequestStatusFailed},
	})
	client, err := api.New(apitest.URL, apitest.Key, api.WithHTTPClient(server.HTTPClient()))
	if err != nil {
		log.Fatal(err)
	}
	for batch, err := range client.WaitShipOrderBatches(context.Background(), []uuid.UUID{good, bad}) {
		if batch == nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(batch.BatchRequestID, batch.Status, len(batch.Items), "items", err)
	}
	// Unordered output:
	// 0d7c3f4e-1f5b-4c8e-9b61-6f1a2c3d4e5f completed 2 items <nil>
	// ffffffff-0000-4000-8000-000000000000 failed 0 items sellerscenter: batch ffffffff-0000-4000-8000-000000000000 (last status "failed"): after 1 poll: sellerscenter: batch failed
}

// Wait serves any batch operation: the function makes one poll.
func ExampleWait() {
	server, id := exampleServer()
	defer server.Close()
	client, err := api.New(apitest.URL, apitest.Key, api.WithHTTPClient(server.HTTPClient()))
	if err != nil {
		log.Fatal(err)
	}
	poll := func(ctx context.Context, id uuid.UUID) (*generated.ShipmentOrderResultsResponseSchema, generated.RequestStatus, error) {
		resp, err := client.GetShipOrderBatchResultsWithResponse(ctx, &generated.GetShipOrderBatchResultsParams{BatchRequestID: id})
		if err != nil {
			return nil, "", err
		}
		return resp.JSON200, resp.JSON200.Status, nil
	}
	batch, err := api.Wait(context.Background(), client, id, poll)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(batch.Status, len(batch.Items), "items")
	// Output: completed 2 items
}

func ExampleClient_RateLimits() {
	client, err := api.New("https://sellers.example.com", "the seller's key")
	if err != nil {
		log.Fatal(err)
	}
	for _, l := range client.RateLimits() {
		if l.Operation == "GetShipOrderBatchResults" {
			fmt.Println(l.Operation, l.Remaining, "of", l.Limit)
		}
	}
	// Output: GetShipOrderBatchResults 200 of 200
}
