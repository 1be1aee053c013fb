package apitest_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/api/apitest"
)

// TestLimitIsASlidingWindow, which two clients share.
func TestLimitIsASlidingWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		s.LimitRequests(3)
		id := s.AddBatch(apitest.Batch{})
		clients := []*api.Client{
			newClient(t, s, apitest.Key, api.WithoutRateLimit(), once),
			newClient(t, s, apitest.Key, api.WithoutRateLimit(), once),
		}
		for i, allowed := range []bool{true, true, true, false} {
			if _, err := results(t, clients[i%2], id); errors.Is(err, api.ErrRateLimited) == allowed {
				t.Errorf("request %d: error %v", i+1, err)
			}
			time.Sleep(10 * time.Second)
		}
		_, err := results(t, clients[0], id)
		var apiErr *api.Error
		if !errors.As(err, &apiErr) || apiErr.RetryAfter != 40*time.Second {
			t.Fatalf("error %+v, want a 429 that says when", err)
		}
		time.Sleep(apiErr.RetryAfter)
		if _, err := results(t, clients[1], id); err != nil {
			t.Errorf("after Retry-After: %v", err)
		}
	})
}

// TestLimitIsTold looks past the client, whose own limit and rounding would hide mistakes.
func TestLimitIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		path := resultsOf(s.AddBatch(apitest.Batch{}))
		limit := func(n int) func() {
			return func() { s.LimitRequests(n) }
		}
		unavailable := func() { s.Fail(apitest.Fault{Status: 503}) }
		const (
			key   = apitest.Key
			other = "/api/v1/other"
			half  = 500 * time.Millisecond
		)
		for i, tt := range []struct {
			sleep                        time.Duration
			before                       func()
			path, key                    string
			status                       int
			limit, remaining, retryAfter string
		}{
			{0, nil, path, key, 200, "", "", ""},
			{0, limit(2), path, key, 200, "2", "1", ""},
			// A gateway's response neither counts nor tells.
			{0, unavailable, path, key, 503, "", "", ""},
			{half, nil, path, key, 200, "2", "0", ""},
			// 59.5 s until the first request no longer counts.
			{half, nil, path, key, 429, "2", "0", "60"},
			// The limit comes before the key.
			{0, nil, path, "wrong-key", 429, "2", "0", "60"},
			// Others have a window of their own.
			{0, nil, other, key, 501, "2", "1", ""},
			// 0.6 s until the refused requests no longer count.
			{59400 * time.Millisecond, nil, path, key, 429, "2", "0", "1"},
			{600 * time.Millisecond, nil, path, key, 200, "2", "0", ""},
			// Each call begins a new count.
			{0, limit(2), path, key, 200, "2", "1", ""},
			{0, limit(0), path, key, 200, "", "", ""},
		} {
			time.Sleep(tt.sleep)
			if tt.before != nil {
				tt.before()
			}
			resp, _, _ := send(t, s, "GET", tt.path, tt.key, "")
			h := resp.Header
			if resp.StatusCode != tt.status || h.Get("X-RateLimit-Limit") != tt.limit ||
				h.Get("X-RateLimit-Remaining") != tt.remaining || h.Get("Retry-After") != tt.retryAfter {
				t.Errorf("response %d: %d %v, want %+v", i, resp.StatusCode, h, tt)
			}
		}
	})
}
