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

var (
	exampleBatch = uuid.MustParse("0d7c3f4e-1f5b-4c8e-9b61-6f1a2c3d4e5f")
	otherBatch   = uuid.MustParse("1d7c3f4e-1f5b-4c8e-9b61-6f1a2c3d4e5f")
	unknownBatch = uuid.MustParse("ffffffff-0000-4000-8000-000000000000")
)

// exampleServer is a fake Sellers Center server that knows one batch, so that the examples run.
func exampleServer() *apitest.Server {
	server := apitest.NewServer()
	server.AddBatch(apitest.Batch{ID: exampleBatch, Items: []generated.ShipmentResultItemSchema{
		{
			Success: true,
			RequestItem: generated.ShipmentItemSchema{
				CarrierKey:          "DHL_STD_NATIONAL",
				OrderItems:          []int64{9007199254740993},
				ShipmentTrackingKey: "00340434161094042557",
			},
		},
		{
			Errors: []string{"carrier key is not active"},
			RequestItem: generated.ShipmentItemSchema{
				CarrierKey:          "DPD_EXPRESS_RETIRED",
				OrderItems:          []int64{9007199254740994, 9007199254740995},
				ShipmentTrackingKey: "01475012345678",
			},
		},
	}})
	return server
}

// exampleClient is a client of the server, made as in the first example.
func exampleClient(server *apitest.Server, opts ...api.Option) *api.Client {
	opts = append([]api.Option{api.WithHTTPClient(server.HTTPClient())}, opts...)
	client, err := api.New(apitest.URL, apitest.Key, opts...)
	if err != nil {
		log.Fatal(err)
	}
	return client
}

// printResults asks for the results of the batch, and prints for each item whether it shipped.
func printResults(client *api.Client) {
	params := &generated.GetShipOrderBatchResultsParams{BatchRequestID: exampleBatch}
	resp, err := client.GetShipOrderBatchResultsWithResponse(context.Background(), params)
	if err != nil {
		log.Fatal(err)
	}
	printItems(resp.JSON200.Items)
}

func printItems(items []generated.ShipmentResultItemSchema) {
	for _, item := range items {
		fmt.Println(item.RequestItem.ShipmentTrackingKey, item.Success, item.Errors)
	}
}

// A completed batch may still contain failures: each item has its own success and errors.
func Example() {
	server := exampleServer()
	defer server.Close()

	// Against the real API: api.New("https://…", os.Getenv("SELLERS_CENTER_API_KEY")).
	client, err := api.New(apitest.URL, apitest.Key, api.WithHTTPClient(server.HTTPClient()))
	if err != nil {
		log.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	params := &generated.GetShipOrderBatchResultsParams{BatchRequestID: exampleBatch}
	resp, err := client.GetShipOrderBatchResultsWithResponse(ctx, params)
	if err != nil {
		log.Fatal(err)
	}
	// Where the spec declares several successes, take the field of the status that came.
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
	server := exampleServer()
	defer server.Close()
	client := exampleClient(server)
	params := &generated.GetShipOrderBatchResultsParams{BatchRequestID: unknownBatch}
	resp, err := client.GetShipOrderBatchResultsWithResponse(context.Background(), params)

	var apiErr *api.Error
	switch {
	case err == nil:
		printItems(resp.JSON200.Items)
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		fmt.Println("out of time:", err) // a response before that is inside as well
	case errors.Is(err, api.ErrNotFound):
		fmt.Println(err)
	case errors.Is(err, api.ErrRateLimited) && errors.As(err, &apiErr):
		fmt.Println("come back in", apiErr.RetryAfter)
	case errors.As(err, &apiErr):
		fmt.Println("the server said", apiErr.StatusCode, apiErr.Message)
	default:
		fmt.Println("no response:", err)
	}
	// Output:
	// sellerscenter: GET /api/v1/results/ship-orders: 404: batch request not found (1 attempt)
}

// The error schema that the spec declares is decoded from the error.
func ExampleError_Decode() {
	err := error(&api.Error{
		StatusCode: http.StatusBadRequest,
		Body:       []byte(`{"message":"batch_request_id must be a UUID"}`),
	})
	var apiErr *api.Error
	var schema generated.BadRequestSchema
	if errors.As(err, &apiErr) && apiErr.Decode(&schema) == nil {
		fmt.Println(schema.Message)
	}
	// Output: batch_request_id must be a UUID
}

// A key that rotates comes from a source, which is asked before each request. A call that gets a
// 401 meanwhile is made again if the source by then gives another key.
func ExampleWithKeySource() {
	server := exampleServer()
	defer server.Close()
	server.SetKey("the-key-of-february-4712") // it was rotated a moment ago

	// It stands for a cache of your secret store, which learns of the new key only now.
	cache := []string{"the-key-of-january-4711", "the-key-of-february-4712"}
	// It is called concurrently: with several calls it would need a lock.
	source := func(context.Context) (string, error) {
		key := cache[0]
		cache = cache[len(cache)-1:]
		return key, nil
	}

	client, err := api.New(apitest.URL, "",
		api.WithKeySource(source), api.WithHTTPClient(server.HTTPClient()))
	if err != nil {
		log.Fatal(err)
	}
	printResults(client)
	for _, r := range server.Requests() {
		fmt.Println(r.Status, r.Header.Get("X-API-Key"))
	}
	// Output:
	// 00340434161094042557 true []
	// 01475012345678 false [carrier key is not active]
	// 401 the-key-of-january-4711
	// 200 the-key-of-february-4712
}

// A proxy and mutual TLS are matters of the transport: here with a proxy, a private certificate
// authority, and a certificate of the client's own.
func ExampleWithHTTPClient() {
	roots := x509.NewCertPool()        // with your authority's certificate: roots.AppendCertsFromPEM(pem)
	var certificates []tls.Certificate // with your own: tls.LoadX509KeyPair("client.pem", "client.key")

	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.Proxy = http.ProxyURL(&url.URL{Scheme: "http", Host: "proxy.example.com:3128"})
	transport.TLSClientConfig = &tls.Config{
		RootCAs:      roots,
		Certificates: certificates,
		MinVersion:   tls.VersionTLS13,
	}
	transport.MaxIdleConnsPerHost = 64 // net/http keeps two, too few for concurrent calls

	client, err := api.New("https://sellers.example.com", "the seller's key",
		api.WithHTTPClient(&http.Client{Transport: transport}))
	fmt.Println(client != nil, err)
	// Output: true <nil>
}

// tellingTransport is middleware between the client and the transport that sends.
type tellingTransport struct{ next http.RoundTripper }

func (t tellingTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := t.next.RoundTrip(r)
	attempt, ok := api.AttemptFromContext(r.Context())
	if ok && err == nil {
		fmt.Printf("%s, attempt %d: %d\n", attempt.Operation, attempt.Number, resp.StatusCode)
	}
	return resp, err
}

// A transport sees every attempt, below the retries, for metrics, traces, or a cache. A request's
// context tells which attempt of which operation it is, and the batch that a wait polls for.
func ExampleAttemptFromContext() {
	server := exampleServer()
	defer server.Close()
	server.Fail(apitest.Fault{Status: http.StatusServiceUnavailable})

	transport := tellingTransport{next: server.HTTPClient().Transport}
	client := exampleClient(server, api.WithHTTPClient(&http.Client{Transport: transport}))
	printResults(client)
	// Output:
	// GetShipOrderBatchResults, attempt 1: 503
	// GetShipOrderBatchResults, attempt 2: 200
	// 00340434161094042557 true []
	// 01475012345678 false [carrier key is not active]
}

// One debug record per attempt, one warning per retry; see [WithLogger] for the attributes.
func ExampleWithLogger() {
	server := exampleServer()
	defer server.Close()
	server.Fail(apitest.Fault{Status: http.StatusServiceUnavailable})

	logger := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{
		Level: slog.LevelDebug,
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			switch a.Key {
			case slog.TimeKey, "duration", "delay", // which differ each time
				"method", "path": // which make long lines
				return slog.Attr{}
			}
			return a
		},
	}))
	printResults(exampleClient(server, api.WithLogger(logger)))
	// Output:
	// level=DEBUG msg="sellerscenter: attempt" attempt=1 status=503 rate_limit_remaining=199
	// level=WARN msg="sellerscenter: retry" attempt=1 cause=503
	// level=DEBUG msg="sellerscenter: attempt" attempt=2 status=200 rate_limit_remaining=198
	// 00340434161094042557 true []
	// 01475012345678 false [carrier key is not active]
}

// No batch is lost with an error: a [BatchError] has its id. When Ctrl-C ends a wait, the ids that
// are left tell where to resume: here at once, in your program when it starts again.
func ExampleBatchError() {
	server := apitest.NewServer()
	defer server.Close()
	slow := server.AddBatch(apitest.Batch{
		ID:       exampleBatch,
		Statuses: []api.BatchStatus{api.StatusProcessing, api.StatusProcessing, api.StatusCompleted},
	})
	quick := server.AddBatch(apitest.Batch{ID: otherBatch})
	client := exampleClient(server)

	// In a program: signal.NotifyContext(context.Background(), os.Interrupt). Here a batch that is
	// done stands for the signal.
	ctx, interrupt := context.WithCancel(context.Background())
	defer interrupt()

	var left []uuid.UUID // to be kept, in a file or database
	for batch, err := range client.WaitShipOrderBatches(ctx, []uuid.UUID{slow, quick}) {
		var unfinished *api.BatchError
		switch {
		case errors.As(err, &unfinished) && !errors.Is(err, api.ErrBatchFailed):
			left = append(left, unfinished.ID)
		case batch != nil:
			fmt.Println("done:", batch.BatchRequestID)
			interrupt()
		}
	}
	fmt.Println("left:", left)

	for batch, err := range client.WaitShipOrderBatches(context.Background(), left) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println("done:", batch.BatchRequestID)
	}
	// Output:
	// done: 1d7c3f4e-1f5b-4c8e-9b61-6f1a2c3d4e5f
	// left: [0d7c3f4e-1f5b-4c8e-9b61-6f1a2c3d4e5f]
	// done: 0d7c3f4e-1f5b-4c8e-9b61-6f1a2c3d4e5f
}

// A deadline bounds the call as a whole, with its retries and its wait for the rate limit.
func ExampleWithRetry() {
	server := exampleServer()
	defer server.Close()
	server.Fail(slices.Repeat([]apitest.Fault{{Status: http.StatusBadGateway}}, 5)...)

	policy := api.RetryPolicy{MaxAttempts: 6, MinDelay: time.Millisecond, MaxDelay: 10 * time.Millisecond}
	client := exampleClient(server, api.WithRetry(policy), api.WithAttemptTimeout(10*time.Second))
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	params := &generated.GetShipOrderBatchResultsParams{BatchRequestID: exampleBatch}
	resp, err := client.GetShipOrderBatchResultsWithResponse(ctx, params)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(resp.JSON200.Status, "after", len(server.Requests()), "attempts")
	// Output: completed after 6 attempts
}

func ExampleClient_WaitShipOrderBatch() {
	server := exampleServer()
	defer server.Close()
	client := exampleClient(server)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	batch, err := client.WaitShipOrderBatch(ctx, exampleBatch)
	if err != nil && !errors.Is(err, api.ErrBatchFailed) {
		log.Fatal(err) // a *api.BatchError, which has the batch's id and last status
	}
	printItems(batch.Items)
	// Output:
	// 00340434161094042557 true []
	// 01475012345678 false [carrier key is not active]
}

// What each poll of a wait finds, failed ones included.
func ExampleWithProgress() {
	server := exampleServer()
	defer server.Close()
	server.Fail(apitest.Fault{Status: http.StatusBadGateway})
	client := exampleClient(server, api.WithRetry(api.RetryPolicy{MaxAttempts: 1}))
	report := func(p api.Progress) {
		var apiErr *api.Error
		if errors.As(p.Err, &apiErr) {
			fmt.Println("poll", p.Polls, "failed:", apiErr.StatusCode)
			return
		}
		fmt.Println("poll", p.Polls, p.Status)
	}
	_, err := client.WaitShipOrderBatch(context.Background(), exampleBatch,
		api.WithProgress(report), api.WithPollInterval(time.Millisecond, time.Second))
	fmt.Println("error:", err)
	// Output:
	// poll 1 failed: 502
	// poll 2 completed
	// error: <nil>
}

// The results of a batch that was submitted a moment ago may not be found yet.
func ExampleWithNotFoundGrace() {
	server := exampleServer()
	defer server.Close()
	server.Fail(apitest.Fault{Status: http.StatusNotFound})
	client := exampleClient(server)
	batch, err := client.WaitShipOrderBatch(context.Background(), exampleBatch,
		api.WithNotFoundGrace(time.Minute), api.WithPollInterval(time.Millisecond, time.Second))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(batch.Status)
	// Output: completed
}

// A report of the items of several batches that did not ship, and of the batches that are not
// known to have ended. Each batch comes as it ends. One that fails does not end the others.
func ExampleClient_WaitShipOrderBatches() {
	server := exampleServer()
	defer server.Close()
	server.AddBatch(apitest.Batch{
		ID:       otherBatch,
		Statuses: []api.BatchStatus{api.StatusFailed},
		Items: []generated.ShipmentResultItemSchema{{
			Errors:      []string{"item is shipped", "no such carrier"},
			RequestItem: generated.ShipmentItemSchema{OrderItems: []int64{4711}},
		}},
	})
	client := exampleClient(server)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()

	var open []uuid.UUID
	ids := []uuid.UUID{exampleBatch, otherBatch, unknownBatch}
	for batch, err := range client.WaitShipOrderBatches(ctx, ids) {
		if batch == nil {
			var unfinished *api.BatchError
			if errors.As(err, &unfinished) {
				open = append(open, unfinished.ID) // to ask for again
			}
			continue
		}
		for _, item := range batch.Items { // of completed and failed batches alike
			if !item.Success {
				fmt.Println(item.RequestItem.OrderItems, strings.Join(item.Errors, "; "))
			}
		}
	}
	fmt.Println("not known:", open)
	// Unordered output:
	// [9007199254740994 9007199254740995] carrier key is not active
	// [4711] item is shipped; no such carrier
	// not known: [ffffffff-0000-4000-8000-000000000000]
}

// Wait serves any batch operation: the function makes one poll. For one that the spec gains,
// write its types and its method here.
func ExampleWait() {
	server := exampleServer()
	defer server.Close()
	client := exampleClient(server)
	type results = *generated.ShipmentOrderResultsResponseSchema
	poll := func(ctx context.Context, id uuid.UUID) (results, api.BatchStatus, error) {
		params := &generated.GetShipOrderBatchResultsParams{BatchRequestID: id}
		resp, err := client.GetShipOrderBatchResultsWithResponse(ctx, params)
		if err != nil {
			return nil, "", err
		}
		return resp.JSON200, api.BatchStatus(resp.JSON200.Status), nil
	}
	batch, err := api.Wait(context.Background(), client, exampleBatch, poll)
	if err != nil {
		log.Fatal(err)
	}
	printItems(batch.Items)
	// Output:
	// 00340434161094042557 true []
	// 01475012345678 false [carrier key is not active]
}

// Many batches at once, of any operation. What each poll returns is yours to choose, here the
// items that did not ship.
func ExampleWaitAll() {
	server := exampleServer()
	defer server.Close()
	client := exampleClient(server)
	type failures []generated.ShipmentResultItemSchema
	poll := func(ctx context.Context, id uuid.UUID) (failures, api.BatchStatus, error) {
		params := &generated.GetShipOrderBatchResultsParams{BatchRequestID: id}
		resp, err := client.GetShipOrderBatchResultsWithResponse(ctx, params)
		if err != nil {
			return nil, "", err
		}
		var failed failures
		for _, item := range resp.JSON200.Items {
			if !item.Success {
				failed = append(failed, item)
			}
		}
		return failed, api.BatchStatus(resp.JSON200.Status), nil
	}
	ids := []uuid.UUID{exampleBatch, unknownBatch}
	for failed, err := range api.WaitAll(context.Background(), client, ids, poll) {
		var unfinished *api.BatchError
		if errors.As(err, &unfinished) {
			fmt.Println("not known:", unfinished.ID)
		}
		printItems(failed)
	}
	// Unordered output:
	// 01475012345678 false [carrier key is not active]
	// not known: ffffffff-0000-4000-8000-000000000000
}

// Two clients with one key count together, as two processes do with the limit of package
// redislimit: the second knows what the first has sent.
func ExampleWithSharedLimit() {
	server := exampleServer()
	defer server.Close()
	limit := &apitest.SharedLimit{} // in memory, for tests
	first := exampleClient(server, api.WithSharedLimit(limit))
	second := exampleClient(server, api.WithSharedLimit(limit))

	printResults(first)
	printResults(second)
	fmt.Println(second.RateLimits()[0].Remaining, "requests remain")
	// Output:
	// 00340434161094042557 true []
	// 01475012345678 false [carrier key is not active]
	// 00340434161094042557 true []
	// 01475012345678 false [carrier key is not active]
	// 198 requests remain
}

// A program that serves two sellers makes a client for each key. They share nothing: each has its
// own rate limits, as the API counts them for each key.
func ExampleClient_RateLimits() {
	server := exampleServer()
	defer server.Close()
	north, err := api.New("https://sellers.example.com", "key-of-north-4711")
	if err != nil {
		log.Fatal(err)
	}
	south := exampleClient(server)
	printResults(south)
	for _, client := range []*api.Client{north, south} {
		limit := client.RateLimits()[0]
		fmt.Println(limit.Operation, limit.Remaining, "of", limit.Limit)
	}
	// Output:
	// 00340434161094042557 true []
	// 01475012345678 false [carrier key is not active]
	// GetShipOrderBatchResults 200 of 200
	// GetShipOrderBatchResults 199 of 200
}
