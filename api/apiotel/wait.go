package apiotel

import (
	"context"
	"time"

	"github.com/google/uuid"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/sellerscenter/client-go/api"
)

const (
	batchKey  = attribute.Key("sellerscenter.client.batch.id")
	statusKey = attribute.Key("sellerscenter.client.batch.status")
	pollsKey  = attribute.Key("sellerscenter.client.polls")
)

// StartWait begins the span of a wait.
func (o *observer) StartWait(
	ctx context.Context, batch uuid.UUID,
) (context.Context, func(api.Progress, error)) {
	began := time.Now()
	ctx, span := o.start(ctx, "wait for batch", batch)
	return ctx, func(p api.Progress, err error) {
		status := statusKey.String(nameOf(p.Status))
		span.SetAttributes(status, pollsKey.Int(p.Polls))
		outcome := end(span, err)
		o.wait.Record(ctx, time.Since(began).Seconds(), o.with(append(outcome, status)...))
	}
}

// start begins a span of a wait or of a part of it, or of a direct call.
func (o *observer) start(
	ctx context.Context, name string, batch uuid.UUID, opts ...trace.SpanStartOption,
) (context.Context, trace.Span) {
	opts = append(opts, trace.WithAttributes(o.attributes...))
	if batch != uuid.Nil {
		opts = append(opts, trace.WithAttributes(batchKey.String(batch.String())))
	}
	return o.tracer.Start(ctx, name, opts...)
}

// nameOf returns a status, but not just anything that a server has put in its place, which would be
// a series of its own.
func nameOf(status api.BatchStatus) string {
	switch status {
	case "":
		return "none"
	case api.StatusPending, api.StatusProcessing, api.StatusCompleted, api.StatusRetry, api.StatusFailed:
		return string(status)
	default:
		return "_OTHER"
	}
}
