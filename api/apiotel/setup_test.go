package apiotel_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/api/apiotel"
	"github.com/sellerscenter/client-go/api/apitest"
	"github.com/sellerscenter/client-go/generated"
)

const batch = "0d7c3f4e-1f5b-4c8e-9b61-6f1a2c3d4e5f"

var batchID = uuid.MustParse(batch)

// fixture is a fake server with one batch, and an instrumented client of it.
type fixture struct {
	server *apitest.Server
	client *api.Client
	tp     *sdktrace.TracerProvider
	spans  *tracetest.SpanRecorder
	reader *sdkmetric.ManualReader
	// send is the transport of the client, at first the one to the server.
	send func(*http.Request) (*http.Response, error)
}

// RoundTrip makes the fixture the client's transport. It notes at the span whether the server is
// told of it, so that spans of its own are below that.
func (f *fixture) RoundTrip(r *http.Request) (*http.Response, error) {
	span := trace.SpanFromContext(r.Context())
	id := span.SpanContext()
	header := fmt.Sprintf("[00-%s-%s-01]", id.TraceID(), id.SpanID())
	span.SetAttributes(attribute.Bool("told", header == fmt.Sprint(r.Header["Traceparent"])))
	return f.send(r)
}

// newFixture makes a client with options of its own, and of its instrumentation.
func newFixture(t testing.TB, opts []api.Option, more ...apiotel.Option) *fixture {
	t.Helper()
	f := &fixture{
		server: apitest.NewServer(),
		spans:  tracetest.NewSpanRecorder(),
		reader: sdkmetric.NewManualReader(),
	}
	t.Cleanup(f.server.Close)
	f.send = f.server.HTTPClient().Transport.RoundTrip
	f.server.AddBatch(apitest.Batch{
		ID:       batchID,
		Statuses: []api.BatchStatus{api.StatusPending, api.StatusCompleted},
	})
	f.tp = sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(f.spans))
	mp := sdkmetric.NewMeterProvider(sdkmetric.WithReader(f.reader))
	more = append(more, apiotel.WithTracerProvider(f.tp), apiotel.WithMeterProvider(mp),
		apiotel.WithAttributes(attribute.String("seller", "shoes")))
	opts = append(opts, api.WithHTTPClient(&http.Client{Transport: f}), apiotel.Instrument(more...))
	client, err := api.New(apitest.URL, apitest.Key, opts...)
	if err != nil {
		t.Fatal(err)
	}
	f.client = client
	return f
}

// call makes a direct call.
func (f *fixture) call(ctx context.Context, editors ...generated.RequestEditorFn) error {
	params := &generated.GetShipOrderBatchResultsParams{BatchRequestID: batchID}
	_, err := f.client.GetShipOrderBatchResultsWithResponse(ctx, params, editors...)
	return err
}

// under runs do in a span of the caller's own, and writes the spans below it in the order of their
// start, each below its parent: name, attributes, status, duration and kind.
func (f *fixture) under(t testing.TB, do func(context.Context)) []string {
	t.Helper()
	ctx, span := f.tp.Tracer("shop").Start(t.Context(), "shop")
	do(ctx)
	span.End()
	lines := f.below(trace.SpanID{}, "")
	if !strings.HasPrefix(lines[0], "shop ") || !strings.HasPrefix(lines[len(lines)-1], "  ") {
		t.Fatalf("the caller's span is not the parent of all:\n%s", strings.Join(lines, "\n"))
	}
	return lines[1:]
}

func (f *fixture) below(parent trace.SpanID, indent string) (lines []string) {
	for _, s := range f.spans.Started() {
		if s.Parent().SpanID() != parent {
			continue
		}
		line := indent + s.Name() + written(s.Attributes())
		if s.Status().Code == codes.Error {
			line += fmt.Sprintf(" Error %q", s.Status().Description)
		}
		took := s.EndTime().Sub(s.StartTime()) // negative without an end
		line += fmt.Sprintf(" %v %v", took.Round(time.Millisecond), s.SpanKind())
		lines = append(lines, short.Replace(line))
		lines = append(lines, f.below(s.SpanContext().SpanID(), indent+"  ")...)
	}
	return lines
}

// short abbreviates what is in all spans and metrics of calls, attempts or waits, the attribute
// that was asked for included.
var short = strings.NewReplacer(
	"wait for batch seller=shoes", "WAIT",
	"GetShipOrderBatchResults sellerscenter.client.operation=GetShipOrderBatchResults seller=shoes", "CALL",
	"GET /api/v1/results/ship-orders http.request.method=GET server.address=localhost server.port=80"+
		" url.template=/api/v1/results/ship-orders url.full=http://localhost/api/v1/results/ship-orders"+
		" seller=shoes", "ATTEMPT",
	"seller=shoes server.address=localhost server.port=80 url.template=/api/v1/results/ship-orders", "TARGET",
	"seller=shoes sellerscenter.client.operation=GetShipOrderBatchResults", "OPERATION",
	"seller=shoes", "SELLER",
	"sellerscenter.client.", "sc.",
	"http.request.resend_count=", "resend=",
	"http.response.status_code=", "status=",
	"network.protocol.version=", "HTTP/",
	"/api/v1/results/ship-orders", "/...",
	"told=true", "TOLD",
	batch, "BATCH",
)

// collect returns all measurements, as an exporter gets them.
func (f *fixture) collect(t testing.TB) (all metricdata.ResourceMetrics) {
	t.Helper()
	if err := f.reader.Collect(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// metrics writes all measurements: name, attributes, count and sum or value, and unit.
func (f *fixture) metrics(t testing.TB) string {
	t.Helper()
	var lines []string
	add := func(m metricdata.Metrics, attributes attribute.Set, values ...any) {
		line := m.Name + written(attributes.ToSlice()) + ": " + fmt.Sprintln(append(values, m.Unit)...)
		lines = append(lines, short.Replace(line))
	}
	for _, scope := range f.collect(t).ScopeMetrics {
		for _, m := range scope.Metrics {
			var numbers []metricdata.DataPoint[int64]
			switch data := m.Data.(type) {
			case metricdata.Histogram[float64]:
				for _, p := range data.DataPoints {
					add(m, p.Attributes, p.Count, "in", p.Sum)
				}
			case metricdata.Sum[int64]:
				numbers = data.DataPoints
			case metricdata.Gauge[int64]:
				numbers = data.DataPoints
			}
			for _, p := range numbers {
				add(m, p.Attributes, p.Value)
			}
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "")
}

func written(attributes []attribute.KeyValue) string {
	var text strings.Builder
	for _, a := range attributes {
		fmt.Fprintf(&text, " %s=%s", a.Key, a.Value.String())
	}
	return text.String()
}
