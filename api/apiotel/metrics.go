package apiotel

import (
	"context"
	"runtime"
	"slices"
	"weak"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/semconv/v1.43.0/httpconv"

	"github.com/sellerscenter/client-go/api"
)

// instruments are what is measured with.
type instruments struct {
	meter   metric.Meter
	attempt httpconv.ClientRequestDuration
	call    metric.Float64Histogram
	queue   metric.Float64Histogram
	wait    metric.Float64Histogram
	retries metric.Int64Counter

	limit, remaining metric.Int64ObservableGauge
}

func newInstruments(meter metric.Meter) instruments {
	return instruments{
		meter:   meter,
		attempt: reported(httpconv.NewClientRequestDuration(meter)),
		call:    newDuration(meter, "call", "Duration of calls, including retries and time in line."),
		queue:   newDuration(meter, "queue", "Time that calls spent in line for the rate limit."),
		wait:    newDuration(meter, "wait", "Duration of waits for batches."),
		retries: reported(meter.Int64Counter("sellerscenter.client.retries", metric.WithUnit("{retry}"),
			metric.WithDescription("Attempts after the first one of a call."))),
		limit: reported(meter.Int64ObservableGauge("sellerscenter.client.rate_limit.limit",
			metric.WithUnit("{request}"),
			metric.WithDescription("Requests that may be sent in a minute."))),
		remaining: reported(meter.Int64ObservableGauge("sellerscenter.client.rate_limit.remaining",
			metric.WithUnit("{request}"),
			metric.WithDescription("Requests that could be sent now."))),
	}
}

// newDuration returns a histogram for anything from a call's milliseconds to a wait's minutes.
func newDuration(meter metric.Meter, what, description string) metric.Float64Histogram {
	return reported(meter.Float64Histogram("sellerscenter.client."+what+".duration",
		metric.WithUnit("s"),
		metric.WithDescription(description),
		metric.WithExplicitBucketBoundaries(
			0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600)))
}

// reported returns an instrument. The error of a provider goes to OpenTelemetry's own handler: no
// program fails for want of a metric.
func reported[T any](instrument T, err error) T {
	if err != nil {
		otel.Handle(err)
	}
	return instrument
}

// with returns attributes of a measurement, with those of all.
func (o *observer) with(attributes ...attribute.KeyValue) metric.MeasurementOption {
	return metric.WithAttributes(slices.Concat(o.attributes, attributes)...)
}

// Observe reads the client's rate limits whenever metrics are collected. The meter provider, which
// lives as long as the program, must not keep a client in memory that nobody uses any more.
func (o *observer) Observe(c *api.Client) {
	client := weak.Make(c)
	registration, err := o.meter.RegisterCallback(func(_ context.Context, to metric.Observer) error {
		if c := client.Value(); c != nil {
			o.observeLimits(to, c.RateLimits())
		}
		return nil
	}, o.limit, o.remaining)
	if err != nil {
		otel.Handle(err)
		return
	}
	runtime.AddCleanup(c, func(r metric.Registration) { _ = r.Unregister() }, registration)
}

func (o *observer) observeLimits(to metric.Observer, limits []api.RateLimit) {
	for _, l := range limits {
		if l.Limit == 0 {
			continue
		}
		attributes := o.with(operationKey.String(l.Operation))
		to.ObserveInt64(o.limit, int64(l.Limit), attributes)
		to.ObserveInt64(o.remaining, int64(l.Remaining), attributes)
	}
}
