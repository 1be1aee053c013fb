package api_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sellerscenter/client-go/api"
)

func TestBadOptionsAreErrorsThatNameThem(t *testing.T) {
	for _, tt := range []struct {
		opt  api.Option
		want string
	}{
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

// TestExtremeOptionsAreRefusedOrWork makes calls with each option that New takes, which are
// retried.
func TestExtremeOptionsAreRefusedOrWork(t *testing.T) {
	const most = math.MaxInt64
	patient := &http.Client{Timeout: most, Transport: handle(ok)}
	tireless := api.RetryPolicy{MaxAttempts: 200, MinDelay: 1, MaxDelay: most}
	for name, opt := range map[string]api.Option{
		"WithRetry: MinDelay":              api.WithRetry(api.RetryPolicy{MinDelay: math.MaxInt64}),
		"WithRetry: MaxDelay":              api.WithRetry(api.RetryPolicy{MaxDelay: math.MaxInt64}),
		"WithRetry: both delays":           api.WithRetry(api.RetryPolicy{MinDelay: most, MaxDelay: most}),
		"WithRetry: MinDelay, nearly":      api.WithRetry(api.RetryPolicy{MinDelay: math.MaxInt64 - 1}),
		"WithRetry: MaxAttempts":           api.WithRetry(api.RetryPolicy{MaxAttempts: math.MaxInt}),
		"WithRetry: least delays":          api.WithRetry(tireless),
		"WithAttemptTimeout: the longest":  api.WithAttemptTimeout(math.MaxInt64),
		"WithAttemptTimeout: the shortest": api.WithAttemptTimeout(time.Millisecond),
		"WithMaxResponseBytes: the most":   api.WithMaxResponseBytes(math.MaxInt64),
		"WithMaxResponseBytes: the least":  api.WithMaxResponseBytes(1),
		"WithRateLimit: the most":          api.WithRateLimit(math.MaxInt),
		"WithRateLimit: beyond 32 bits":    api.WithRateLimit(min(math.MaxInt, 1<<40)),
		"WithUserAgent: a megabyte":        api.WithUserAgent(strings.Repeat("x", 1<<20)),
		"WithHTTPClient: timeout":          api.WithHTTPClient(patient),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				transport := inTurn(reply(503, ""), reply(500, ""), reply(429, ""), handle(ok))
				client := &http.Client{Transport: transport}
				c, err := api.New(baseURL, markedKey, api.WithHTTPClient(client), opt)
				if err != nil {
					named, _, _ := strings.Cut(name, ":")
					if !strings.HasPrefix(err.Error(), "sellerscenter: ") ||
						!strings.Contains(err.Error(), named) {
						t.Errorf("error %v does not name %s", err, named)
					}
					return
				}
				ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
				defer cancel()
				n := allocated(func() { _, err = get(ctx, c) })
				expected := []error{context.DeadlineExceeded, api.ErrResponseTooLarge, api.ErrServer}
				for _, fits := range expected {
					if errors.Is(err, fits) {
						err = nil
					}
				}
				if err != nil || n > 16<<20 {
					t.Errorf("error %v, allocated %d bytes", err, n)
				}
				if limits := c.RateLimits(); len(limits) == 0 || limits[0].Remaining < 0 {
					t.Errorf("rate limits %+v", limits)
				}
			})
		})
	}
}

func TestRetryPolicyDefaultsFollowGivenBounds(t *testing.T) {
	for _, tt := range []struct {
		name     string
		policy   api.RetryPolicy
		attempts int
		longest  time.Duration // what the longest of 200 calls takes, at most, and half of it at least
	}{
		{"defaults", api.RetryPolicy{}, 4, 3500 * time.Millisecond},
		{"short maximum", api.RetryPolicy{MaxDelay: 10 * time.Millisecond}, 4, 30 * time.Millisecond},
		{"long minimum", api.RetryPolicy{MinDelay: 20 * time.Second, MaxAttempts: 3}, 3, 40 * time.Second},
		{"off", api.RetryPolicy{MaxAttempts: 1}, 1, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newClient(t, reply(429, ""), api.WithRetry(tt.policy), api.WithoutRateLimit())
				var longest time.Duration
				for range 200 {
					start := time.Now()
					_, err := get(t.Context(), c)
					if answered(err).Attempts != tt.attempts {
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

// hang fails when the request's context ends.
var hang = wire(func(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, context.Cause(r.Context())
})

func TestAttemptTimeoutBoundsEachAttempt(t *testing.T) {
	quick := &http.Client{Timeout: time.Second, Transport: hang}
	for _, tt := range []struct {
		name    string
		opts    []api.Option
		timeout time.Duration
		says    string
	}{
		{"default", nil, 30 * time.Second, "30s"},
		{"set", []api.Option{api.WithAttemptTimeout(2 * time.Second)}, 2 * time.Second, "2s"},
		{
			"caller's http.Client", []api.Option{api.WithHTTPClient(quick), api.WithAttemptTimeout(0)},
			time.Second, "",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				policy := api.RetryPolicy{MaxAttempts: 3, MinDelay: 1, MaxDelay: 1}
				c := newClient(t, hang, append(tt.opts, api.WithRetry(policy))...)
				start := time.Now()
				_, err := get(t.Context(), c)
				if err == nil || !strings.HasSuffix(err.Error(), "(3 attempts)") {
					t.Errorf("error %v", err)
				}
				if d := time.Since(start).Round(time.Millisecond); d != 3*tt.timeout {
					t.Errorf("three attempts took %v, want %v each", d, tt.timeout)
				}
				// The call's own context has no deadline: the text says which one passed.
				if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), tt.says) {
					t.Errorf("error %v, want one that says %q", err, tt.says)
				}
			})
		})
	}
}

// TestAttemptTimeoutHasOneName has servers that respond to a part, and then no more.
func TestAttemptTimeoutHasOneName(t *testing.T) {
	const body = "body of the response with status code 200: "
	for _, tt := range []struct {
		name      string
		protocols *http.Protocols
		sends     string
		says      string
	}{
		{"HTTP/1.1", nil, "", ""},
		{"HTTP/1.1, in the body", nil, `{"items":[`, body},
		{"HTTP/2", onlyHTTP2(), "", ""},
		{"HTTP/2, in the body", onlyHTTP2(), `{"items":[`, body},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				_, transport := servePipes(t, tt.protocols, func(w http.ResponseWriter, r *http.Request) {
					if tt.sends != "" {
						_, _ = io.WriteString(w, tt.sends)
						_ = http.NewResponseController(w).Flush()
					}
					<-r.Context().Done()
				})
				c, err := api.New("http://127.0.0.1", markedKey, noRetry,
					api.WithHTTPClient(&http.Client{Transport: transport}))
				if err != nil {
					t.Fatal(err)
				}
				_, err = get(t.Context(), c)
				says := ": " + tt.says + "no whole response within 30s: context deadline exceeded (1 attempt)"
				if !errors.Is(err, context.DeadlineExceeded) || !strings.HasSuffix(fmt.Sprint(err), says) {
					t.Errorf("error %v, want one that says %q", err, says)
				}
			})
		})
	}
}

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
			note := func(r *http.Request) { got = r.Header.Get("User-Agent") }
			c := newClient(t, after(note, handle(ok)), tt.opts...)
			if _, err := get(t.Context(), c); err != nil || !strings.HasPrefix(got, tt.want) {
				t.Errorf("User-Agent is %q, want %q; error %v", got, tt.want, err)
			}
		})
	}
}
