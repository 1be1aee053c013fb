package api_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/sellerscenter/client-go/api"
)

// TestRedirects shows that redirects are followed within the origin only. Which ones, package auth
// tests.
func TestRedirects(t *testing.T) {
	for _, tt := range []struct {
		name     string
		method   string
		status   int
		location string // of the response to operationPath
		then     string // Location of the response to /hop; other paths are answered 200, on every host
		followed bool
	}{
		{name: "within the origin", method: "GET", status: 302, location: "/moved", followed: true},
		{name: "another host", method: "GET", status: 302, location: "https://evil.example/steal"},
		{
			name: "another host at the second hop", method: "GET", status: 302, location: "/hop",
			then: "https://evil.example/steal",
		},
		{name: "plain http", method: "GET", status: 302, location: "http://sellers.example.com/steal"},
		{name: "not a URL", method: "GET", status: 302, location: "https://%zz/\x7f"},
		{
			name: "not a URL at the second hop", method: "GET", status: 302, location: "/hop",
			then: "https://%zz/",
		},
		{name: "POST with 307", method: "POST", status: 307, location: "/moved"},
		{name: "POST to what is not a URL", method: "POST", status: 302, location: "https://%zz/"},
		{name: "without a location", method: "GET", status: 302},
		{name: "not modified", method: "GET", status: 304},
	} {
		t.Run(tt.name, func(t *testing.T) {
			locations := map[string]string{operationPath: tt.location, "/hop": tt.then}
			requests := 0
			transport := handle(func(w http.ResponseWriter, r *http.Request) {
				requests++
				origin := r.URL.Scheme + "://" + r.URL.Host
				if origin != baseURL {
					t.Errorf("%s was asked, with the key: %v", origin, r.Header.Get("X-API-Key") != "")
				}
				location := locations[r.URL.Path]
				if r.URL.Path != operationPath && location == "" {
					ok(w, r)
					return
				}
				if location != "" {
					w.Header().Set("Location", location)
				}
				w.WriteHeader(tt.status)
			})
			// A CheckRedirect of the caller's that lets everything through does not widen the
			// rule.
			lax := func(*http.Request, []*http.Request) error { return nil }
			c := newClient(t, nil, api.WithHTTPClient(&http.Client{Transport: transport, CheckRedirect: lax}))
			resp, err := submit(t.Context(), t, c, tt.method, "")
			if tt.followed {
				if err != nil {
					t.Fatal(err)
				}
				if got := resp.Request; got.URL.Path != "/moved" || got.Header.Get("X-API-Key") != "" {
					t.Errorf("the response is that of %s, with the headers %v", got.URL, got.Header)
				}
				return
			}
			want := tt.location
			if tt.then != "" {
				want = tt.then
			}
			checkRedirect(t, err, tt.status, strings.TrimSuffix(want, "\x7f"))
			if tt.then == "" && requests != 1 {
				t.Errorf("%d requests, want one", requests)
			}
		})
	}
}

// checkRedirect checks that err is an *api.Error of one attempt that names the location.
func checkRedirect(t *testing.T, err error, status int, location string) {
	t.Helper()
	apiErr := answered(err)
	if apiErr.StatusCode != status || apiErr.Attempts != 1 {
		t.Fatalf("error %v, want an *api.Error with status %d after one attempt", err, status)
	}
	if !strings.Contains(err.Error(), location) ||
		!strings.HasPrefix(apiErr.Header.Get("Location"), location) {
		t.Errorf("error %q with the headers %v does not name the location %q", err, apiErr.Header, location)
	}
}

func TestRedirectWithinOriginCanBeRefusedByCaller(t *testing.T) {
	for _, refusal := range []error{http.ErrUseLastResponse, errors.New("not today")} {
		requests := 0
		c := newClient(t, nil, api.WithHTTPClient(&http.Client{
			Transport:     counted(&requests, reply(302, "", "Location", "/moved")),
			CheckRedirect: func(*http.Request, []*http.Request) error { return refusal },
		}))
		_, err := get(t.Context(), c)
		checkRedirect(t, err, 302, "/moved")
		if requests != 1 {
			t.Errorf("%v: %d requests, want one", refusal, requests)
		}
	}
}

// TestCheckRedirectMayChangeTheRequest has a caller that replaces what the client knows the
// request by.
func TestCheckRedirectMayChangeTheRequest(t *testing.T) {
	other := request(context.Background(), t, "GET", baseURL, "")
	evil := *other.URL
	evil.Host = "evil.example"
	for name, change := range map[string]func(*http.Request){
		"the context":       func(r *http.Request) { *r = *r.WithContext(context.Background()) },
		"the URL":           func(r *http.Request) { r.URL = other.URL },
		"the host":          func(r *http.Request) { r.URL = &evil },
		"the method":        func(r *http.Request) { r.Method = "POST" },
		"the header map":    func(r *http.Request) { r.Header = http.Header{"X-Mine": {"1"}} },
		"no header map":     func(r *http.Request) { r.Header = nil },
		"all of it":         func(r *http.Request) { *r = *other.Clone(context.Background()) },
		"all but the URL":   func(r *http.Request) { *r = http.Request{URL: r.URL} },
		"all, another host": func(r *http.Request) { *r = http.Request{URL: &evil} },
	} {
		t.Run(name, func(t *testing.T) {
			hops := 0
			c := newClient(t, nil, api.WithRateLimit(1000), api.WithHTTPClient(&http.Client{
				CheckRedirect: func(r *http.Request, _ []*http.Request) error {
					change(r)
					return nil
				},
				Transport: handle(func(w http.ResponseWriter, r *http.Request) {
					hops++
					withKey := r.Header.Get("X-API-Key") == markedKey
					if withKey != (r.URL.Host == "sellers.example.com") {
						t.Errorf("%s is asked with the key: %v", r.URL, withKey)
					}
					if hops == 1 {
						w.Header().Set("Location", "/moved")
						w.WriteHeader(http.StatusFound)
						return
					}
					_, _ = io.WriteString(w, "maintenance")
				}),
			}))
			_, err := get(t.Context(), c)
			checkUndeclared(t, c, err)
			if hops != 2 {
				t.Errorf("%d hops, want 2", hops)
			}
		})
	}
}

// checkUndeclared checks that the one call of c was counted for its operation, and that its 200 of
// another content type is refused in the name of the operation.
func checkUndeclared(t *testing.T, c *api.Client, err error) {
	t.Helper()
	const operation = "GetShipOrderBatchResults"
	if answered(err).StatusCode != 200 || !strings.Contains(fmt.Sprint(err), operation) {
		t.Errorf("error %v, want that %s declares no such response", err, operation)
	}
	for _, limit := range c.RateLimits() {
		if limit.Operation == operation && limit.Remaining != limit.Limit-1 {
			t.Errorf("rate limit %+v, want one request less", limit)
		}
	}
}

// TestErrorSaysWhereACallWasRedirected has responses of other paths than the call's.
func TestErrorSaysWhereACallWasRedirected(t *testing.T) {
	page := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "<title>Log in</title>")
	}
	for _, tt := range []struct {
		name     string
		hops     []string
		then     wire
		says     string
		notFound bool
	}{
		{
			"a page that is not there", []string{"/login"},
			reply(404, ""), ": 404: redirected to /login: Not Found (", false,
		},
		{
			"the second page", []string{"/sso", "/l%6Fg/in?x=1"},
			reply(404, ""), "404: redirected to /l%6Fg/in: Not Found", false,
		},
		{
			"another failure", []string{"/login"},
			reply(403, `{"message":"no"}`), "403: redirected to /login: no (", false,
		},
		{
			"a page", []string{"/login"},
			handle(page), "200: redirected to /login: the spec declares ", false,
		},
		{
			"what does not decode", []string{"/login"},
			reply(200, "{"), "200: redirected to /login: the body ", false,
		},
		{
			"not followed", []string{"/sso", "//evil.example/"},
			nil, "302: redirected to /sso: redirect not ", false,
		},
		{
			"the call's own path", []string{"/sso", operationPath},
			reply(404, ""), operationPath + ": 404: Not Found", true,
		},
		{
			"the call's own path, another query", []string{"?x=1"},
			reply(404, ""), operationPath + ": 404: Not Found", true,
		},
		{"no redirect", nil, reply(404, ""), operationPath + ": 404: Not Found", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var wires []wire
			for _, location := range tt.hops {
				wires = append(wires, reply(302, "", "Location", location))
			}
			_, err := get(t.Context(), newClient(t, inTurn(append(wires, tt.then)...)))
			if answered(err).URL == "" || !strings.Contains(fmt.Sprint(err), tt.says) {
				t.Errorf("error %v, want one that says %q", err, tt.says)
			}
			if errors.Is(err, api.ErrNotFound) != tt.notFound {
				t.Errorf("error %v is ErrNotFound: %v, want %v", err, !tt.notFound, tt.notFound)
			}
		})
	}
}
