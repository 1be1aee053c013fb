package telemetry

import (
	"context"
	"log"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/propagation"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/api/apitest"
	"github.com/sellerscenter/client-go/generated"
)

// newHTTPClient returns what api.WithHTTPClient takes to trace and measure every attempt: one client span, under the span of
// the call's context, and one measurement of http.client.request.duration. The base is a transport that keeps connections
// enough for concurrent use, where http.DefaultTransport keeps two a host.
func newHTTPClient(base http.RoundTripper, tp trace.TracerProvider, mp metric.MeterProvider) *http.Client {
	return &http.Client{Transport: otelhttp.NewTransport(annotator{base},
		otelhttp.WithTracerProvider(tp),
		otelhttp.WithMeterProvider(mp),
		otelhttp.WithPropagators(propagation.TraceContext{}), // the default is the global one, which sends nothing until it is set
		otelhttp.WithSpanNameFormatter(func(_ string, r *http.Request) string { return r.Method + " " + template(r) }),
	)}
}

// annotator adds to an attempt's measurement which operation it is of, and to its span how many attempts of the same call
// went before it, if the call's context counts them.
type annotator struct{ next http.RoundTripper }

func (a annotator) RoundTrip(r *http.Request) (*http.Response, error) {
	labeler, _ := otelhttp.ClientLabelerFromContext(r.Context())
	labeler.Add(attribute.String("url.template", template(r)))
	if resends, ok := r.Context().Value(resendsKey{}).(*int); ok { // attempts of a call never overlap
		if *resends > 0 {
			trace.SpanFromContext(r.Context()).SetAttributes(attribute.Int("http.request.resend_count", *resends))
		}
		*resends++
	}
	return a.next.RoundTrip(r)
}

type resendsKey struct{}

// countResends returns the context for one call, whose attempts it counts. All that a transport sees of a retry is a request
// like the one before; what they have in common, and no other call has, is what the caller put into the context.
func countResends(ctx context.Context) context.Context {
	return context.WithValue(ctx, resendsKey{}, new(int))
}

// template returns the path template of a request's operation, to name spans and tell metrics apart by: the path itself can
// have ids in it. The base URL's own path is no part of it.
func template(r *http.Request) string {
	_, path, _ := strings.Cut(r.URL.EscapedPath(), "/api/v1/")
	if op := generated.FindOperation(r.Method, "/api/v1/"+path); op != nil {
		return op.Path
	}
	return "unknown"
}

// The retry is a second span under the caller's. Where calls do not count, the statuses of the siblings tell the
// same story.
func Example() {
	server := apitest.NewServer()
	defer server.Close()
	id := server.AddBatch(apitest.Batch{})
	server.Fail(apitest.Fault{Status: 503, Header: http.Header{"Retry-After": {"0"}}})

	spans, measurements := tracetest.NewInMemoryExporter(), sdkmetric.NewManualReader()
	tp := sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans))
	mp := sdkmetric.NewMeterProvider(sdkmetric.WithReader(measurements))

	client, err := api.New(apitest.URL, apitest.Key, api.WithHTTPClient(newHTTPClient(server.HTTPClient().Transport, tp, mp)))
	if err != nil {
		log.Fatal(err)
	}
	ctx, span := tp.Tracer("shop").Start(context.Background(), "nightly sync")
	_, err = client.GetShipOrderBatchResultsWithResponse(countResends(ctx), &generated.GetShipOrderBatchResultsParams{BatchRequestID: id})
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

// All polls of a wait are spans under the caller's, which can tell more than HTTP does: the batch's status.
func Example_wait() {
	server := apitest.NewServer()
	defer server.Close()
	id := server.AddBatch(apitest.Batch{Statuses: []generated.RequestStatus{
		generated.RequestStatusPending, generated.RequestStatusProcessing, generated.RequestStatusCompleted,
	}})
	server.Fail(apitest.Fault{}, apitest.Fault{Status: 502, Body: "<html>Bad Gateway</html>"})

	spans := tracetest.NewInMemoryExporter()
	tp := sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans))
	client, err := api.New(apitest.URL, apitest.Key, api.WithHTTPClient(newHTTPClient(server.HTTPClient().Transport, tp, sdkmetric.NewMeterProvider())),
		api.WithRetry(api.RetryPolicy{MaxDelay: time.Millisecond}), api.WithoutRateLimit()) // for a short example
	if err != nil {
		log.Fatal(err)
	}

	ctx, span := tp.Tracer("shop").Start(context.Background(), "ship orders")
	for batch, err := range client.WaitShipOrderBatches(ctx, []uuid.UUID{id}, api.WithPollInterval(time.Millisecond, time.Millisecond),
		api.WithProgress(func(p api.Progress) {
			span.AddEvent("poll", trace.WithAttributes(attribute.Stringer("batch", p.ID), attribute.String("status", string(p.Status))))
		})) {
		if batch == nil {
			log.Fatal(err)
		}
	}
	span.End()

	printSpans(spans.GetSpans())
	// Output:
	// ship orders, poll pending, poll processing, poll completed
	//   GET /api/v1/results/ship-orders http.response.status_code=200
	//   GET /api/v1/results/ship-orders error.type=502 http.response.status_code=502
	//   GET /api/v1/results/ship-orders http.response.status_code=200
	//   GET /api/v1/results/ship-orders http.response.status_code=200
}
