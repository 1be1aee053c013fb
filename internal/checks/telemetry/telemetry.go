// Package telemetry shows how a user of the client adds OpenTelemetry: otelhttp is the transport
// of the HTTP client that api.WithHTTPClient takes. Its tests show what becomes visible. This file
// is the code to copy.
//
// A transport sees attempts, since it is below the retries and the rate limit. A span is an
// attempt, from its sending to the last byte of the body or to its failure. The waits for a retry,
// a poll or the rate limit are the gaps between siblings. The metric http.client.request.duration
// ends earlier than the span, with the response's header.
package telemetry

import (
	"context"
	"net/http"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/generated"
)

// newHTTPClient returns what api.WithHTTPClient takes to trace and measure every attempt. Each has
// a client span under the span of the call's context, and one measurement. The base is a transport
// that keeps enough connections for concurrent use; http.DefaultTransport keeps two for each host.
func newHTTPClient(base http.RoundTripper, tp trace.TracerProvider, mp metric.MeterProvider) *http.Client {
	return &http.Client{Transport: otelhttp.NewTransport(annotator{base},
		otelhttp.WithTracerProvider(tp),
		otelhttp.WithMeterProvider(mp),
		// The default is the global propagator, which sends nothing until one is set.
		otelhttp.WithPropagators(propagation.TraceContext{}),
		otelhttp.WithSpanNameFormatter(func(_ string, r *http.Request) string {
			return r.Method + " " + template(r.Context())
		}),
	)}
}

// annotator adds the operation to the measurement of an attempt, and to its span how many attempts
// of the same call came before.
type annotator struct{ next http.RoundTripper }

func (a annotator) RoundTrip(r *http.Request) (*http.Response, error) {
	labeler, _ := otelhttp.ClientLabelerFromContext(r.Context())
	labeler.Add(attribute.String("url.template", template(r.Context())))
	if attempt, ok := api.AttemptFromContext(r.Context()); ok && attempt.Number > 1 {
		span := trace.SpanFromContext(r.Context())
		span.SetAttributes(attribute.Int("http.request.resend_count", attempt.Number-1))
	}
	return a.next.RoundTrip(r)
}

// template returns the path template of an attempt's operation, which names spans and tells
// metrics apart: the path itself can have ids in it. It returns "unknown" for a request of another
// client.
func template(ctx context.Context) string {
	attempt, _ := api.AttemptFromContext(ctx)
	for _, op := range generated.Operations {
		if op.Name == attempt.Operation {
			return op.Path
		}
	}
	return "unknown"
}
