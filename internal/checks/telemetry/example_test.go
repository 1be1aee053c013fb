package telemetry

import (
	"context"
	"log"
	"time"

	"go.opentelemetry.io/otel/attribute"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/api/apitest"
	"github.com/sellerscenter/client-go/generated"
)

// The retry is a second span under the caller's.
func Example() {
	server := apitest.NewServer()
	defer server.Close()
	id := server.AddBatch(apitest.Batch{})
	server.Fail(apitest.Fault{Status: 503})

	spans := tracetest.NewInMemoryExporter()
	measurements := sdkmetric.NewManualReader()
	tp := sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans))
	mp := sdkmetric.NewMeterProvider(sdkmetric.WithReader(measurements))

	httpClient := newHTTPClient(server.HTTPClient().Transport, tp, mp)
	client, err := api.New(apitest.URL, apitest.Key, api.WithHTTPClient(httpClient),
		api.WithRetry(api.RetryPolicy{MaxDelay: time.Millisecond})) // for a short example
	if err != nil {
		log.Fatal(err)
	}
	ctx, span := tp.Tracer("shop").Start(context.Background(), "nightly sync")
	params := &generated.GetShipOrderBatchResultsParams{BatchRequestID: id}
	_, err = client.GetShipOrderBatchResultsWithResponse(ctx, params)
	span.End()
	if err != nil {
		log.Fatal(err)
	}

	printSpans(spans.GetSpans())
	printDurations(measurements)
	// Output:
	// nightly sync
	//   GET /api/v1/results/ship-orders error.type=503 http.response.status_code=503
	//   GET /api/v1/results/ship-orders http.request.resend_count=1 http.response.status_code=200
	// http.client.request.duration GET /api/v1/results/ship-orders 200: 1
	// http.client.request.duration GET /api/v1/results/ship-orders 503: 1
}

// All polls of a wait are spans under the caller's, which can tell more than HTTP does: the
// batch's status.
func Example_wait() {
	server := apitest.NewServer()
	defer server.Close()
	id := server.AddBatch(apitest.Batch{
		Statuses: []api.BatchStatus{api.StatusPending, api.StatusProcessing, api.StatusCompleted},
	})
	server.Fail(apitest.Fault{}, apitest.Fault{Status: 502, Body: "<html>Bad Gateway</html>"})

	spans := tracetest.NewInMemoryExporter()
	tp := sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans))
	httpClient := newHTTPClient(server.HTTPClient().Transport, tp, sdkmetric.NewMeterProvider())
	client, err := api.New(apitest.URL, apitest.Key, api.WithHTTPClient(httpClient),
		api.WithRetry(api.RetryPolicy{MaxDelay: time.Millisecond})) // for a short example
	if err != nil {
		log.Fatal(err)
	}

	ctx, span := tp.Tracer("shop").Start(context.Background(), "ship orders")
	progress := api.WithProgress(func(p api.Progress) {
		span.AddEvent("poll", trace.WithAttributes(
			attribute.Stringer("batch", p.ID),
			attribute.String("status", string(p.Status)),
		))
	})
	interval := api.WithPollInterval(time.Millisecond, time.Millisecond)
	_, err = client.WaitShipOrderBatch(ctx, id, progress, interval)
	span.End()
	if err != nil {
		log.Fatal(err)
	}

	printSpans(spans.GetSpans())
	// Output:
	// ship orders, poll pending, poll processing, poll completed
	//   GET /api/v1/results/ship-orders http.response.status_code=200
	//   GET /api/v1/results/ship-orders error.type=502 http.response.status_code=502
	//   GET /api/v1/results/ship-orders http.request.resend_count=1 http.response.status_code=200
	//   GET /api/v1/results/ship-orders http.response.status_code=200
}
