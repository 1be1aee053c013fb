package api_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sellerscenter/client-go/api"
)

// TestLog pins the records of a call that is retried: messages and attributes are part of the
// API.
func TestLog(t *testing.T) {
	// In the cases, GET stands for what all records of the call have.
	call := strings.NewReplacer("GET", "method=GET path=/api/v1/results/ship-orders")
	for _, tt := range []struct {
		name string
		opts []api.Option
		want string
	}{
		{"rate limit of the spec", nil, `
level=DEBUG msg="sellerscenter: attempt" GET attempt=1 status=503 duration=2s rate_limit_remaining=199
level=WARN msg="sellerscenter: retry" GET attempt=1 delay=3s cause=503
level=DEBUG msg="sellerscenter: attempt" GET attempt=2 status=200 duration=2s rate_limit_remaining=150
`},
		{"no rate limit", []api.Option{api.WithoutRateLimit()}, `
level=DEBUG msg="sellerscenter: attempt" GET attempt=1 status=503 duration=2s
level=WARN msg="sellerscenter: retry" GET attempt=1 delay=3s cause=503
level=DEBUG msg="sellerscenter: attempt" GET attempt=2 status=200 duration=2s
`},
		{"the duration is without the wait for the limit", []api.Option{api.WithRateLimit(1)}, `
level=DEBUG msg="sellerscenter: attempt" GET attempt=1 status=503 duration=2s rate_limit_remaining=0
level=WARN msg="sellerscenter: retry" GET attempt=1 delay=3s cause=503
level=DEBUG msg="sellerscenter: attempt" GET attempt=2 status=200 duration=2s rate_limit_remaining=0
`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var log strings.Builder
				handler := slog.NewTextHandler(&log, &slog.HandlerOptions{
					Level: slog.LevelDebug,
					ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
						// A number in JSON would be a field of two types, since an error is a
						// string.
						if a.Key == "cause" && a.Value.Kind() != slog.KindString {
							t.Errorf("the cause is a %v", a.Value.Kind())
						}
						if a.Key == slog.TimeKey {
							return slog.Attr{}
						}
						return a
					},
				})
				s := record(func(n int, w http.ResponseWriter, r *http.Request) {
					if n == 1 {
						writeAnswer(w, r, "503/3")
						return
					}
					w.Header().Set("X-RateLimit-Remaining", "150")
					writeAnswer(w, r, "completed")
				})
				s.latency = 2 * time.Second
				c := newClient(t, s, append(tt.opts, api.WithLogger(slog.New(handler)))...)
				if _, err := get(t.Context(), c); err != nil {
					t.Fatal(err)
				}
				if got, want := "\n"+log.String(), call.Replace(tt.want); got != want {
					t.Errorf("logged:%swant:%s", got, want)
				}
			})
		})
	}
}

func TestLogTellsWhichBatchAWaitIsFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		logger := slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		policy := api.WithRetry(api.RetryPolicy{MaxAttempts: 2})
		c := newClient(t, serve("pending", "503", "503", "completed"), policy, api.WithLogger(logger))
		if _, err := c.WaitShipOrderBatch(t.Context(), batchID); err != nil {
			t.Fatal(err)
		}
		var got []string
		lines := bufio.NewScanner(&log)
		for lines.Scan() {
			var record struct {
				Level, Msg, Batch, Cause string
				Poll                     int
			}
			if err := json.Unmarshal(lines.Bytes(), &record); err != nil {
				t.Fatal(err)
			}
			if record.Batch != batchID.String() {
				t.Errorf("no batch in %s", lines.Text())
			}
			got = append(got, strings.TrimPrefix(record.Msg, "sellerscenter: "))
			if record.Msg != "sellerscenter: poll failed" {
				continue
			}
			if record.Level != "WARN" || record.Poll != 2 || !strings.Contains(record.Cause, "503") {
				t.Errorf("failed poll logged as %s", lines.Text())
			}
		}
		want := []string{"attempt", "attempt", "retry", "attempt", "poll failed", "attempt"}
		if !slices.Equal(got, want) {
			t.Errorf("logged %q, want %q", got, want)
		}
	})
}

// TestLogOfAWait pins the warnings about polls.
func TestLogOfAWait(t *testing.T) {
	const want = `
level=WARN msg="sellerscenter: unknown status" BATCH poll=1 batch_status=COMPLETED
FAILED poll=3 delay=1s retry_after=0s cause="GET: 503: no (1 attempt)"
FAILED poll=4 delay=2m30s retry_after=2m30s cause="GET: 503: no (1 attempt)"
FAILED poll=6 retry_after=0s cause="GET: 401: no (1 attempt)"
`
	batch := "batch=" + batchID.String()
	long := strings.NewReplacer("BATCH", batch, "GET", "GET "+operationPath,
		"FAILED", `level=WARN msg="sellerscenter: poll failed" `+batch)
	synctest.Test(t, func(t *testing.T) {
		var log strings.Builder
		handler := slog.NewTextHandler(&log, &slog.HandlerOptions{
			Level: slog.LevelWarn,
			ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
				if a.Key == slog.TimeKey {
					return slog.Attr{}
				}
				return a
			},
		})
		s := serve("COMPLETED", "cancelled", "503", "503/150", "COMPLETED", "401")
		c := newClient(t, s, noRetry, api.WithLogger(slog.New(handler)))
		_, _ = c.WaitShipOrderBatch(t.Context(), batchID, api.WithPollInterval(time.Second, time.Second))
		if got := "\n" + log.String(); got != long.Replace(want) {
			t.Errorf("logged:%swant:%s", got, long.Replace(want))
		}
	})
}
