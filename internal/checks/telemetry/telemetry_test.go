package telemetry

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
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
	f := &fixture{
		server: apitest.NewServer(),
		spans:  tracetest.NewSpanRecorder(),
		reader: sdkmetric.NewManualReader(),
	}
	t.Cleanup(f.server.Close)
	f.tp = sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(f.spans))
	base := f.server.HTTPClient().Transport
	if wrap != nil {
		base = wrap(base)
	}
	mp := sdkmetric.NewMeterProvider(sdkmetric.WithReader(f.reader))
	opts = append([]api.Option{api.WithHTTPClient(newHTTPClient(base, f.tp, mp))}, opts...)
	var err error
	f.client, err = api.New(apitest.URL, apitest.Key, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// under runs do in a span of its own, as a user's code does, and returns that span's context and
// its children in the order of their start.
func (f *fixture) under(
	t testing.TB, do func(context.Context),
) (parent trace.SpanContext, attempts []sdktrace.ReadOnlySpan) {
	t.Helper()
	ctx, span := f.tp.Tracer("shop").Start(t.Context(), "ship orders")
	do(ctx)
	span.End()
	parent = span.SpanContext()
	begun := len(f.spans.Started())
	if ended := len(f.spans.Ended()); begun != ended {
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
	params := &generated.GetShipOrderBatchResultsParams{BatchRequestID: id}
	_, err := f.client.GetShipOrderBatchResultsWithResponse(ctx, params)
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

// keys returns the sorted names of attributes, except some.
func keys(attrs []attribute.KeyValue, except ...attribute.Key) string {
	var names []string
	for _, a := range attrs {
		if !slices.Contains(except, a.Key) {
			names = append(names, string(a.Key))
		}
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}

func TestEachAttemptIsASpanUnderTheCallers(t *testing.T) {
	const (
		common     = "network.protocol.version server.address url.full"
		unanswered = "http.request.method " + common
		answered   = "http.request.method http.response.status_code " + common
		template   = "GET /api/v1/results/ship-orders"
	)
	busy := apitest.Fault{Status: 503, Body: "<html>busy</html>"}
	throttled := apitest.Fault{Status: 429, Header: http.Header{"Retry-After": {"7"}}}
	// span is what is looked at of an attempt's span: two attributes, the status, and the names of
	// all attributes except http.request.resend_count.
	type span struct {
		status    string
		errorType string
		code      codes.Code
		keys      string
	}
	failed := func(status, errorType, keys string) span {
		return span{status: status, errorType: errorType, code: codes.Error, keys: "error.type " + keys}
	}
	ok := span{status: "200", code: codes.Unset, keys: answered}
	is503 := failed("503", "503", answered)
	is429 := failed("429", "429", answered)
	is404 := failed("404", "404", answered)
	isCut := failed("200", "*errors.errorString", answered)
	timedOut := failed("", "context.deadlineExceededError", unanswered)
	for _, tt := range []struct {
		name    string
		faults  []apitest.Fault
		unknown bool
		want    []span
	}{
		{name: "success", want: []span{ok}},
		{name: "503, then success", faults: []apitest.Fault{busy}, want: []span{is503, ok}},
		{
			name:   "429 and 503, then success",
			faults: []apitest.Fault{throttled, busy},
			want:   []span{is429, is503, ok},
		},
		{name: "body cut short, then success", faults: []apitest.Fault{{Cut: true}}, want: []span{isCut, ok}},
		{
			name:   "timeout, then success",
			faults: []apitest.Fault{{Delay: time.Hour}},
			want:   []span{timedOut, ok},
		},
		{name: "404", unknown: true, want: []span{is404}},
		{
			name:   "nothing but 503",
			faults: slices.Repeat([]apitest.Fault{busy}, 4),
			want:   slices.Repeat([]span{is503}, 4),
		},
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
				if len(attempts) != len(tt.want) || len(requests) != len(tt.want) {
					t.Fatalf("%d spans of %d requests, want %d", len(attempts), len(requests), len(tt.want))
				}
				if ended := len(f.spans.Ended()); ended != len(tt.want)+1 {
					t.Errorf("%d spans in all, want %d and the caller's", ended, len(tt.want))
				}
				for i, s := range attempts {
					got := span{
						status:    value(s.Attributes(), "http.response.status_code"),
						errorType: value(s.Attributes(), "error.type"),
						code:      s.Status().Code,
						keys:      keys(s.Attributes(), "http.request.resend_count"),
					}
					if got != tt.want[i] {
						t.Errorf("attempt %d: %+v, want %+v", i+1, got, tt.want[i])
					}
					resends := value(s.Attributes(), "http.request.resend_count")
					if resends != resendCount(i) {
						t.Errorf("attempt %d: resend count %q, want %q", i+1, resends, resendCount(i))
					}
					if s.Name() != template || s.SpanKind() != trace.SpanKindClient {
						t.Errorf("attempt %d: span %s of kind %v", i+1, s.Name(), s.SpanKind())
					}
					if trace := s.SpanContext().TraceID(); trace != parent.TraceID() {
						t.Errorf("attempt %d: trace %s, want %s", i+1, trace, parent.TraceID())
					}
					if n := len(s.Events()) + len(s.Links()); n > 0 {
						t.Errorf("attempt %d: %d events and links, want none", i+1, n)
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

// resendCount is the attribute's value after n attempts: empty, which is to say absent, after
// none.
func resendCount(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// slowBody sends the body of each response 3 seconds after its header.
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

// TestSpanEndsWithTheBodyTheMetricWithTheHeader also shows what neither covers: the waits between
// attempts.
func TestSpanEndsWithTheBodyTheMetricWithTheHeader(t *testing.T) {
	const header = 2 * time.Second
	const body = 3 * time.Second
	slow := apitest.Fault{Delay: header}
	slowRefusal := apitest.Fault{
		Delay:  header,
		Status: 503,
		Header: http.Header{"Retry-After": {"7"}},
		Body:   "busy",
	}
	for _, tt := range []struct {
		name   string
		opts   []api.Option
		calls  int
		faults []apitest.Fault
		gap    time.Duration
	}{
		{name: "a retry", calls: 1, faults: []apitest.Fault{slowRefusal, slow}, gap: 7 * time.Second},
		{
			name:   "the rate limit",
			opts:   []api.Option{api.WithRateLimit(1)},
			calls:  2,
			faults: []apitest.Fault{slow, slow},
			gap:    time.Minute,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				wrap := func(base http.RoundTripper) http.RoundTripper { return slowBody{base} }
				f := newFixture(t, wrap, tt.opts...)
				id := f.server.AddBatch(apitest.Batch{})
				f.server.Fail(tt.faults...)
				_, attempts := f.under(t, func(ctx context.Context) {
					for range tt.calls {
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
				gap := attempts[1].StartTime().Sub(attempts[0].EndTime())
				if gap.Round(time.Second) != tt.gap {
					t.Errorf("%v between the spans, want %v", gap, tt.gap)
				}
				var sum float64
				var count uint64
				for _, p := range durations(t, f) {
					sum += p.Sum
					count += p.Count
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
	// One series for each operation and outcome: neither batch ids nor resend counts.
	const (
		common = "network.protocol.name network.protocol.version server.address url.scheme url.template"
		ok     = "http.request.method http.response.status_code " + common
		failed = "error.type http.request.method " + common
	)
	busy := apitest.Fault{Status: 503}
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, func(base http.RoundTripper) http.RoundTripper { return &unreachable{base, true} })
		f.server.Fail(busy, busy, apitest.Fault{}, busy)
		for range 2 { // the attempts: no response, 503, 503, 200; 503, 200
			if err := f.call(t.Context(), f.server.AddBatch(apitest.Batch{})); err != nil {
				t.Error(err)
			}
		}
		got := map[string]uint64{}
		for _, p := range durations(t, f) {
			attrs := p.Attributes.ToSlice()
			outcome := value(attrs, "http.response.status_code") + value(attrs, "error.type")
			got[value(attrs, "http.request.method")+" "+value(attrs, "url.template")+" "+outcome] = p.Count
			want := ok
			if value(attrs, "error.type") != "" {
				want = failed
			}
			if keys(attrs) != want {
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
	noConnection := func(base http.RoundTripper) http.RoundTripper { return &unreachable{base, true} }
	careless := func(base http.RoundTripper) http.RoundTripper { return leaky{base} }
	elsewhere := http.Header{"Location": {"https://example.com/?key=" + apitest.Key}}
	for _, tt := range []struct {
		name  string
		wrap  func(http.RoundTripper) http.RoundTripper
		fault apitest.Fault
		leaks bool
	}{
		{name: "success"},
		{
			name:  "refused by a server that echoes the key",
			fault: apitest.Fault{Status: 401, Body: "no such key: " + apitest.Key},
		},
		{
			name:  "redirected to another host with the key",
			fault: apitest.Fault{Status: 302, Header: elsewhere},
		},
		{
			name:  "echoed in a header",
			fault: apitest.Fault{Status: 503, Header: http.Header{"X-Debug": {apitest.Key}}},
		},
		{name: "body cut short", fault: apitest.Fault{Cut: true}},
		{name: "timeout", fault: apitest.Fault{Delay: time.Hour}},
		{name: "no connection", wrap: noConnection},
		{name: "told by a careless transport", wrap: careless, leaks: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFixture(t, tt.wrap)
				id := f.server.AddBatch(apitest.Batch{})
				f.server.Fail(tt.fault)
				f.under(t, func(ctx context.Context) {
					_ = f.call(ctx, id) // some fail, which does not matter here
				})
				requests := f.server.Requests()
				if len(requests) == 0 || requests[0].Header.Get("X-API-Key") != apitest.Key {
					t.Fatalf("requests %v, want the key in the first", requests)
				}
				// All that exporters get: names, attributes, events, status texts, resources,
				// exemplars.
				for what, exported := range map[string]any{
					"spans":   tracetest.SpanStubsFromReadOnlySpans(f.spans.Ended()),
					"metrics": f.metrics(t),
				} {
					text, err := json.Marshal(exported)
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
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, nil)
		var ids []uuid.UUID
		for _, statuses := range [][]api.BatchStatus{
			{api.StatusCompleted},
			{api.StatusPending, api.StatusCompleted},
			{api.StatusPending, api.StatusProcessing, api.StatusFailed},
		} {
			ids = append(ids, f.server.AddBatch(apitest.Batch{Statuses: statuses}))
		}
		badGateway := apitest.Fault{Status: 502, Body: "<html>Bad Gateway</html>"}
		f.server.Fail(badGateway, apitest.Fault{Status: 503})
		ended := 0
		_, attempts := f.under(t, func(ctx context.Context) {
			for batch, err := range f.client.WaitShipOrderBatches(ctx, ids) {
				ended++
				if batch == nil {
					t.Error(err)
				}
			}
		})
		if ended != 3 {
			t.Errorf("%d batches ended, want 3", ended)
		}
		const want = 1 + 2 + 3 + 2
		if requests := len(f.server.Requests()); requests != want || len(attempts) != want {
			t.Errorf("%d spans of %d requests, want %d", len(attempts), requests, want)
		}
		if ended := len(f.spans.Ended()); ended != want+1 {
			t.Errorf("%d spans in all, want %d and the caller's", ended, want)
		}
		var count uint64
		for _, p := range durations(t, f) {
			count += p.Count
		}
		if count != want {
			t.Errorf("%d measurements, want %d", count, want)
		}
		polls := map[string]int{} // by URL, in which the batch's id is
		for _, s := range attempts {
			polls[value(s.Attributes(), "url.full")]++
		}
		for i, id := range ids {
			url := apitest.URL + "/api/v1/results/ship-orders?batch_request_id=" + id.String()
			if n := polls[url]; n < i+1 {
				t.Errorf("batch %d: %d spans, want %d at least: %v", i+1, n, i+1, polls)
			}
		}
	})
}

// TestResendCountsOfManyWaits lets polls of many batches overlap, each of which is sent again at
// times: no attempt is counted as one of another poll.
func TestResendCountsOfManyWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, nil)
		var ids []uuid.UUID
		for range 20 {
			ids = append(ids, f.server.AddBatch(apitest.Batch{
				Statuses: []api.BatchStatus{api.StatusPending, api.StatusProcessing, api.StatusCompleted},
			}))
		}
		const faults = 30
		for range faults {
			f.server.Fail(apitest.Fault{Delay: time.Second}, apitest.Fault{Status: 503})
		}
		_, attempts := f.under(t, func(ctx context.Context) {
			for _, err := range f.client.WaitShipOrderBatches(ctx, ids) {
				if err != nil {
					t.Error(err)
				}
			}
		})
		// A call's attempts follow each other, with the same URL: a 503 precedes each attempt that
		// is a resend, and any other attempt is a first one.
		resends := map[string]int{} // that the next attempt for a batch must tell
		refused := 0
		for _, s := range attempts {
			url := value(s.Attributes(), "url.full")
			if got := value(s.Attributes(), "http.request.resend_count"); got != resendCount(resends[url]) {
				t.Errorf("%s: resend count %q, want %q", url, got, resendCount(resends[url]))
			}
			if value(s.Attributes(), "http.response.status_code") == "503" {
				resends[url] = (resends[url] + 1) % 4 // the fourth attempt of a poll is its last
				refused++
			} else {
				resends[url] = 0
			}
		}
		if refused != faults {
			t.Errorf("%d attempts refused, want %d", refused, faults)
		}
	})
}

func TestSpansOfAbandonedWaitsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, nil)
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
			t.Errorf("%d spans, %d of them canceled, want 2 and 1", len(attempts), abandoned)
		}
	})
}

func TestResendCountIsOfOnePoll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, nil)
		id := f.server.AddBatch(apitest.Batch{
			Statuses: []api.BatchStatus{api.StatusPending, api.StatusCompleted},
		})
		busy := apitest.Fault{Status: 503}
		f.server.Fail(busy, busy, apitest.Fault{}, busy) // poll 1: 503, 503, 200; poll 2: 503, 200
		_, attempts := f.under(t, func(ctx context.Context) {
			if _, err := f.client.WaitShipOrderBatch(ctx, id); err != nil {
				t.Error(err)
			}
		})
		var got []string
		for _, s := range attempts {
			status := value(s.Attributes(), "http.response.status_code")
			got = append(got, status+":"+value(s.Attributes(), "http.request.resend_count"))
		}
		if want := []string{"503:", "503:1", "200:2", "503:", "200:1"}; !slices.Equal(got, want) {
			t.Errorf("status codes and resend counts %v, want %v", got, want)
		}
	})
}

func TestTemplateOfAnotherClientsRequest(t *testing.T) {
	f := newFixture(t, nil)
	httpClient := newHTTPClient(f.server.HTTPClient().Transport, f.tp, sdkmetric.NewMeterProvider())
	_, attempts := f.under(t, func(ctx context.Context) {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, apitest.URL+"/login", nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := httpClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
	})
	if len(attempts) != 1 || attempts[0].Name() != "GET unknown" {
		t.Errorf("spans %v, want one that is named GET unknown", attempts)
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
			for _, key := range []attribute.Key{
				"error.type", "http.request.resend_count", "http.response.status_code",
			} {
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
				lines = append(lines, fmt.Sprintf("%s %s %s %s: %d",
					m.Name,
					value(attrs, "http.request.method"),
					value(attrs, "url.template"),
					value(attrs, "http.response.status_code"),
					p.Count))
			}
		}
	}
	slices.Sort(lines)
	fmt.Println(strings.Join(lines, "\n"))
}
