package apiotel_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/propagation"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/api/apiotel"
	"github.com/sellerscenter/client-go/api/apitest"
)

// TestTarget lets an editor of the caller's change the URL.
func TestTarget(t *testing.T) {
	const template = " url.template=/... url.full="
	for target, want := range map[string]string{
		"https://user:secret@sellers.example.com/scapi/orders/7?page=2#top": //
		"server.address=sellers.example.com " +
			"server.port=443" + template + "https://sellers.example.com/scapi/orders/7 ",
		"http://[::1]:8080/orders%2F7": "server.address=::1 " +
			"server.port=8080" + template + "http://[::1]:8080/orders%2F7 ",
	} {
		f := newFixture(t, []api.Option{atOnce})
		f.send = func(*http.Request) (*http.Response, error) { return nil, io.EOF }
		lines := f.under(t, func(ctx context.Context) {
			_ = f.call(ctx, func(_ context.Context, r *http.Request) (err error) {
				r.URL, err = url.Parse(target)
				return err
			})
		})
		if !strings.Contains(lines[1], want) {
			t.Errorf("span %s, want %s", lines[1], want)
		}
	}
}

// TestMethodThatIsNotKnown is set by an editor of the caller's.
func TestMethodThatIsNotKnown(t *testing.T) {
	f := newFixture(t, nil)
	lines := f.under(t, func(ctx context.Context) {
		_ = f.call(ctx, func(_ context.Context, r *http.Request) error {
			r.Method = "get"
			return nil
		})
	})
	text := lines[1] + f.metrics(t)
	for want, times := range map[string]int{
		" HTTP /... http.request.method=_OTHER ": 1, "http.request.method=_OTHER ": 2,
		"http.request.method_original=get ": 1,
	} {
		if n := strings.Count(text, want); n != times {
			t.Errorf("%d times %q, want %d, in\n%s", n, want, times, text)
		}
	}
}

// TestServerIsToldNothingButTheTrace has baggage, which is none of the server's business by
// default.
func TestServerIsToldNothingButTheTrace(t *testing.T) {
	with := apiotel.WithPropagator
	for name, tt := range map[string]struct {
		opts []apiotel.Option
		want string // the baggage, and whether there is a trace
	}{
		"by default":           {nil, " true"},
		"without a propagator": {[]apiotel.Option{with(nil)}, " true"},
		"with another one":     {[]apiotel.Option{with(propagation.Baggage{})}, "margin=12 false"},
		"with none of many": {
			[]apiotel.Option{with(propagation.NewCompositeTextMapPropagator())}, " false",
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, nil, tt.opts...)
			margin, err := baggage.Parse("margin=12")
			noHeader := func(_ context.Context, r *http.Request) error {
				r.Header = nil
				return nil
			}
			f.under(t, func(ctx context.Context) {
				_ = f.call(baggage.ContextWithBaggage(ctx, margin), noHeader)
			})
			header := f.server.Requests()[0].Header
			got := fmt.Sprint(header.Get("Baggage"), " ", header.Get("Traceparent") != "")
			if err != nil || got != tt.want {
				t.Errorf("the server is told %q, want %q; error %v", got, tt.want, err)
			}
		})
	}
}

// TestNilProviders are the global ones, in place of a panic.
func TestNilProviders(t *testing.T) {
	global := apiotel.Instrument(apiotel.WithTracerProvider(nil), apiotel.WithMeterProvider(nil))
	if _, err := api.New(apitest.URL, apitest.Key, global); err != nil {
		t.Error(err)
	}
}
