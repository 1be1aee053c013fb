package apitest_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/sellerscenter/client-go/api/apitest"
)

// TestLimitIsASlidingWindow of each operation, which looks past the client, whose own limit and
// rounding would hide mistakes.
func TestLimitIsASlidingWindow(t *testing.T) {
	type outcome struct {
		status                       int
		limit, remaining, retryAfter string
	}
	const (
		key   = apitest.Key
		other = "/api/v1/other"
		half  = 500 * time.Millisecond
	)
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		path := resultsOf(s.AddBatch(apitest.Batch{}))
		none := func() {}
		unlimited := func() { s.LimitRequests(0) }
		two := func() { s.LimitRequests(2) }
		unavailable := func() { s.Fail(apitest.Fault{Status: 503}) }
		for i, tt := range []struct {
			sleep     time.Duration
			before    func()
			path, key string
			want      outcome
		}{
			{0, none, path, key, outcome{200, "", "", ""}},
			{0, two, path, key, outcome{200, "2", "1", ""}},
			// A gateway's response neither counts nor tells.
			{0, unavailable, path, key, outcome{503, "", "", ""}},
			{half, none, path, key, outcome{200, "2", "0", ""}},
			// 59.5 s until the first request no longer counts.
			{half, none, path, key, outcome{429, "2", "0", "60"}},
			// The limit comes before the key.
			{0, none, path, "wrong-key", outcome{429, "2", "0", "60"}},
			// Others have a window of their own.
			{0, none, other, key, outcome{501, "2", "1", ""}},
			// 0.6 s until the refused requests no longer count.
			{59400 * time.Millisecond, none, path, key, outcome{429, "2", "0", "1"}},
			{600 * time.Millisecond, none, path, key, outcome{200, "2", "0", ""}},
			// Each call begins a new count.
			{0, two, path, key, outcome{200, "2", "1", ""}},
			{0, unlimited, path, key, outcome{200, "", "", ""}},
		} {
			time.Sleep(tt.sleep)
			tt.before()
			resp, _, _ := send(t, s, "GET", tt.path, tt.key, "")
			h := resp.Header
			got := outcome{
				resp.StatusCode,
				h.Get("X-RateLimit-Limit"), h.Get("X-RateLimit-Remaining"), h.Get("Retry-After"),
			}
			if got != tt.want {
				t.Errorf("response %d: %+v, want %+v", i, got, tt.want)
			}
		}
	})
}
