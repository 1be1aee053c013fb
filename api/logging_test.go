package api_test

import (
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sellerscenter/client-go/api"
)

// TestLog pins the records of a call that is retried: messages and attributes are part of the API.
func TestLog(t *testing.T) {
	for _, tt := range []struct {
		name string
		opts []api.Option
		want string
	}{
		{"rate limit of the spec", nil, `
level=DEBUG msg="sellerscenter: attempt" method=GET path=/api/v1/results/ship-orders attempt=1 status=503 duration=2s rate_limit_remaining=199
level=WARN msg="sellerscenter: retry" method=GET path=/api/v1/results/ship-orders attempt=1 delay=3s cause=503
level=DEBUG msg="sellerscenter: attempt" method=GET path=/api/v1/results/ship-orders attempt=2 status=200 duration=2s rate_limit_remaining=150
`},
		{"no rate limit", []api.Option{api.WithoutRateLimit()}, `
level=DEBUG msg="sellerscenter: attempt" method=GET path=/api/v1/results/ship-orders attempt=1 status=503 duration=2s
level=WARN msg="sellerscenter: retry" method=GET path=/api/v1/results/ship-orders attempt=1 delay=3s cause=503
level=DEBUG msg="sellerscenter: attempt" method=GET path=/api/v1/results/ship-orders attempt=2 status=200 duration=2s
`},
		{"a minute's wait for the rate limit, which is no part of the duration", []api.Option{api.WithRateLimit(1)}, `
level=DEBUG msg="sellerscenter: attempt" method=GET path=/api/v1/results/ship-orders attempt=1 status=503 duration=2s rate_limit_remaining=0
level=WARN msg="sellerscenter: retry" method=GET path=/api/v1/results/ship-orders attempt=1 delay=3s cause=503
level=DEBUG msg="sellerscenter: attempt" method=GET path=/api/v1/results/ship-orders attempt=2 status=200 duration=2s rate_limit_remaining=0
`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var b strings.Builder
				b.WriteByte('\n')
				logger := slog.New(slog.NewTextHandler(&b, &slog.HandlerOptions{Level: slog.LevelDebug, ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
					if a.Key == slog.TimeKey {
						return slog.Attr{}
					}
					// A number in JSON would be a field of two types, since an error is a string.
					if a.Key == "cause" && a.Value.Kind() != slog.KindString {
						t.Errorf("the cause is a %v", a.Value.Kind())
					}
					return a
				}}))
				failed := false
				c := newClient(t, handle(func(w http.ResponseWriter, r *http.Request) {
					time.Sleep(2 * time.Second)
					if !failed {
						failed = true
						w.Header().Set("Retry-After", "3")
						w.WriteHeader(http.StatusServiceUnavailable)
						return
					}
					w.Header().Set("X-RateLimit-Remaining", "150")
					ok(w, r)
				}), append(tt.opts, api.WithLogger(logger))...)
				if _, err := get(t.Context(), c); err != nil {
					t.Fatal(err)
				}
				if b.String() != tt.want {
					t.Errorf("logged:%swant:%s", b.String(), tt.want)
				}
			})
		})
	}
}
