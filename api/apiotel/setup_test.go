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

// RoundTrip makes the fixture the client's transport.
func (f *fixture) RoundTrip(r *http.Request) (*http.Response, error) { return f.send(r) }

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
	more = append(more, apiotel.WithTracerProvider(f.tp), apiotel.WithMeterProvider(mp))
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
		took := s.EndTime().Sub(s.StartTime()).Round(time.Millisecond) // negative without an end
		lines = append(lines, short.Replace(fmt.Sprint(line, " ", took, " ", s.SpanKind())))
		lines = append(lines, f.below(s.SpanContext().SpanID(), indent+"  ")...)
	}
	return lines
}

// short abbreviates what is in all spans of calls and attempts, or long.
var short = strings.NewReplacer(
	"GetShipOrderBatchResults sellerscenter.client.operation=GetShipOrderBatchResults", "CALL",
	"GET /api/v1/results/ship-orders http.request.method=GET server.address=localhost server.port=80"+
		" url.template=/api/v1/results/ship-orders url.full=http://localhost/api/v1/results/ship-orders",
	"ATTEMPT",
	"/api/v1/results/ship-orders", "/...",
	"http.request.resend_count=", "resend=",
	"http.response.status_code=", "status=",
	"network.protocol.version=", "HTTP/",
	"sellerscenter.client.operation=GetShipOrderBatchResults", "CALL",
	"server.address=localhost server.port=80 url.template=/api/v1/results/ship-orders", "TARGET",
	"sellerscenter.client.", "sc.",
	batch, "BATCH",
)

// metrics writes all measurements: name, unit, attributes, and value, or count and sum.
func (f *fixture) metrics(t testing.TB) string {
	t.Helper()
	var all metricdata.ResourceMetrics
	if err := f.reader.Collect(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	var lines []string
	add := func(m metricdata.Metrics, attributes attribute.Set, values ...any) {
		series := m.Name + written(attributes.ToSlice())
		line := series + ": " + fmt.Sprintln(append(values, m.Unit)...)
		lines = append(lines, short.Replace(line))
	}
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			switch data := m.Data.(type) {
			case metricdata.Histogram[float64]:
				for _, p := range data.DataPoints {
					add(m, p.Attributes, p.Count, "in", p.Sum)
				}
			case metricdata.Sum[int64]:
				for _, p := range data.DataPoints {
					add(m, p.Attributes, p.Value)
				}
			case metricdata.Gauge[int64]:
				for _, p := range data.DataPoints {
					add(m, p.Attributes, p.Value)
				}
			}
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "")
}

func written(attributes []attribute.KeyValue) string {
	var text strings.Builder
	for _, a := range attributes {
		fmt.Fprintf(&text, " %s=%s", a.Key, a.Value.Emit())
	}
	return text.String()
}
