package auth

import (
	"context"
	"net/http/httptrace"
)

// withoutKeyInTrace returns a context whose trace is told [redacted] in place of the key. It is made
// last, since the trace can come from the caller's context or from a redirect policy.
func withoutKeyInTrace(ctx context.Context) context.Context {
	trace := httptrace.ContextClientTrace(ctx)
	if trace == nil || trace.WroteHeaderField == nil {
		return ctx
	}
	copied := *trace
	copied.WroteHeaderField = func(name string, values []string) {
		if isHeader(name) {
			values = []string{redacted}
		}
		trace.WroteHeaderField(name, values)
	}
	return traced{ctx, &copied}
}

// traced is a context with another trace. [httptrace.WithClientTrace] would add to the one that is
// there.
type traced struct {
	context.Context //nolint:containedctx // it is one

	trace *httptrace.ClientTrace
}

func (t traced) Value(key any) any {
	value := t.Context.Value(key)
	if _, isTrace := value.(*httptrace.ClientTrace); isTrace {
		return t.trace
	}
	return value
}
