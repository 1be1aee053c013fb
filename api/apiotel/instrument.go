package apiotel

import (
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

// WithTracerProvider makes spans with tp. The default is the global provider, also if that is set
// later.
func WithTracerProvider(tp trace.TracerProvider) Option {
	return func(s *settings) { s.tracers = tp }
}

// WithMeterProvider measures with mp. The default is the global provider, also if that is set later.
func WithMeterProvider(mp metric.MeterProvider) Option {
	return func(s *settings) { s.meters = mp }
}

// WithPropagator tells the server of each attempt's span with p. The default sends W3C's traceparent
// and tracestate headers. It is not the global propagator, which may send baggage: that is nothing
// for a server of somebody else's.
func WithPropagator(p propagation.TextMapPropagator) Option {
	return func(s *settings) { s.propagator = p }
}

// WithAttributes adds attributes to all spans and metrics. A program with several clients needs one
// that tells them apart, such as the seller's name, since the rate limits of all would else be one
// series.
func WithAttributes(attributes ...attribute.KeyValue) Option {
	return func(s *settings) { s.attributes = append(s.attributes, attributes...) }
}

// Instrument returns the option of [api.New] that makes spans and metrics of all that the client
// does. An option that is nil panics.
func Instrument(opts ...Option) api.Option {
	s := settings{
		tracers:    otel.GetTracerProvider(),
		meters:     otel.GetMeterProvider(),
		propagator: propagation.TraceContext{},
	}
	for _, opt := range opts {
		opt(&s)
	}
	return api.WithObserver(&observer{
		settings:    s,
		instruments: newInstruments(s.meters.Meter(scope, metric.WithSchemaURL(semconv.SchemaURL))),
		tracer:      s.tracers.Tracer(scope, trace.WithSchemaURL(semconv.SchemaURL)),
	})
}
