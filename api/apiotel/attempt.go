package apiotel

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/generated"
)

// StartAttempt begins the span of an attempt, and puts it into the request's header.
func (o *observer) StartAttempt(
	req *http.Request, a api.Attempt,
) (context.Context, func(api.AttemptEnd)) {
	began := time.Now()
	name := cmp.Or(req.Method, http.MethodGet)
	method := semconv.HTTPRequestMethodKey.String(name)
	if !slices.Contains(methods, name) {
		name = "HTTP"
		method = semconv.HTTPRequestMethodOther
	}
	template := templateOf(a.Operation)
	target := []attribute.KeyValue{
		method,
		semconv.ServerAddress(req.URL.Hostname()),
		semconv.ServerPort(portOf(req.URL)),
		semconv.URLTemplate(template),
	}
	ctx, span := o.start(req.Context(), name+" "+template, a.Batch,
		trace.WithSpanKind(trace.SpanKindClient),
		trace.WithAttributes(target...),
		trace.WithAttributes(semconv.URLFull(withoutQuery(req.URL))))
	if method == semconv.HTTPRequestMethodOther {
		span.SetAttributes(semconv.HTTPRequestMethodOriginal(req.Method))
	}
	if a.Number > 1 {
		span.SetAttributes(semconv.HTTPRequestResendCount(a.Number - 1))
		o.retries.Add(ctx, 1, o.with(operationKey.String(a.Operation)))
	}
	o.propagator.Inject(ctx, propagation.HeaderCarrier(req.Header))
	return ctx, func(ended api.AttemptEnd) {
		target = append(target, endAttempt(span, ended)...)
		o.attempt.Inst().Record(ctx, time.Since(began).Seconds(), o.with(target...))
	}
}

// methods are those that the semantic conventions know. Others, which only an editor of the
// caller's can set, would be series of their own.
var methods = []string{
	http.MethodConnect, http.MethodDelete, http.MethodGet, http.MethodHead, http.MethodOptions,
	http.MethodPatch, http.MethodPost, http.MethodPut, "QUERY", http.MethodTrace,
}

// versions are those that the semantic conventions write differently from net/http.
var versions = map[string]string{"HTTP/2.0": "2", "HTTP/3.0": "3"}

// endAttempt ends the span of an attempt, and returns what that adds to the attributes of its
// metric.
func endAttempt(span trace.Span, ended api.AttemptEnd) []attribute.KeyValue {
	var outcome []attribute.KeyValue
	if ended.StatusCode != 0 {
		version := cmp.Or(versions[ended.Proto], strings.TrimPrefix(ended.Proto, "HTTP/"))
		outcome = append(outcome,
			semconv.HTTPResponseStatusCode(ended.StatusCode), semconv.NetworkProtocolVersion(version))
	}
	if ended.StatusCode >= http.StatusBadRequest && ended.Err == nil {
		span.SetStatus(codes.Error, "")
		outcome = append(outcome, semconv.ErrorTypeKey.String(strconv.Itoa(ended.StatusCode)))
	}
	span.SetAttributes(outcome...)
	return append(outcome, end(span, ended.Err)...)
}

// templateOf returns the path template of an operation. It names spans, where the path itself can
// have ids in it.
func templateOf(operation string) string {
	op := generated.Operations.Named(operation)
	if op == nil {
		return "_OTHER"
	}
	return op.Path
}

func portOf(u *url.URL) int {
	port, err := strconv.Atoi(u.Port())
	switch {
	case err == nil:
		return port
	case u.Scheme == "http":
		return 80
	default:
		return 443
	}
}

// withoutQuery returns a URL without what can be private: user information, query and fragment.
func withoutQuery(u *url.URL) string {
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path, RawPath: u.RawPath}).String()
}
