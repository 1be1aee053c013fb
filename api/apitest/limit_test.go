package apitest_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/api/apitest"
)

func TestLimitIsASlidingWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := apitest.NewServer()
		defer s.Close()
		s.LimitRequests(3)
		id := s.AddBatch(apitest.Batch{})
		c := newClient(t, s, apitest.Key, api.WithoutRateLimit(), api.WithRetry(api.RetryPolicy{MaxAttempts: 1}))
		for i, want := range []bool{true, true, true, false} {
			if _, err := results(t, c, id); errors.Is(err, api.ErrRateLimited) == want {
				t.Errorf("request %d: error %v", i+1, err)
			}
			time.Sleep(10 * time.Second)
		}
		_, err := results(t, c, id)
		var apiErr *api.Error
		if !errors.As(err, &apiErr) || apiErr.RetryAfter != 40*time.Second || apiErr.Header.Get("X-RateLimit-Remaining") != "0" || apiErr.Header.Get("X-RateLimit-Limit") != "3" {
			t.Errorf("error %+v, want a 429 that says when", err)
		}
		time.Sleep(apiErr.RetryAfter)
		if _, err := results(t, c, id); err != nil {
			t.Errorf("after Retry-After: %v", err)
		}
	})
}

// TestLimitIsTold looks past the client, whose own limit and rounding would hide mistakes.
func TestLimitIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := apitest.NewServer()
		defer s.Close()
		path := resultsPath + "?batch_request_id=" + s.AddBatch(apitest.Batch{}).String()
		limit := func(n int) func() { return func() { s.LimitRequests(n) } }
		for i, tt := range []struct {
			sleep                        time.Duration
			before                       func()
			path, key                    string
			status                       int
			limit, remaining, retryAfter string
		}{
			{0, nil, path, apitest.Key, 200, "", "", ""},
			{0, limit(2), path, apitest.Key, 200, "2", "1", ""},
			{0, func() { s.Fail(apitest.Fault{Status: 503}) }, path, apitest.Key, 503, "", "", ""}, // of a gateway: neither counts nor tells
			{500 * time.Millisecond, nil, path, apitest.Key, 200, "2", "0", ""},
			{500 * time.Millisecond, nil, path, apitest.Key, 429, "2", "0", "60"},  // 59.5 s
			{0, nil, path, "wrong-key", 429, "2", "0", "60"},                       // the limit comes before the key
			{0, nil, "/api/v1/other", apitest.Key, 501, "2", "1", ""},              // has a window of its own
			{59400 * time.Millisecond, nil, path, apitest.Key, 429, "2", "0", "1"}, // 0.6 s until the refused ones no longer count
			{600 * time.Millisecond, nil, path, apitest.Key, 200, "2", "0", ""},    // at 61 s
			{0, limit(2), path, apitest.Key, 200, "2", "1", ""},                    // anew
			{0, limit(0), path, apitest.Key, 200, "", "", ""},
		} {
			time.Sleep(tt.sleep)
			if tt.before != nil {
				tt.before()
			}
			resp, _, _ := send(t, s, "GET", tt.path, tt.key, "")
			h := resp.Header
			if resp.StatusCode != tt.status || h.Get("X-RateLimit-Limit") != tt.limit || h.Get("X-RateLimit-Remaining") != tt.remaining || h.Get("Retry-After") != tt.retryAfter {
				t.Errorf("answer %d: %d %v, want %d, limit %q, remaining %q, Retry-After %q", i, resp.StatusCode, h, tt.status, tt.limit, tt.remaining, tt.retryAfter)
			}
		}
	})
}
