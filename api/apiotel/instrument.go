package apiotel

import (
	"cmp"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/propagation"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/sellerscenter/client-go/api"
)

// scope names this package in what is exported.
const scope = "github.com/sellerscenter/client-go/api/apiotel"

// observer is an [api.Observer].
type observer struct {
	settings
	instruments

	tracer trace.Tracer
}

var _ api.Observer = (*observer)(nil)

// settings are what options set.
type settings struct {
	tracers    trace.TracerProvider
	meters     metric.MeterProvider
	propagator propagation.TextMapPropagator
	attributes []attribute.KeyValue
}

// Option configures [Instrument].
type Option func(*settings)

// WithTracerProvider creates spans with tp, in place of the global provider.
func WithTracerProvider(tp trace.TracerProvider) Option {
	return func(s *settings) { s.tracers = tp }
}

// WithMeterProvider records metrics with mp, in place of the global provider.
func WithMeterProvider(mp metric.MeterProvider) Option {
	return func(s *settings) { s.meters = mp }
}

// WithPropagator sends each attempt's span to the server with p. The default sends the traceparent
// and tracestate headers of W3C Trace Context. It is not the global propagator, which may also send
// baggage, meant only for your own services.
func WithPropagator(p propagation.TextMapPropagator) Option {
	return func(s *settings) { s.propagator = p }
}

// WithAttributes adds attributes to all spans and metrics. A program with several clients needs one
// that tells them apart, such as the seller's name: otherwise their rate limits share one series.
func WithAttributes(attributes ...attribute.KeyValue) Option {
	return func(s *settings) { s.attributes = append(s.attributes, attributes...) }
}

// Instrument returns an option for [api.New] that adds spans and metrics to the client. It is an
// [api.WithObserver], and a client has only one observer. A nil provider or propagator is the
// default one. Instrument panics if an option itself is nil.
func Instrument(opts ...Option) api.Option {
	var s settings
	for _, opt := range opts {
		opt(&s)
	}
	s.tracers = cmp.Or(s.tracers, otel.GetTracerProvider())
	s.meters = cmp.Or(s.meters, otel.GetMeterProvider())
	s.propagator = cmp.Or(s.propagator, propagation.TextMapPropagator(propagation.TraceContext{}))
	return api.WithObserver(&observer{
		settings:    s,
		instruments: newInstruments(s.meters.Meter(scope, metric.WithSchemaURL(semconv.SchemaURL))),
		tracer:      s.tracers.Tracer(scope, trace.WithSchemaURL(semconv.SchemaURL)),
	})
}
