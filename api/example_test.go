package api_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/api/apitest"
	"github.com/sellerscenter/client-go/generated"
)

var exampleBatch = uuid.MustParse("0d7c3f4e-1f5b-4c8e-9b61-6f1a2c3d4e5f")

// exampleServer is a fake Sellers Center server with one batch, so that the examples run.
func exampleServer() (*apitest.Server, uuid.UUID) {
	server := apitest.NewServer()
	return server, server.AddBatch(apitest.Batch{ID: exampleBatch, Items: []generated.ShipmentResultItemSchema{
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

// A report of the items of several batches that did not ship, and of the batches that are not known to have ended.
func Example_failedItems() {
	server := apitest.NewServer()
	defer server.Close()
	first := server.AddBatch(apitest.Batch{ID: exampleBatch, Items: []generated.ShipmentResultItemSchema{
		{Success: true, RequestItem: generated.ShipmentItemSchema{OrderItems: []int64{9007199254740993}}},
		{Errors: []string{"carrier key is not active"}, RequestItem: generated.ShipmentItemSchema{OrderItems: []int64{9007199254740994, 9007199254740995}}},
	}})
	second := server.AddBatch(apitest.Batch{
		ID:       uuid.MustParse("1d7c3f4e-1f5b-4c8e-9b61-6f1a2c3d4e5f"),
		Statuses: []generated.RequestStatus{generated.RequestStatusFailed},
		Items:    []generated.ShipmentResultItemSchema{{Errors: []string{"item is shipped", "no such carrier"}, RequestItem: generated.ShipmentItemSchema{OrderItems: []int64{4711}}}},
	})
	unknown := uuid.MustParse("ffffffff-0000-4000-8000-000000000000")

	client, err := api.New(apitest.URL, apitest.Key, api.WithHTTPClient(server.HTTPClient()))
	if err != nil {
		log.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	var open []uuid.UUID
	for batch, err := range client.WaitShipOrderBatches(ctx, []uuid.UUID{first, second, unknown}) {
		if batch == nil {
			var unfinished *api.BatchError
			if errors.As(err, &unfinished) {
				open = append(open, unfinished.ID) // to ask for again
			}
			continue
		}
		for _, item := range batch.Items { // of completed and failed batches alike
			if !item.Success {
				fmt.Println(batch.BatchRequestID, item.RequestItem.OrderItems, strings.Join(item.Errors, "; "))
			}
		}
	}
	fmt.Println("not known:", open)
	// Unordered output:
	// 0d7c3f4e-1f5b-4c8e-9b61-6f1a2c3d4e5f [9007199254740994 9007199254740995] carrier key is not active
	// 1d7c3f4e-1f5b-4c8e-9b61-6f1a2c3d4e5f [4711] item is shipped; no such carrier
	// not known: [ffffffff-0000-4000-8000-000000000000]
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
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded): // an answer before that is inside as well
		fmt.Println("out of time:", err)
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

// A key that rotates comes from a source, which is asked before each request. A call that is answered 401 meanwhile is made once
// more, if the source by then gives another key.
func ExampleWithKeySource() {
	server, id := exampleServer()
	defer server.Close()
	server.SetKey("the-key-of-february-4712") // it was rotated a moment ago

	cache := make(chan string, 2) // stands for a cache of your secret store's, which learns of the new key just now
	cache <- "the-key-of-january-4711"
	cache <- "the-key-of-february-4712"
	key := ""
	source := func(context.Context) (string, error) { // it is called concurrently; with several calls it would need a lock
		select {
		case key = <-cache:
		default:
		}
		return key, nil
	}

	client, err := api.New(apitest.URL, "", api.WithKeySource(source), api.WithHTTPClient(server.HTTPClient()))
	if err != nil {
		log.Fatal(err)
	}
	_, err = client.GetShipOrderBatchResultsWithResponse(context.Background(), &generated.GetShipOrderBatchResultsParams{BatchRequestID: id})
	fmt.Println(err)
	for _, r := range server.Requests() {
		fmt.Println(r.Status, r.Header.Get("X-API-Key"))
	}
	// Output:
	// <nil>
	// 401 the-key-of-january-4711
	// 200 the-key-of-february-4712
}

// The client sends through the transport of the http.Client that it is given, here for a proxy and a private certificate
// authority.
func ExampleWithHTTPClient() {
	roots := x509.NewCertPool() // with your authority's certificate: roots.AppendCertsFromPEM(pem)
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.Proxy = http.ProxyURL(&url.URL{Scheme: "http", Host: "proxy.example.com:3128"})
	transport.TLSClientConfig = &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS13}
	transport.MaxIdleConnsPerHost = 64 // net/http keeps two, too few for concurrent calls

	client, err := api.New("https://sellers.example.com", "the seller's key",
		api.WithHTTPClient(&http.Client{Transport: transport}))
	fmt.Println(client != nil, err)
	// Output: true <nil>
}

// countingTransport is middleware between the client and the transport that sends.
type countingTransport struct {
	next     http.RoundTripper
	statuses []int // for concurrent calls it needs a lock
}

func (t *countingTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := t.next.RoundTrip(r)
	if err == nil {
		t.statuses = append(t.statuses, resp.StatusCode)
	}
	return resp, err
}

// A transport sees every attempt, below the retries: for metrics, traces, or a cache.
func ExampleWithHTTPClient_middleware() {
	server, id := exampleServer()
	defer server.Close()
	server.Fail(apitest.Fault{Status: http.StatusServiceUnavailable, Header: http.Header{"Retry-After": {"0"}}})

	transport := &countingTransport{next: server.HTTPClient().Transport}
	client, err := api.New(apitest.URL, apitest.Key, api.WithHTTPClient(&http.Client{Transport: transport}))
	if err != nil {
		log.Fatal(err)
	}
	if _, err := client.GetShipOrderBatchResultsWithResponse(context.Background(), &generated.GetShipOrderBatchResultsParams{BatchRequestID: id}); err != nil {
		log.Fatal(err)
	}
	fmt.Println(transport.statuses)
	// Output: [503 200]
}

// One debug record per attempt, one warning per retry; see [WithLogger] for the attributes.
func ExampleWithLogger() {
	server, id := exampleServer()
	defer server.Close()
	server.Fail(apitest.Fault{Status: http.StatusServiceUnavailable, Header: http.Header{"Retry-After": {"0"}}})

	logger := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{
		Level: slog.LevelDebug,
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey || a.Key == "duration" { // they differ each time
				return slog.Attr{}
			}
			return a
		},
	}))
	client, err := api.New(apitest.URL, apitest.Key, api.WithHTTPClient(server.HTTPClient()), api.WithLogger(logger))
	if err != nil {
		log.Fatal(err)
	}
	if _, err := client.GetShipOrderBatchResultsWithResponse(context.Background(), &generated.GetShipOrderBatchResultsParams{BatchRequestID: id}); err != nil {
		log.Fatal(err)
	}
	// Output:
	// level=DEBUG msg="sellerscenter: attempt" method=GET path=/api/v1/results/ship-orders attempt=1 status=503 rate_limit_remaining=199
	// level=WARN msg="sellerscenter: retry" method=GET path=/api/v1/results/ship-orders attempt=1 delay=0s cause=503
	// level=DEBUG msg="sellerscenter: attempt" method=GET path=/api/v1/results/ship-orders attempt=2 status=200 rate_limit_remaining=198
}

// No batch is lost with an error: a [BatchError] has its id, to ask for it later, and tells a batch that failed from one that is
// not known to have ended.
func ExampleBatchError() {
	server := apitest.NewServer()
	defer server.Close()
	id := server.AddBatch(apitest.Batch{ID: exampleBatch, Statuses: []generated.RequestStatus{generated.RequestStatusProcessing}})
	client, err := api.New(apitest.URL, apitest.Key, api.WithHTTPClient(server.HTTPClient()))
	if err != nil {
		log.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	_, err = client.WaitShipOrderBatch(ctx, id)
	var unfinished *api.BatchError
	switch {
	case errors.Is(err, api.ErrBatchFailed):
		fmt.Println("failed: look at its items")
	case errors.As(err, &unfinished):
		fmt.Println("ask again later:", unfinished.ID, unfinished.Status, errors.Is(err, context.DeadlineExceeded))
	}
	// Output:
	// ask again later: 0d7c3f4e-1f5b-4c8e-9b61-6f1a2c3d4e5f processing true
}

// A deadline bounds the call as a whole, with its retries and its wait for the rate limit.
func ExampleWithRetry() {
	server, id := exampleServer()
	defer server.Close()
	server.Fail(slices.Repeat([]apitest.Fault{{Status: http.StatusBadGateway}}, 5)...)

	client, err := api.New(apitest.URL, apitest.Key, api.WithHTTPClient(server.HTTPClient()),
		api.WithRetry(api.RetryPolicy{MaxAttempts: 6, MinDelay: time.Millisecond, MaxDelay: 10 * time.Millisecond}),
		api.WithAttemptTimeout(10*time.Second))
	if err != nil {
		log.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	resp, err := client.GetShipOrderBatchResultsWithResponse(ctx, &generated.GetShipOrderBatchResultsParams{BatchRequestID: id})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(resp.JSON200.Status, "after", len(server.Requests()), "attempts")
	// Output: completed after 6 attempts
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

// Wait serves any batch operation: the function makes one poll. For one that the spec gains, such as the results of stock updates,
// write its types and its method here, GetStockBatchResultsWithResponse in place of GetShipOrderBatchResultsWithResponse.
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
