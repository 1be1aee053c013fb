package apiotel

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strconv"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/sellerscenter/client-go/api"
)

// end ends a span, with its error if it has one, and returns what that adds to the attributes of a
// metric.
func end(span trace.Span, err error) []attribute.KeyValue {
	defer span.End()
	if err == nil {
		return nil
	}
	class := errorType(err)
	span.SetStatus(codes.Error, err.Error())
	span.SetAttributes(class)
	return []attribute.KeyValue{class}
}

// errorType returns the class of an error, one of a few. What ended a call or wait, such as its
// context, comes before the last response.
func errorType(err error) attribute.KeyValue {
	var answered *api.Error
	switch {
	case errors.Is(err, context.Canceled):
		return semconv.ErrorTypeKey.String("canceled")
	case isTimeout(err):
		return semconv.ErrorTypeKey.String("timeout")
	case errors.Is(err, api.ErrBatchFailed):
		return semconv.ErrorTypeKey.String("batch_failed")
	case errors.As(err, &answered):
		return semconv.ErrorTypeKey.String(strconv.Itoa(answered.StatusCode))
	case errors.As(err, new(*net.DNSError)):
		return semconv.ErrorTypeKey.String("dns")
	case errors.As(err, new(*tls.CertificateVerificationError)):
		return semconv.ErrorTypeKey.String("certificate")
	case errors.As(err, new(*net.OpError)), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return semconv.ErrorTypeKey.String("connection")
	default:
		return semconv.ErrorTypeOther
	}
}

func isTimeout(err error) bool {
	var timed net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timed) && timed.Timeout()
}
