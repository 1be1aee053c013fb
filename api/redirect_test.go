package api_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/sellerscenter/client-go/api"
)

// hops is a server that every host of the network has. Its first responses are redirects; it counts
// the requests, and sees that the key comes to the base URL's origin alone.
type hops struct {
	testing.TB

	status    int
	locations []string
	then      wire // the last response
	requests  int
}

func newHops(t testing.TB, then wire, locations ...string) *hops {
	t.Helper()
	return &hops{TB: t, status: 302, locations: locations, then: then}
}

func (h *hops) RoundTrip(r *http.Request) (*http.Response, error) {
	var want []string
	if r.URL.Scheme == "https" && slices.Contains([]string{"", "443"}, r.URL.Port()) &&
		r.URL.Hostname() == "sellers.example.com" {
		want = []string{markedKey}
	}
	if keys := r.Header.Values("X-API-Key"); !slices.Equal(keys, want) {
		h.Errorf("%s got the keys %q, want %q", r.URL, keys, want)
	}
	h.requests++
	if h.requests > len(h.locations) {
		return h.then(r)
	}
	return reply(h.status, "", "Location", h.locations[h.requests-1])(r)
}

// TestKeyGoesToItsOriginAlone sends calls to other places, by a request editor and by redirects,
// which are followed within the origin only. What an origin is, package auth tests.
func TestKeyGoesToItsOriginAlone(t *testing.T) {
	const moved = baseURL + "/moved"
	for _, tt := range []struct {
		name      string
		method    string
		start     string // where an editor sends the request
		status    int
		locations []string
		refusal   error // of the caller's CheckRedirect
		requests  int
		refused   string // the Location in the error of a redirect that is not followed
	}{
		{name: "no redirect", requests: 1},
		{name: "other spelling", start: "https://SELLERS.example.com:443/x", requests: 1},
		{name: "other host", start: "https://evil.example/x", requests: 1},
		{name: "other scheme", start: "http://sellers.example.com/x", requests: 1},
		{name: "dotted I", start: "https://sellers.example.\u0130om/x", requests: 1},
		{name: "back", start: "https://evil.example/x", locations: []string{moved}, requests: 2},

		{name: "within the origin", locations: []string{"/moved"}, requests: 2},
		{name: "twice", locations: []string{moved, "https://sellers.example.com:443/x"}, requests: 3},
		{
			name: "to another host", locations: []string{"https://evil.example/steal"},
			requests: 1, refused: "https://evil.example/steal",
		},
		{
			name:      "to another host at the second hop",
			locations: []string{"/hop", "https://evil.example/steal"},
			requests:  2, refused: "https://evil.example/steal",
		},
		{
			name: "from one other host to another", start: "https://evil.example/x",
			locations: []string{"https://cdn.evil.example/x"},
			requests:  1, refused: "https://cdn.evil.example/x",
		},
		{
			name: "to plain http", locations: []string{"http://sellers.example.com/steal"},
			requests: 1, refused: "http://sellers.example.com/steal",
		},
		{
			name: "to a dotted I", locations: []string{"https://sellers.example.%C4%B0om/x"},
			requests: 1, refused: "https://sellers.example.%C4%B0om/x",
		},
		{name: "to no URL", locations: []string{"https://%zz/\x7f"}, requests: 1, refused: "https://%zz/"},
		{
			name: "to no URL at the second hop", locations: []string{"/hop", "https://%zz/"},
			requests: 2, refused: "https://%zz/",
		},
		{name: "without a Location", locations: []string{""}, requests: 1, refused: ": 302: "},
		{name: "not modified", status: 304, locations: []string{""}, requests: 1, refused: ": 304: "},
		{
			name: "POST", method: "POST", status: 307, locations: []string{"/moved"},
			requests: 1, refused: "/moved",
		},
		{
			name: "POST to no URL", method: "POST", locations: []string{"https://%zz/"},
			requests: 1, refused: "https://%zz/",
		},
		{
			name: "POST to a query", method: "POST", locations: []string{"?state=s3cret"},
			requests: 1, refused: ": 302: redirect not followed: (1 attempt)",
		},
		{
			name: "last response wanted", refusal: http.ErrUseLastResponse, locations: []string{"/moved"},
			requests: 1, refused: "/moved",
		},
		{
			name: "refused by the caller", refusal: errors.New("not today"), locations: []string{"/moved"},
			requests: 1, refused: "/moved",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := newHops(t, reply(200, completed), tt.locations...)
			h.status = cmp.Or(tt.status, 302)
			// A CheckRedirect of the caller's that lets everything through does not widen the rule.
			policy := func(*http.Request, []*http.Request) error { return tt.refusal }
			c := newClient(t, nil, api.WithHTTPClient(&http.Client{Transport: h, CheckRedirect: policy}))
			var edited *http.Request
			resp, err := get(t.Context(), c, func(_ context.Context, r *http.Request) (err error) {
				edited = r
				r.Header.Set("X-API-Key", "mine") // which http.Client would take along to each hop
				r.Method = cmp.Or(tt.method, "GET")
				r.Host = ""
				r.URL, err = url.Parse(cmp.Or(tt.start, r.URL.String()))
				return err
			})
			if h.requests != tt.requests || edited.Header.Get("X-API-Key") != "mine" {
				t.Errorf("%d requests, want %d, of one with %v", h.requests, tt.requests, edited.Header)
			}
			newKeyWitness(t, markedKey).see("the response", resp)
			if tt.refused != "" {
				checkRedirect(t, err, h.status, tt.refused)
			} else if err != nil {
				t.Error(err)
			}
		})
	}
}

// checkRedirect checks that err is an *api.Error of one attempt that names the location.
func checkRedirect(t *testing.T, err error, status int, location string) {
	t.Helper()
	apiErr := answered(err)
	if apiErr.StatusCode != status || apiErr.Attempts != 1 || !strings.Contains(err.Error(), location) ||
		strings.Contains(location, "/") && !strings.HasPrefix(apiErr.Header.Get("Location"), location) {
		t.Errorf("error %v with the headers %v, want a %d to %s after one attempt",
			err, apiErr.Header, status, location)
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
			h := newHops(t, reply(200, "maintenance", "Content-Type", "text/plain"), "/moved")
			policy := func(r *http.Request, _ []*http.Request) error {
				change(r)
				return nil
			}
			c := newClient(t, nil, api.WithRateLimit(1000),
				api.WithHTTPClient(&http.Client{Transport: h, CheckRedirect: policy}))
			_, err := get(t.Context(), c)
			checkUndeclared(t, c, err)
			if h.requests != 2 {
				t.Errorf("%d requests, want 2", h.requests)
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
	page := reply(200, "<title>Log in</title>", "Content-Type", "text/html")
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
			page, "200: redirected to /login: the spec declares ", false,
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
			h := newHops(t, tt.then, tt.hops...)
			_, err := get(t.Context(), newClient(t, h))
			if answered(err).URL == "" || !strings.Contains(fmt.Sprint(err), tt.says) ||
				errors.Is(err, api.ErrNotFound) != tt.notFound {
				t.Errorf("error %v, want one that says %q and is ErrNotFound: %v", err, tt.says, tt.notFound)
			}
		})
	}
}
