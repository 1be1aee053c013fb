package apiotel

import (
	"cmp"
	"context"
	"time"

	"github.com/google/uuid"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/sellerscenter/client-go/api"
)

const (
	operationKey = attribute.Key("sellerscenter.client.operation")
	attemptsKey  = attribute.Key("sellerscenter.client.attempts")
	queueKey     = attribute.Key("sellerscenter.client.queue.duration")
)

// StartCall begins the span of a call, or of a poll.
func (o *observer) StartCall(
	ctx context.Context, operation string, batch uuid.UUID,
) (context.Context, func(api.CallEnd)) {
	began := time.Now()
	called := operationKey.String(operation)
	ctx, span := o.start(ctx, cmp.Or(operation, "unknown operation"), batch, trace.WithAttributes(called))
	return ctx, func(ended api.CallEnd) {
		span.SetAttributes(attemptsKey.Int(ended.Attempts), queueKey.Float64(ended.InLine.Seconds()))
		outcome := end(span, ended.Err)
		o.call.Record(ctx, time.Since(began).Seconds(), o.with(append(outcome, called)...))
		o.queue.Record(ctx, ended.InLine.Seconds(), o.with(called))
	}
}
