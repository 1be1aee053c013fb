// Package telemetry shows how a user of the client adds OpenTelemetry, with otelhttp as the transport that api.WithHTTPClient
// is given, and tests what becomes visible by it. This file is the code to copy.
//
// Below the retries and the rate limit, a transport sees attempts. A span is an attempt, from its sending to the last byte
// of the body or its failure; the waits for a retry, a poll or the rate limit are the gaps between siblings. The metric
// http.client.request.duration ends earlier than the span, with the answer's header.
package telemetry

import (
	"context"
	"net/http"
	"strings"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

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
