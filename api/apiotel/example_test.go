package apiotel_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"go.opentelemetry.io/otel"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/api/apiotel"
	"github.com/sellerscenter/client-go/api/apitest"
)

// The spans of attempts are below those of polls, and these below the span of the wait. Here the
// first attempt fails.
func Example() {
	spans := tracetest.NewInMemoryExporter() // in place of your program's own
	otel.SetTracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans)))

	server := apitest.NewServer()
	defer server.Close()
	id := server.AddBatch(apitest.Batch{})
	server.Fail(apitest.Fault{Status: 503})
	client, err := api.New(apitest.URL, apitest.Key, apiotel.Instrument(),
		api.WithHTTPClient(server.HTTPClient()),
		api.WithRetry(api.RetryPolicy{MaxDelay: time.Millisecond})) // for a short example
	if err != nil {
		log.Fatal(err)
	}
	batch, err := client.WaitShipOrderBatch(context.Background(), id)
	if err != nil {
		log.Fatal(err)
	}
	for _, span := range spans.GetSpans() { // in the order of their end
		fmt.Println(span.Name, span.Status.Code)
	}
	fmt.Println(batch.Status)
	// Output:
	// GET /api/v1/results/ship-orders Error
	// GET /api/v1/results/ship-orders Unset
	// GetShipOrderBatchResults Unset
	// wait for batch Unset
	// completed
}
