package telemetry

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/api/apitest"
	"github.com/sellerscenter/client-go/generated"
)

// fixture is a fake server, and an instrumented client of it.
type fixture struct {
	server *apitest.Server
	client *api.Client
	tp     *sdktrace.TracerProvider
	spans  *tracetest.SpanRecorder
	reader *sdkmetric.ManualReader
}

// newFixture puts wrap, if it is not nil, between the instrumentation and the server.
func newFixture(t testing.TB, wrap func(http.RoundTripper) http.RoundTripper, opts ...api.Option) *fixture {
	t.Helper()
	f := &fixture{server: apitest.NewServer(), spans: tracetest.NewSpanRecorder(), reader: sdkmetric.NewManualReader()}
	t.Cleanup(f.server.Close)
	f.tp = sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(f.spans))
	base := f.server.HTTPClient().Transport
	if wrap != nil {
		base = wrap(base)
	}
	var err error
	f.client, err = api.New(apitest.URL, apitest.Key, append([]api.Option{
		api.WithHTTPClient(newHTTPClient(base, f.tp, sdkmetric.NewMeterProvider(sdkmetric.WithReader(f.reader)))),
	}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// under runs do in a span of its own, as a user's code does, and returns its children in the order of their start.
func (f *fixture) under(t testing.TB, do func(context.Context)) (parent trace.SpanContext, attempts []sdktrace.ReadOnlySpan) {
	t.Helper()
	ctx, span := f.tp.Tracer("shop").Start(t.Context(), "ship orders")
	do(ctx)
	span.End()
	parent = span.SpanContext()
	if begun, ended := len(f.spans.Started()), len(f.spans.Ended()); begun != ended {
		t.Errorf("%d spans began and %d ended", begun, ended)
	}
	for _, s := range f.spans.Started() {
		if s.Parent().SpanID() == parent.SpanID() {
			attempts = append(attempts, f.ended(t, s))
		}
	}
	return parent, attempts
}

// ended returns the span as it was when it ended.
func (f *fixture) ended(t testing.TB, begun sdktrace.ReadOnlySpan) sdktrace.ReadOnlySpan {
	t.Helper()
	for _, s := range f.spans.Ended() {
		if s.SpanContext().SpanID() == begun.SpanContext().SpanID() {
			return s
		}
	}
	t.Fatalf("span %s did not end", begun.Name())
	return nil
}

func (f *fixture) call(ctx context.Context, id uuid.UUID) error {
	_, err := f.client.GetShipOrderBatchResultsWithResponse(ctx, &generated.GetShipOrderBatchResultsParams{BatchRequestID: id})
	return err
}

func (f *fixture) metrics(t testing.TB) *metricdata.ResourceMetrics {
	t.Helper()
	all := new(metricdata.ResourceMetrics)
	if err := f.reader.Collect(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	return all
}

// value returns what an attribute says, empty if it is absent.
func value(attrs []attribute.KeyValue, key attribute.Key) string {
	for _, a := range attrs {
		if a.Key == key {
			return a.Value.String()
		}
	}
	return ""
}

// keys returns the sorted names of attributes.
func keys(attrs []attribute.KeyValue) string {
	var names []string
	for _, a := range attrs {
		names = append(names, string(a.Key))
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}

func TestEachAttemptIsASpanUnderTheCallers(t *testing.T) {
	const (
		common   = "http.request.method http.response.status_code network.protocol.version server.address url.full"
		failed   = "error.type " + common
		template = "GET /api/v1/results/ship-orders"
	)
	busy := apitest.Fault{Status: 503, Body: "<html>busy</html>"}
	throttled := apitest.Fault{Status: 429, Header: http.Header{"Retry-After": {"7"}}}
	type span struct {
		status, errorType string // as the attributes tell them
		code              codes.Code
		keys              string
	}
	ok := span{"200", "", codes.Unset, common}
	for _, tt := range []struct {
		name    string
		faults  []apitest.Fault
		unknown bool
		want    []span
	}{
		{name: "answered", want: []span{ok}},
		{name: "503, then answered", faults: []apitest.Fault{busy}, want: []span{{"503", "503", codes.Error, failed}, ok}},
		{name: "429 and 503, then answered", faults: []apitest.Fault{throttled, busy}, want: []span{{"429", "429", codes.Error, failed}, {"503", "503", codes.Error, failed}, ok}},
		{name: "body cut short, then answered", faults: []apitest.Fault{{Cut: true}}, want: []span{{"200", "*errors.errorString", codes.Error, failed}, ok}},
		{name: "timeout, then answered", faults: []apitest.Fault{{Delay: time.Hour}}, want: []span{{"", "context.deadlineExceededError", codes.Error, strings.Replace(failed, "http.response.status_code ", "", 1)}, ok}},
		{name: "404", unknown: true, want: []span{{"404", "404", codes.Error, failed}}},
		{name: "nothing but 503", faults: slices.Repeat([]apitest.Fault{busy}, 4), want: slices.Repeat([]span{{"503", "503", codes.Error, failed}}, 4)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFixture(t, nil)
				id := uuid.New()
				if !tt.unknown {
					f.server.AddBatch(apitest.Batch{ID: id})
				}
				f.server.Fail(tt.faults...)
				var err error
				parent, attempts := f.under(t, func(ctx context.Context) { err = f.call(ctx, id) })
				if wantErr := tt.want[len(tt.want)-1] != ok; (err != nil) != wantErr {
					t.Errorf("error %v, want one: %v", err, wantErr)
				}
				requests := f.server.Requests()
				if len(attempts) != len(tt.want) || len(requests) != len(tt.want) || len(f.spans.Ended()) != len(tt.want)+1 {
					t.Fatalf("%d spans of attempts of %d in all, %d requests, want %d spans and the caller's", len(attempts), len(f.spans.Ended()), len(requests), len(tt.want))
				}
				for i, s := range attempts {
					got := span{value(s.Attributes(), "http.response.status_code"), value(s.Attributes(), "error.type"), s.Status().Code, keys(s.Attributes())}
					if got != tt.want[i] {
						t.Errorf("attempt %d: %+v, want %+v", i+1, got, tt.want[i])
					}
					if s.Name() != template || s.SpanKind() != trace.SpanKindClient || s.SpanContext().TraceID() != parent.TraceID() || len(s.Events())+len(s.Links()) > 0 {
						t.Errorf("attempt %d: %s of kind %v in trace %s with %d events", i+1, s.Name(), s.SpanKind(), s.SpanContext().TraceID(), len(s.Events()))
					}
					// The server's spans are to be children of the attempt's, not of the caller's.
					want := fmt.Sprintf("00-%s-%s-01", parent.TraceID(), s.SpanContext().SpanID())
					if header := requests[i].Header.Get("Traceparent"); header != want {
						t.Errorf("attempt %d: traceparent %q, want %q", i+1, header, want)
					}
				}
			})
		})
	}
}

// slowBody sends the body of each answer 3 seconds after its header.
type slowBody struct{ http.RoundTripper }

func (s slowBody) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := s.RoundTripper.RoundTrip(r)
	if err == nil {
		resp.Body = &delayed{ReadCloser: resp.Body, delay: 3 * time.Second}
	}
	return resp, err
}

type delayed struct {
	io.ReadCloser
	delay time.Duration
}

func (d *delayed) Read(p []byte) (int, error) {
	time.Sleep(d.delay)
	d.delay = 0
	return d.ReadCloser.Read(p)
}

// TestSpanEndsWithTheBodyTheMetricWithTheHeader also shows what neither covers: the waits between attempts.
func TestSpanEndsWithTheBodyTheMetricWithTheHeader(t *testing.T) {
	const header, body = 2 * time.Second, 3 * time.Second
	slow := func(f apitest.Fault) apitest.Fault {
		f.Delay = header
		return f
	}
	for _, tt := range []struct {
		name string
		opts []api.Option
		// fault goes before a call's only good answer; without it there are two calls.
		fault *apitest.Fault
		gap   time.Duration
	}{
		{"a retry", nil, &apitest.Fault{Status: 503, Header: http.Header{"Retry-After": {"7"}}, Body: "busy"}, 7 * time.Second},
		{"the rate limit", []api.Option{api.WithRateLimit(1)}, nil, time.Minute},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFixture(t, func(base http.RoundTripper) http.RoundTripper { return slowBody{base} }, tt.opts...)
				id := f.server.AddBatch(apitest.Batch{})
				calls := 2
				if tt.fault != nil {
					f.server.Fail(slow(*tt.fault))
					calls = 1
				} else {
					f.server.Fail(slow(apitest.Fault{}))
				}
				f.server.Fail(slow(apitest.Fault{}))
				_, attempts := f.under(t, func(ctx context.Context) {
					for range calls {
						if err := f.call(ctx, id); err != nil {
							t.Error(err)
						}
					}
				})
				if len(attempts) != 2 {
					t.Fatalf("%d spans, want 2", len(attempts))
				}
				for i, s := range attempts {
					if d := s.EndTime().Sub(s.StartTime()); d != header+body {
						t.Errorf("span %d: %v, want %v", i+1, d, header+body)
					}
				}
				if gap := attempts[1].StartTime().Sub(attempts[0].EndTime()).Round(time.Second); gap != tt.gap {
					t.Errorf("%v between the spans, want %v", gap, tt.gap)
				}
				var sum float64
				var count uint64
				for _, p := range durations(t, f) {
					sum, count = sum+p.Sum, count+p.Count
				}
				if want := 2 * header.Seconds(); sum != want || count != 2 {
					t.Errorf("%d measurements of %v s together, want 2 of %v s", count, sum, want)
				}
			})
		})
	}
}

// durations returns the data points of http.client.request.duration.
func durations(t testing.TB, f *fixture) []metricdata.HistogramDataPoint[float64] {
	t.Helper()
	for _, scope := range f.metrics(t).ScopeMetrics {
		for _, m := range scope.Metrics {
			if m.Name == "http.client.request.duration" {
				if m.Unit != "s" {
					t.Errorf("unit %q, want s", m.Unit)
				}
				return m.Data.(metricdata.Histogram[float64]).DataPoints
			}
		}
	}
	t.Fatal("http.client.request.duration is not measured")
	return nil
}

// unreachable fails its first request as a network does.
type unreachable struct {
	http.RoundTripper

	down bool
}

func (u *unreachable) RoundTrip(r *http.Request) (*http.Response, error) {
	if u.down {
		u.down = false
		return nil, errors.New("no route to host")
	}
	return u.RoundTripper.RoundTrip(r)
}

func TestMetricCountsAttemptsByOperationAndOutcome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, func(base http.RoundTripper) http.RoundTripper { return &unreachable{base, true} })
		f.server.Fail(apitest.Fault{Status: 503}, apitest.Fault{Status: 503}, apitest.Fault{}, apitest.Fault{Status: 503})
		for range 2 { // the attempts: no answer, 503, 503, 200; 503, 200
			if err := f.call(t.Context(), f.server.AddBatch(apitest.Batch{})); err != nil {
				t.Error(err)
			}
		}
		got := map[string]uint64{}
		for _, p := range durations(t, f) {
			attrs := p.Attributes.ToSlice()
			outcome := value(attrs, "http.response.status_code") + value(attrs, "error.type")
			got[strings.Join([]string{value(attrs, "http.request.method"), value(attrs, "url.template"), outcome}, " ")] = p.Count
			// One series an operation and outcome: neither batch ids nor resend counts.
			want := strings.Fields("http.request.method http.response.status_code network.protocol.name network.protocol.version server.address url.scheme url.template")
			if value(attrs, "error.type") != "" {
				want[1] = "error.type"
				slices.Sort(want)
			}
			if keys(attrs) != strings.Join(want, " ") {
				t.Errorf("attributes %s, want %s", keys(attrs), want)
			}
		}
		for outcome, want := range map[string]uint64{"errors.errorString": 1, "503": 3, "200": 2} {
			if name := "GET /api/v1/results/ship-orders " + outcome; got[name] != want {
				t.Errorf("%s: %d attempts of %v, want %d", name, got[name], got, want)
			}
		}
	})
}

// leaky is a transport that a careless user might write.
type leaky struct{ http.RoundTripper }

func (l leaky) RoundTrip(r *http.Request) (*http.Response, error) {
	header := attribute.StringSlice("header", r.Header.Values("X-API-Key"))
	trace.SpanFromContext(r.Context()).AddEvent("sent", trace.WithAttributes(header))
	labeler, _ := otelhttp.ClientLabelerFromContext(r.Context())
	labeler.Add(header)
	return l.RoundTripper.RoundTrip(r)
}

func TestKeyIsNowhereInSpansAndMetrics(t *testing.T) {
	for _, tt := range []struct {
		name  string
		wrap  func(http.RoundTripper) http.RoundTripper
		fault apitest.Fault
		leaks bool
	}{
		{name: "answered"},
		{name: "refused by a server that echoes the key", fault: apitest.Fault{Status: 401, Body: "no such key: " + apitest.Key}},
		{name: "redirected to another host with the key", fault: apitest.Fault{Status: 302, Header: http.Header{"Location": {"https://example.com/?key=" + apitest.Key}}}},
		{name: "echoed in a header", fault: apitest.Fault{Status: 503, Header: http.Header{"X-Debug": {apitest.Key}}}},
		{name: "body cut short", fault: apitest.Fault{Cut: true}},
		{name: "timeout", fault: apitest.Fault{Delay: time.Hour}},
		{name: "no connection", wrap: func(base http.RoundTripper) http.RoundTripper { return &unreachable{base, true} }},
		{name: "told by a careless transport", wrap: func(base http.RoundTripper) http.RoundTripper { return leaky{base} }, leaks: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFixture(t, tt.wrap)
				id := f.server.AddBatch(apitest.Batch{})
				f.server.Fail(tt.fault)
				f.under(t, func(ctx context.Context) {
					_ = f.call(countResends(ctx), id) // some fail, which is no matter here
				})
				if requests := f.server.Requests(); len(requests) == 0 || requests[0].Header.Get("X-API-Key") != apitest.Key {
					t.Fatalf("requests %v, want the key in the first", requests)
				}
				// All that exporters get: names, attributes, events, status texts, resources, exemplars.
				for what, v := range map[string]any{"spans": tracetest.SpanStubsFromReadOnlySpans(f.spans.Ended()), "metrics": f.metrics(t)} {
					text, err := json.Marshal(v)
					if err != nil || !strings.Contains(string(text), "http.request.method") {
						t.Fatalf("%s: %s, error %v", what, text, err)
					}
					if found := strings.Contains(string(text), apitest.Key); found != tt.leaks {
						t.Errorf("%s: key found: %v\n%s", what, found, text)
					}
				}
			})
		})
	}
}

func TestWaitsForManyBatchesStayUnderOneParent(t *testing.T) {
	const pending, processing, completed, failed = generated.RequestStatusPending, generated.RequestStatusProcessing, generated.RequestStatusCompleted, generated.RequestStatusFailed
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, nil)
		var ids []uuid.UUID
		for _, statuses := range [][]generated.RequestStatus{{completed}, {pending, completed}, {pending, processing, failed}} {
			ids = append(ids, f.server.AddBatch(apitest.Batch{Statuses: statuses}))
		}
		f.server.Fail(apitest.Fault{Status: 502, Body: "<html>Bad Gateway</html>"}, apitest.Fault{Status: 503})
		ended := 0
		_, attempts := f.under(t, func(ctx context.Context) {
			for batch, err := range f.client.WaitShipOrderBatches(ctx, ids) {
				ended++
				if batch == nil {
					t.Error(err)
				}
			}
		})
		polls := map[string]int{} // by URL, in which the batch's id is
		var count uint64
		for _, s := range attempts {
			polls[value(s.Attributes(), "url.full")]++
		}
		for _, p := range durations(t, f) {
			count += p.Count
		}
		const want = 1 + 2 + 3 + 2
		if requests := len(f.server.Requests()); ended != 3 || requests != want || len(attempts) != want || len(f.spans.Ended()) != want+1 || count != want {
			t.Errorf("%d batches ended, %d requests, %d spans under one parent of %d in all, %d measurements, want 3 batches and %d of each",
				ended, requests, len(attempts), len(f.spans.Ended()), count, want)
		}
		for i, id := range ids {
			if n := polls[apitest.URL+"/api/v1/results/ship-orders?batch_request_id="+id.String()]; n < i+1 {
				t.Errorf("batch %d: %d spans, want %d at least: %v", i+1, n, i+1, polls)
			}
		}
	})
}

func TestSpansOfAbandonedWaitsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, nil, api.WithoutRateLimit()) // which would let the second poll begin after the first has ended
		ids := []uuid.UUID{f.server.AddBatch(apitest.Batch{}), f.server.AddBatch(apitest.Batch{})}
		f.server.Fail(apitest.Fault{Delay: time.Second}, apitest.Fault{Delay: time.Hour})
		_, attempts := f.under(t, func(ctx context.Context) {
			for _, err := range f.client.WaitShipOrderBatches(ctx, ids) {
				if err != nil {
					t.Error(err)
				}
				break
			}
		})
		var abandoned int
		for _, s := range attempts {
			if strings.Contains(s.Status().Description, context.Canceled.Error()) {
				abandoned++
			}
		}
		if len(attempts) != 2 || abandoned != 1 {
			t.Errorf("%d spans, %d of them cancelled, want 2 and 1", len(attempts), abandoned)
		}
	})
}

func TestResendCountIsOfOneCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, nil)
		id := f.server.AddBatch(apitest.Batch{Statuses: []generated.RequestStatus{generated.RequestStatusPending, generated.RequestStatusCompleted}})
		busy := apitest.Fault{Status: 503}
		f.server.Fail(busy, busy, apitest.Fault{}, busy) // poll 1: 503, 503, 200; poll 2: 503, 200
		_, attempts := f.under(t, func(ctx context.Context) {
			_, err := api.Wait(ctx, f.client, id, func(ctx context.Context, id uuid.UUID) (any, generated.RequestStatus, error) {
				resp, err := f.client.GetShipOrderBatchResultsWithResponse(countResends(ctx), &generated.GetShipOrderBatchResultsParams{BatchRequestID: id})
				if err != nil {
					return nil, "", err
				}
				return nil, resp.JSON200.Status, nil
			})
			if err != nil {
				t.Error(err)
			}
		})
		var got []string
		for _, s := range attempts {
			got = append(got, value(s.Attributes(), "http.response.status_code")+":"+value(s.Attributes(), "http.request.resend_count"))
		}
		if want := []string{"503:", "503:1", "200:2", "503:", "200:1"}; !slices.Equal(got, want) {
			t.Errorf("statuses and resend counts %v, want %v", got, want)
		}
	})
}

func TestTemplate(t *testing.T) {
	for url, want := range map[string]string{
		"https://sellers.example.com/api/v1/results/ship-orders?batch_request_id=1": "/api/v1/results/ship-orders",
		"https://gw.example.com/scapi/api/v1/results/ship-orders":                   "/api/v1/results/ship-orders",
		"https://sellers.example.com/login":                                         "unknown",
	} {
		r, err := http.NewRequest("GET", url, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := template(r); got != want {
			t.Errorf("%s: %s, want %s", url, got, want)
		}
	}
}

// printSpans prints the caller's span, which ended last, with its events, and the spans under it.
func printSpans(spans tracetest.SpanStubs) {
	parent := spans[len(spans)-1]
	fmt.Print(parent.Name)
	for _, e := range parent.Events {
		fmt.Print(", ", e.Name, " ", value(e.Attributes, "status"))
	}
	fmt.Println()
	for _, s := range spans {
		if s.Parent.SpanID() == parent.SpanContext.SpanID() {
			line := "  " + s.Name
			for _, key := range []attribute.Key{"error.type", "http.request.resend_count", "http.response.status_code"} {
				if v := value(s.Attributes, key); v != "" {
					line += fmt.Sprint(" ", key, "=", v)
				}
			}
			fmt.Println(line)
		}
	}
}

// printDurations prints how many attempts were measured, for each operation and status.
func printDurations(reader sdkmetric.Reader) {
	var all metricdata.ResourceMetrics
	if err := reader.Collect(context.Background(), &all); err != nil {
		panic(err)
	}
	var lines []string
	for _, m := range all.ScopeMetrics[0].Metrics {
		if h, ok := m.Data.(metricdata.Histogram[float64]); ok {
			for _, p := range h.DataPoints {
				attrs := p.Attributes.ToSlice()
				lines = append(lines, fmt.Sprintf("%s %s %s %s: %d", m.Name,
					value(attrs, "http.request.method"), value(attrs, "url.template"), value(attrs, "http.response.status_code"), p.Count))
			}
		}
	}
	slices.Sort(lines)
	fmt.Println(strings.Join(lines, "\n"))
}
