package apiotel_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/api/apitest"
)

// TestErrorTypes looks at the error.type of an attempt and of its call, in spans and metrics.
func TestErrorTypes(t *testing.T) {
	for want, err := range map[string]error{
		"canceled":    context.Canceled,
		"timeout":     &net.OpError{Op: "dial", Err: context.DeadlineExceeded},
		"dns":         &net.OpError{Op: "dial", Err: &net.DNSError{IsNotFound: true}},
		"certificate": &tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}},
		"connection":  &net.OpError{Op: "dial", Err: errors.New("connection refused")},
		"_OTHER":      errors.New("no route to host"),
	} {
		t.Run(want, func(t *testing.T) {
			f := newFixture(t, []api.Option{api.WithRetry(api.RetryPolicy{MaxAttempts: 1})})
			f.send = func(*http.Request) (*http.Response, error) { return nil, err }
			lines := f.under(t, func(ctx context.Context) { _ = f.call(ctx) })
			text := strings.Join(lines, "\n") + f.metrics(t)
			if n := strings.Count(text, "error.type="+want+" "); n != 4 {
				t.Errorf("%d spans and metrics of 4 have the error type:\n%s", n, text)
			}
		})
	}
}

// TestKeyIsNowhere looks for the API key in all that exporters get: names, attributes, events,
// texts of statuses, exemplars. The transport sees the key, and can tell it.
func TestKeyIsNowhere(t *testing.T) {
	status := fmt.Sprintf(`{"batchRequestId": %q, "status": %q, "items": []}`, batch, apitest.Key)
	elsewhere := http.Header{"Location": {"https://example.com/?key=" + apitest.Key}}
	echo := http.Header{"X-Debug": {apitest.Key}}
	for _, tt := range []struct {
		name   string
		faults []apitest.Fault // of the call, then of the wait
		// send is in place of the transport to the server.
		send  func(*http.Request) (*http.Response, error)
		leaks bool
	}{
		{name: "refused with an echo", faults: []apitest.Fault{
			{Status: 401, Body: "no such key: " + apitest.Key},
			{Status: 403, Body: apitest.Key},
		}},
		{name: "redirected with the key", faults: []apitest.Fault{{Status: 302, Header: elsewhere}}},
		{name: "echoed in a header", faults: []apitest.Fault{{Status: 503, Header: echo}, {Header: echo}}},
		{name: "echoed as a status", faults: []apitest.Fault{{}, {Body: status}, {Status: 403}}},
		{name: "cut", faults: []apitest.Fault{{Body: apitest.Key, Cut: true}}},
		{name: "echoed by what is no HTTP", send: func(r *http.Request) (*http.Response, error) {
			return nil, fmt.Errorf("malformed HTTP response %q", r.Header.Get("X-Api-Key"))
		}},
		{name: "told by a transport", leaks: true, send: func(r *http.Request) (*http.Response, error) {
			trace.SpanFromContext(r.Context()).AddEvent(r.Header.Get("X-Api-Key"))
			return nil, context.Canceled
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFixture(t, nil)
				f.server.Fail(tt.faults...)
				if tt.send != nil {
					f.send = tt.send
				}
				f.under(t, func(ctx context.Context) {
					ctx, cancel := context.WithTimeout(ctx, time.Minute)
					defer cancel()
					_ = f.call(ctx, inQuery)
					_, _ = f.client.WaitShipOrderBatch(ctx, batchID)
				})
				spans := tracetest.SpanStubsFromReadOnlySpans(f.spans.Ended())
				text, err := json.Marshal([]any{spans, f.collect(t)})
				if err != nil || strings.Count(string(text), "http.request.method") < 2 {
					t.Fatalf("exported %s, error %v", text, err)
				}
				if found := strings.Contains(string(text), apitest.Key); found != tt.leaks {
					t.Errorf("key found: %v\n%s", found, text)
				}
			})
		})
	}
}

// inQuery is an editor that sends the key in the query too, which is a bad idea.
func inQuery(_ context.Context, r *http.Request) error {
	r.URL.RawQuery += "&key=" + apitest.Key
	return nil
}
