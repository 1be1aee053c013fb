package api_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sellerscenter/client-go/api"
)

func TestBadOptionsAreErrorsThatNameThem(t *testing.T) {
	for _, tt := range []struct {
		opt  api.Option
		want string
	}{
		{nil, "an option is nil"},
		{api.WithHTTPClient(nil), "WithHTTPClient"},
		{api.WithRetry(api.RetryPolicy{MaxAttempts: -1}), "WithRetry: "},
		{api.WithRetry(api.RetryPolicy{MinDelay: -1}), "WithRetry: "},
		{api.WithRetry(api.RetryPolicy{MaxDelay: -1}), "WithRetry: "},
		{api.WithRetry(api.RetryPolicy{MinDelay: 2 * time.Second, MaxDelay: time.Second}), "WithRetry: "},
		{api.WithAttemptTimeout(-1), "WithAttemptTimeout: "},
		{api.WithAttemptTimeout(30), "WithAttemptTimeout: 30ns is below"},
		{api.WithLogger(nil), "WithLogger: "},
		{api.WithSharedLimit(nil), "WithSharedLimit: "},
		{api.WithUserAgent(" "), "WithUserAgent: "},
		{api.WithUserAgent("shop\r\nX-Evil: 1"), "WithUserAgent: the value"},
		{api.WithKeySource(nil), "WithKeySource: "},
		{api.WithRateLimit(0), "WithRateLimit: "},
		{api.WithRateLimit(-1), "WithRateLimit: the limit"},
		{api.WithMaxResponseBytes(0), "WithMaxResponseBytes: "},
		{api.WithMaxResponseBytes(-100), "WithMaxResponseBytes: the limit"},
	} {
		t.Run(tt.want, func(t *testing.T) {
			c, err := api.New(baseURL, markedKey, tt.opt)
			if c != nil || err == nil || !strings.HasPrefix(err.Error(), "sellerscenter: "+tt.want) {
				t.Errorf("error %v, want one that begins with %q", err, tt.want)
			}
		})
	}
}

// TestExtremeOptionsWork makes a call with each, which is retried.
func TestExtremeOptionsWork(t *testing.T) {
	const most = math.MaxInt64
	endless := api.RetryPolicy{MinDelay: most, MaxDelay: most}
	for name, tt := range map[string]struct {
		opt  api.Option
		want error
	}{
		"long delays":         {api.WithRetry(endless), context.DeadlineExceeded},
		"long MinDelay":       {api.WithRetry(api.RetryPolicy{MinDelay: most - 1}), context.DeadlineExceeded},
		"long MaxDelay":       {api.WithRetry(api.RetryPolicy{MaxDelay: most}), nil},
		"many attempts":       {api.WithRetry(api.RetryPolicy{MaxAttempts: math.MaxInt}), nil},
		"long attempts":       {api.WithAttemptTimeout(most), nil},
		"short attempts":      {api.WithAttemptTimeout(time.Millisecond), nil},
		"long bodies":         {api.WithMaxResponseBytes(most), nil},
		"short bodies":        {api.WithMaxResponseBytes(1), api.ErrResponseTooLarge},
		"high limit":          {api.WithRateLimit(math.MaxInt), nil},
		"limit above 32 bits": {api.WithRateLimit(min(math.MaxInt, 1<<40)), nil},
		"long user agent":     {api.WithUserAgent(strings.Repeat("x", 1<<20)), nil},
	} {
		inBubble(t, name, func(t *testing.T) {
			answers := inTurn(reply(503, ""), reply(500, ""), reply(429, ""), handle(ok))
			client := &http.Client{Timeout: most, Transport: answers}
			c := newClientOf(t, baseURL, client, tt.opt)
			ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
			defer cancel()
			var err error
			n := allocated(func() { _, err = get(ctx, c) })
			if !errors.Is(err, tt.want) || n > 16<<20 || c.RateLimits()[0].Remaining < 0 {
				t.Errorf("error %v, want %v, allocated %d bytes, limits %+v", err, tt.want, n, c.RateLimits())
			}
		})
	}
}

func TestRetryPolicyDefaultsFollowGivenBounds(t *testing.T) {
	for _, tt := range []struct {
		policy   api.RetryPolicy
		attempts int
		longest  time.Duration // what the longest of 200 calls takes, at most, and half of it at least
	}{
		{api.RetryPolicy{}, 4, 3500 * time.Millisecond},
		{api.RetryPolicy{MaxAttempts: 9}, 9, 39500 * time.Millisecond},
		{api.RetryPolicy{MaxDelay: 10 * time.Millisecond}, 4, 30 * time.Millisecond},
		{api.RetryPolicy{MinDelay: 20 * time.Second, MaxAttempts: 3}, 3, 40 * time.Second},
		{api.RetryPolicy{MaxAttempts: 1}, 1, 0},
	} {
		inBubble(t, fmt.Sprintf("%+v", tt.policy), func(t *testing.T) {
			c := newClient(t, reply(429, ""), api.WithRetry(tt.policy), api.WithoutRateLimit())
			var longest time.Duration
			for range 200 {
				start := time.Now()
				_, err := get(t.Context(), c)
				if answered(err).Attempts != tt.attempts {
					t.Errorf("error %v, want %d attempts", err, tt.attempts)
				}
				longest = max(longest, time.Since(start))
			}
			if longest > tt.longest || longest < tt.longest/2 {
				t.Errorf("the longest call took %v, want nearly %v", longest, tt.longest)
			}
		})
	}
}
