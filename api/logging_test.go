package api_test

import (
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sellerscenter/client-go/api"
)

// TestLog pins the records of calls and waits: messages and attributes are part of the API.
func TestLog(t *testing.T) {
	// In the cases, CALL stands for what all records of attempts have, BATCH and FAILED for those of a
	// wait.
	batch := "batch=" + batchID.String()
	call := "method=GET path=" + operationPath
	long := strings.NewReplacer("CALL", call, "BATCH", batch, "GET:", "GET "+operationPath+":",
		"FAILED", `level=WARN msg="sellerscenter: poll failed" `+batch)
	told := reply(200, completed, "X-RateLimit-Remaining", "150")
	for _, tt := range []struct {
		name   string
		server http.RoundTripper
		wait   bool
		opts   []api.Option
		want   string
	}{
		{"rate limit of the spec", inTurn(reply(503, "", "Retry-After", "3"), told), false, nil, `
level=DEBUG msg="sellerscenter: attempt" CALL attempt=1 status=503 duration=2s rate_limit_remaining=199
level=WARN msg="sellerscenter: retry" CALL attempt=1 delay=3s cause=503
level=DEBUG msg="sellerscenter: attempt" CALL attempt=2 status=200 duration=2s rate_limit_remaining=150
`},
		{"no rate limit", inTurn(reply(503, "", "Retry-After", "3"), told), false,
			[]api.Option{api.WithoutRateLimit()}, `
level=DEBUG msg="sellerscenter: attempt" CALL attempt=1 status=503 duration=2s
level=WARN msg="sellerscenter: retry" CALL attempt=1 delay=3s cause=503
level=DEBUG msg="sellerscenter: attempt" CALL attempt=2 status=200 duration=2s
`},
		{"the duration is without the wait for the limit", inTurn(reply(503, "", "Retry-After", "3"), told),
			false, []api.Option{api.WithRateLimit(1)}, `
level=DEBUG msg="sellerscenter: attempt" CALL attempt=1 status=503 duration=2s rate_limit_remaining=0
level=WARN msg="sellerscenter: retry" CALL attempt=1 delay=3s cause=503
level=DEBUG msg="sellerscenter: attempt" CALL attempt=2 status=200 duration=2s rate_limit_remaining=0
`},
		{"no response", fail(errRefused), false, []api.Option{noRetry, api.WithoutRateLimit()}, `
level=DEBUG msg="sellerscenter: attempt" CALL attempt=1 error="dial tcp: connection refused" duration=2s
`},
		{"wait", serve("COMPLETED", "cancelled", "503/1", "503", "503/150", "COMPLETED", "401"), true,
			[]api.Option{api.WithRetry(api.RetryPolicy{MaxAttempts: 2}), api.WithoutRateLimit()}, `
level=DEBUG msg="sellerscenter: attempt" CALL attempt=1 BATCH status=200 duration=2s
level=WARN msg="sellerscenter: unknown status" BATCH poll=1 batch_status=COMPLETED
level=DEBUG msg="sellerscenter: attempt" CALL attempt=1 BATCH status=200 duration=2s
level=DEBUG msg="sellerscenter: attempt" CALL attempt=1 BATCH status=503 duration=2s
level=WARN msg="sellerscenter: retry" CALL attempt=1 BATCH delay=1s cause=503
level=DEBUG msg="sellerscenter: attempt" CALL attempt=2 BATCH status=503 duration=2s
FAILED poll=3 delay=1s retry_after=0s cause="GET: 503: no (2 attempts)"
level=DEBUG msg="sellerscenter: attempt" CALL attempt=1 BATCH status=503 duration=2s
FAILED poll=4 delay=2m30s retry_after=2m30s cause="GET: 503: no (1 attempt)"
level=DEBUG msg="sellerscenter: attempt" CALL attempt=1 BATCH status=200 duration=2s
level=DEBUG msg="sellerscenter: attempt" CALL attempt=1 BATCH status=401 duration=2s
FAILED poll=6 retry_after=0s cause="GET: 401: no (1 attempt)"
`},
	} {
		inBubble(t, tt.name, func(t *testing.T) {
			var log strings.Builder
			handler := slog.NewTextHandler(&log, &slog.HandlerOptions{
				Level: slog.LevelDebug,
				ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
					// A number in JSON would be a field of two types, since an error is a string.
					if a.Key == "cause" && a.Value.Kind() != slog.KindString {
						t.Errorf("the cause is a %v", a.Value.Kind())
					}
					if a.Key == slog.TimeKey {
						return slog.Attr{}
					}
					return a
				},
			})
			slow := after(func(*http.Request) { time.Sleep(2 * time.Second) }, tt.server.RoundTrip)
			c := newClient(t, slow, append(tt.opts, api.WithLogger(slog.New(handler)))...)
			if tt.wait {
				_,
					_ = c.WaitShipOrderBatch(t.Context(), batchID,
					api.WithPollInterval(time.Second, time.Second))
			} else {
				_, _ = get(t.Context(), c)
			}
			want := long.Replace(tt.want)
			if got := "\n" + log.String(); got != want {
				t.Errorf("logged:%swant:%s", got, want)
			}
		})
	}
}
