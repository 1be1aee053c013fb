package apiotel_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/propagation"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/api/apiotel"
	"github.com/sellerscenter/client-go/api/apitest"
)

func TestAttributesAreOnAllSpansAndMetrics(t *testing.T) {
	f := newFixture(t, []api.Option{atOnce}, apiotel.WithAttributes(attribute.String("seller", "shoes")),
		apiotel.WithAttributes(attribute.Int("shop", 7)))
	f.server.Fail(apitest.Fault{Status: 503})
	lines := f.under(t, func(ctx context.Context) {
		_ = f.call(ctx)
		_, _ = f.client.WaitShipOrderBatch(ctx, batchID)
	})
	lines = append(lines, strings.Split(strings.TrimSpace(f.metrics(t)), "\n")...)
	lines = slices.DeleteFunc(lines, func(line string) bool {
		return strings.Contains(line, " seller=shoes") && strings.Contains(line, " shop=7")
	})
	if len(lines) > 0 || !strings.Contains(f.metrics(t), "sc.retries") {
		t.Errorf("without the attributes:\n%s", strings.Join(lines, "\n"))
	}
}

// TestServerIsToldNothingButTheTrace has baggage, which is none of the server's business by default.
func TestServerIsToldNothingButTheTrace(t *testing.T) {
	baggageToo := []apiotel.Option{apiotel.WithPropagator(propagation.Baggage{})}
	for _, tt := range []struct {
		name string
		opts []apiotel.Option
		want string
	}{
		{name: "by default", want: ""},
		{name: "as told", opts: baggageToo, want: "margin=12"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := newFixture(t, nil, tt.opts...)
			margin, err := baggage.Parse("margin=12")
			noHeader := func(_ context.Context, r *http.Request) error {
				r.Header = nil
				return nil
			}
			f.under(t, func(ctx context.Context) {
				_ = f.call(baggage.ContextWithBaggage(ctx, margin), noHeader)
			})
			got := f.server.Requests()[0].Header.Get("Baggage")
			if err != nil || got != tt.want {
				t.Errorf("baggage %q, want %q; error %v", got, tt.want, err)
			}
		})
	}
}
