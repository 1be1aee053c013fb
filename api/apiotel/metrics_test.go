package apiotel_test

import (
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/api/apiotel"
	"github.com/sellerscenter/client-go/api/apitest"
)

// TestMetrics looks at all measurements of two calls and a wait. Neither batches nor resend counts
// tell series apart.
func TestMetrics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, []api.Option{atOnce, api.WithRateLimit(8)})
		f.server.Fail(
			apitest.Fault{Status: 503, Delay: time.Second}, apitest.Fault{Status: 503}, apitest.Fault{},
			apitest.Fault{Delay: time.Second, Cut: true}, apitest.Fault{},
			apitest.Fault{Delay: time.Second},
		)
		_ = f.call(t.Context())
		_ = f.call(t.Context())
		_, _ = f.client.WaitShipOrderBatch(t.Context(), batchID)
		const want = `
http.client.request.duration error.type=503 http.request.method=GET status=503 HTTP/1.1 TARGET: 2 in 1 s
http.client.request.duration error.type=connection http.request.method=GET TARGET: 1 in 1 s
http.client.request.duration http.request.method=GET status=200 HTTP/1.1 TARGET: 3 in 1 s
sc.call.duration OPERATION: 3 in 3 s
sc.queue.duration OPERATION: 3 in 0 s
sc.rate_limit.limit OPERATION: 8 {request}
sc.rate_limit.remaining OPERATION: 2 {request}
sc.retries OPERATION: 3 {retry}
sc.wait.duration SELLER sc.batch.status=completed: 1 in 1 s
`
		if got := "\n" + f.metrics(t); got != want {
			t.Errorf("metrics%s\nwant%s", got, want)
		}
		time.Sleep(61 * time.Second)
		if got := f.metrics(t); !strings.Contains(got, "sc.rate_limit.remaining OPERATION: 8 {request}") {
			t.Errorf("a minute later\n%s\nwant 8 requests left", got)
		}
	})
}

// provider is a meter provider that tells when a callback is no longer registered.
type provider struct {
	noop.MeterProvider

	meter meter
}

func (p provider) Meter(string, ...metric.MeterOption) metric.Meter { return p.meter }

type meter struct {
	noop.Meter

	registration registration
}

func (m meter) RegisterCallback(metric.Callback, ...metric.Observable) (metric.Registration, error) {
	return m.registration, nil
}

type registration struct {
	noop.Registration

	ended chan bool
}

func (r registration) Unregister() error {
	close(r.ended)
	return nil
}

func TestProviderDoesNotKeepClients(t *testing.T) {
	ended := make(chan bool)
	observed := apiotel.WithMeterProvider(provider{meter: meter{registration: registration{ended: ended}}})
	_, err := api.New(apitest.URL, apitest.Key, apiotel.Instrument(observed))
	f := newFixture(t, nil)
	held := f.metrics(t)
	f.client = nil
	runtime.GC()
	<-ended // or the test times out
	if left := f.metrics(t); err != nil || !strings.Contains(held, "rate_limit.limit") || left != "" {
		t.Errorf("error %v, metrics with a client:\n%s\nand without:\n%s", err, held, left)
	}
}
