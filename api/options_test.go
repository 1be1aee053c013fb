package api_test

import (
	"context"
	"errors"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sellerscenter/client-go/api"
)

func TestBadOptionsAreErrorsThatNameThem(t *testing.T) {
	for want, opt := range map[string]api.Option{
		"WithHTTPClient":                          api.WithHTTPClient(nil),
		"WithRetry: {MaxAttempts:-1":              api.WithRetry(api.RetryPolicy{MaxAttempts: -1}),
		"WithRetry: {MaxAttempts:0 MinDelay:-1ns": api.WithRetry(api.RetryPolicy{MinDelay: -1}),
		"WithRetry: {MaxAttempts:0 MinDelay:2s":   api.WithRetry(api.RetryPolicy{MinDelay: 2 * time.Second, MaxDelay: time.Second}),
		"WithAttemptTimeout":                      api.WithAttemptTimeout(-1),
		"WithAttemptTimeout: 30ns is below":       api.WithAttemptTimeout(30),
		"WithLogger":                              api.WithLogger(nil),
		"WithUserAgent":                           api.WithUserAgent(" "),
		"WithUserAgent: the value":                api.WithUserAgent("shop\r\nX-Evil: 1"),
		"WithKeySource":                           api.WithKeySource(nil),
		"WithRateLimit":                           api.WithRateLimit(0),
		"WithRateLimit: the limit":                api.WithRateLimit(-1),
		"WithMaxResponseBytes":                    api.WithMaxResponseBytes(0),
		"WithMaxResponseBytes: the limit":         api.WithMaxResponseBytes(-100),
	} {
		t.Run(want, func(t *testing.T) {
			c, err := api.New(baseURL, markedKey, opt)
			if c != nil || err == nil || !strings.HasPrefix(err.Error(), "sellerscenter: "+want) {
				t.Errorf("error %v, want one that begins with %q", err, want)
			}
		})
	}
}

func TestRetryPolicyDefaultsFollowGivenBounds(t *testing.T) {
	for _, tt := range []struct {
		name   string
		policy api.RetryPolicy
		// What 200 calls with two retries each take, at least and at most.
		attempts int
		longest  time.Duration
	}{
		{"defaults", api.RetryPolicy{}, 4, 3500 * time.Millisecond},
		{"short maximum", api.RetryPolicy{MaxDelay: 10 * time.Millisecond}, 4, 30 * time.Millisecond},
		{"long minimum", api.RetryPolicy{MinDelay: 20 * time.Second, MaxAttempts: 3}, 3, 40 * time.Second},
		{"off", api.RetryPolicy{MaxAttempts: 1}, 1, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newClient(t, handle(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(429) }), api.WithRetry(tt.policy), api.WithoutRateLimit())
				var longest time.Duration
				for range 200 {
					start := time.Now()
					_, err := get(t.Context(), c)
					var apiErr *api.Error
					if !errors.As(err, &apiErr) || apiErr.Attempts != tt.attempts {
						t.Fatalf("error %v, want %d attempts", err, tt.attempts)
					}
					longest = max(longest, time.Since(start))
				}
				if longest > tt.longest || longest < tt.longest/2 {
					t.Errorf("the longest call took %v, want nearly %v", longest, tt.longest)
				}
			})
		})
	}
}

func TestAttemptTimeoutBoundsEachAttempt(t *testing.T) {
	for _, tt := range []struct {
		name    string
		opts    []api.Option
		timeout time.Duration
	}{
		{"default", nil, 30 * time.Second},
		{"set", []api.Option{api.WithAttemptTimeout(2 * time.Second)}, 2 * time.Second},
		{"caller's http.Client", []api.Option{api.WithHTTPClient(&http.Client{Timeout: time.Second, Transport: hang}), api.WithAttemptTimeout(0)}, time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newClient(t, hang, append(tt.opts, api.WithRetry(api.RetryPolicy{MaxAttempts: 3, MinDelay: 1, MaxDelay: 1}))...)
				start := time.Now()
				_, err := get(t.Context(), c)
				if err == nil || !strings.HasSuffix(err.Error(), "(3 attempts)") {
					t.Errorf("error %v", err)
				}
				if d := time.Since(start).Round(time.Millisecond); d != 3*tt.timeout {
					t.Errorf("three attempts took %v, want %v each", d, tt.timeout)
				}
			})
		})
	}
}

var hang = wire(func(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
})

func TestNoAttemptTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 24*time.Hour)
		defer cancel()
		start := time.Now()
		_, err := get(ctx, newClient(t, hang, api.WithAttemptTimeout(0)))
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 24*time.Hour {
			t.Errorf("error %v after %v, want the context's end", err, time.Since(start))
		}
	})
}

func TestUserAgent(t *testing.T) {
	module := strings.TrimSuffix(reflect.TypeFor[api.Client]().PkgPath(), "/api")
	for _, tt := range []struct {
		name string
		opts []api.Option
		want string
	}{
		{"default", nil, "sellerscenter-go (" + module + "; go"},
		{"set", []api.Option{api.WithUserAgent("shop-sync/1.4")}, "shop-sync/1.4"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := ""
			c := newClient(t, handle(func(w http.ResponseWriter, r *http.Request) {
				got = r.Header.Get("User-Agent")
				ok(w, r)
			}), tt.opts...)
			if _, err := get(t.Context(), c); err != nil || !strings.HasPrefix(got, tt.want) {
				t.Errorf("User-Agent is %q, want %q; error %v", got, tt.want, err)
			}
		})
	}
}
