package api_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/api/apitest"
	"github.com/sellerscenter/client-go/generated"
)

func writeJSON(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

func ok(w http.ResponseWriter, _ *http.Request) { writeJSON(w, http.StatusOK, completed) }

func TestRequestIsAuthenticatedAndIdentified(t *testing.T) {
	var got *http.Request
	c := newClient(t, handle(func(w http.ResponseWriter, r *http.Request) {
		got = r
		ok(w, r)
	}))
	resp, err := get(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if got.Method != "GET" || got.URL.String() != baseURL+"/api/v1/results/ship-orders?batch_request_id="+batchID.String() {
		t.Errorf("request is %s %s", got.Method, got.URL)
	}
	for name, want := range map[string]string{"X-API-Key": markedKey, "Accept": "application/json"} {
		if v := got.Header.Values(name); len(v) != 1 || v[0] != want {
			t.Errorf("%s is %q, want %q", name, v, want)
		}
	}
	if id := resp.JSON200.Items[0].RequestItem.OrderItems[0]; id != 9007199254740993 {
		t.Errorf("order item id is %d, want 9007199254740993", id)
	}
}

func TestEditorsOfTheCallHaveTheLastWord(t *testing.T) {
	var got http.Header
	var path string
	c := newClient(t, handle(func(w http.ResponseWriter, r *http.Request) {
		got, path = r.Header, r.URL.Path
		ok(w, r)
	}))
	_, err := get(t.Context(), c, func(_ context.Context, r *http.Request) error {
		r.Header.Set("Accept", "application/json;q=1")
		r.Header.Set("User-Agent", "mine")
		r.Header.Set("X-API-Key", "the caller's")
		r.URL.Path = "/gateway" + r.URL.Path
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if got.Get("Accept") != "application/json;q=1" || got.Get("User-Agent") != "mine" || path != "/gateway/api/v1/results/ship-orders" {
		t.Errorf("headers %v, path %s: the editor's values are lost", got, path)
	}
	if v := got.Get("X-API-Key"); v != markedKey {
		t.Errorf("X-API-Key is %q, want the client's", v)
	}
}

func TestEditorsMayGiveTheRequestAnotherContext(t *testing.T) {
	other := func(_ context.Context, r *http.Request) error {
		*r = *r.WithContext(t.Context()) //nolint:contextcheck // the point of the test
		return nil
	}
	anywhere := newClient(t, handle(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		_, _ = io.WriteString(w, "maintenance")
	}), api.WithRateLimit(1000))
	if _, err := get(t.Context(), anywhere, other); !errors.As(err, new(*api.Error)) {
		t.Errorf("error %v, want that the spec declares no text", err)
	}
	if !slices.Contains(anywhere.RateLimits(), api.RateLimit{Operation: "GetShipOrderBatchResults", Limit: 1000, Remaining: 999}) {
		t.Errorf("%+v, want one request less", anywhere.RateLimits())
	}

	key, requests := "first-key-0123456789", 0
	c := newClient(t, handle(func(w http.ResponseWriter, r *http.Request) {
		if requests++; requests == 1 {
			key = "second-key-0123456789"
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, "no good: "+r.Header.Get("X-API-Key"))
	}), api.WithKeySource(func(context.Context) (string, error) { return key, nil }))
	_, err := get(t.Context(), c, other)
	if requests != 2 || err == nil || !strings.Contains(err.Error(), "no good: [redacted]") {
		t.Errorf("%d requests, error %v, want one more with the new key, which the error does not show", requests, err)
	}
}

func TestRedirectThatTheCallerRefuses(t *testing.T) {
	requests := 0
	c := newClient(t, nil, api.WithHTTPClient(&http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return errors.New("not today") },
		Transport: handle(func(w http.ResponseWriter, _ *http.Request) {
			requests++
			w.Header().Set("Location", "/moved")
			w.WriteHeader(http.StatusFound)
		}),
	}))
	_, err := get(t.Context(), c)
	var apiErr *api.Error
	if !errors.As(err, &apiErr) || apiErr.StatusCode != http.StatusFound || !strings.Contains(apiErr.Message, "/moved") || requests != 1 {
		t.Errorf("error %v after %d requests, want the redirect as an *api.Error at once", err, requests)
	}
}

func TestCookiesOfEachAttemptAreTheJars(t *testing.T) {
	for _, timeout := range []time.Duration{0, time.Second} { // of the call: with the nearer deadline, and without
		jar, err := cookiejar.New(nil)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		c, err := api.New(baseURL, markedKey, api.WithRetry(api.RetryPolicy{MinDelay: 1, MaxDelay: 1}), api.WithHTTPClient(&http.Client{Jar: jar, Transport: handle(func(w http.ResponseWriter, r *http.Request) {
			got = append(got, r.Header.Get("Cookie"))
			http.SetCookie(w, &http.Cookie{Name: "node", Value: strconv.Itoa(len(got))})
			if len(got) < 3 {
				w.WriteHeader(http.StatusBadGateway)
				return
			}
			ok(w, r)
		})}))
		if err != nil {
			t.Fatal(err)
		}
		ctx := t.Context()
		if timeout > 0 {
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(ctx, timeout)
			defer cancel()
		}
		if _, err := get(ctx, c); err != nil {
			t.Fatal(err)
		}
		if want := []string{"", "node=1", "node=2"}; !slices.Equal(got, want) {
			t.Errorf("timeout %v: cookies of the attempts: %q, want %q", timeout, got, want)
		}
	}
}

// TestRedirects shows that the key stays at its origin, and that redirects are followed for GET and HEAD within it only.
func TestRedirects(t *testing.T) {
	const path = "/api/v1/results/ship-orders"
	for _, tt := range []struct {
		name     string
		method   string
		status   int
		location string // of the answer to path; every other path is answered at once, on every host
		then     string // Location of the answer to /hop
		followed bool
	}{
		{name: "within the origin", method: "GET", status: 302, location: "/moved", followed: true},
		{name: "within the origin, HEAD", method: "HEAD", status: 307, location: "/moved", followed: true},
		{name: "within the origin, default port", method: "GET", status: 308, location: "https://SELLERS.example.com:443/moved", followed: true},
		{name: "another host", method: "GET", status: 302, location: "https://evil.example/steal"},
		{name: "another host at the second hop", method: "GET", status: 302, location: "/hop", then: "https://evil.example/steal"},
		{name: "subdomain", method: "GET", status: 302, location: "https://cdn.sellers.example.com/steal"},
		{name: "another host without scheme", method: "GET", status: 302, location: "//evil.example/steal"},
		{name: "another port", method: "GET", status: 302, location: "https://sellers.example.com:8443/steal"},
		{name: "plain http", method: "GET", status: 302, location: "http://sellers.example.com/steal"},
		{name: "plain http at the second hop", method: "GET", status: 302, location: "/hop", then: "http://sellers.example.com/steal"},
		{name: "loop", method: "GET", status: 302, location: path},
		{name: "not a URL", method: "GET", status: 302, location: "https://%zz/\x7f"},
		{name: "POST with 307", method: "POST", status: 307, location: "/moved"},
		{name: "POST with 303", method: "POST", status: 303, location: "/moved"},
		{name: "PUT", method: "PUT", status: 308, location: "/moved"},
		{name: "DELETE", method: "DELETE", status: 302, location: "/moved"},
		{name: "without a location", method: "GET", status: 302},
		{name: "not modified", method: "GET", status: 304},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var origins []string
			transport := handle(func(w http.ResponseWriter, r *http.Request) {
				origin := strings.TrimSuffix(r.URL.Scheme+"://"+strings.ToLower(r.URL.Host), ":443")
				origins = append(origins, origin)
				if r.Header.Get("X-API-Key") != "" && origin != baseURL {
					t.Errorf("%s got the key", origin)
				}
				location := map[string]string{path: tt.location, "/hop": tt.then}[r.URL.Path]
				if r.URL.Path != path && location == "" {
					ok(w, r)
					return
				}
				if location != "" {
					w.Header().Set("Location", location)
				}
				w.WriteHeader(tt.status)
			})
			// A CheckRedirect of the caller's that lets everything through does not widen the rule.
			lax := func(*http.Request, []*http.Request) error { return nil }
			c := newClient(t, nil, api.WithHTTPClient(&http.Client{Transport: transport, CheckRedirect: lax}))
			req, err := http.NewRequestWithContext(t.Context(), tt.method, baseURL+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			resp, err := doer(t, c).Do(req)
			for _, o := range origins {
				if o != baseURL {
					t.Errorf("%s was asked", o)
				}
			}
			if tt.followed {
				if err != nil {
					t.Fatal(err)
				}
				if resp.Request.Header.Get("X-API-Key") != "" {
					t.Error("the response carries the key")
				}
				return
			}
			var apiErr *api.Error
			if !errors.As(err, &apiErr) || apiErr.StatusCode != tt.status {
				t.Fatalf("error %v, want an *api.Error with status %d", err, tt.status)
			}
			want := tt.location
			if tt.then != "" {
				want = tt.then
			}
			if want = strings.TrimSuffix(want, "\x7f"); !strings.Contains(err.Error(), want) {
				t.Errorf("error %q does not name the location %q", err, want)
			}
		})
	}
}

func TestRedirectWithinOriginCanBeRefusedByCaller(t *testing.T) {
	transport := handle(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", "/moved")
		w.WriteHeader(http.StatusFound)
	})
	c := newClient(t, nil, api.WithHTTPClient(&http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}))
	_, err := get(t.Context(), c)
	var apiErr *api.Error
	if !errors.As(err, &apiErr) || apiErr.StatusCode != http.StatusFound {
		t.Errorf("error %v, want an *api.Error with status 302", err)
	}
}

// TestKeyShowsNowhere takes the client through its failures with a server that echoes the key in everything it says.
func TestKeyShowsNowhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var logged bytes.Buffer
		logger := slog.New(slog.NewJSONHandler(&logged, &slog.HandlerOptions{Level: slog.LevelDebug}))
		opts := []api.Option{
			api.WithLogger(logger),
			api.WithKeySource(func(context.Context) (string, error) { return markedKey + "\n", nil }),
		}
		status := http.StatusOK
		transport := handle(func(w http.ResponseWriter, r *http.Request) {
			key := r.Header.Get("X-API-Key")
			if key == "" {
				t.Error("sent without a key")
			}
			w.Header().Set("Location", "https://evil.example/?key="+key)
			w.Header().Set("X-Echo", key)
			w.Header().Set("Content-Type", "text/"+key)
			w.WriteHeader(status)
			_, _ = io.WriteString(w, "your key is "+key)
		})
		for _, c := range []*api.Client{newClient(t, transport, opts...), newClient(t, transport, opts[0])} {
			var seen []any
			for _, status = range []int{200, 204, 302, 400, 401, 403, 404, 429, 500, 503} {
				_, err := get(t.Context(), c)
				var apiErr *api.Error
				if !errors.As(err, &apiErr) {
					t.Fatalf("%d: error %v, want an *api.Error", status, err)
				}
				seen = append(seen, err, *apiErr, apiErr.Header, string(apiErr.Body))
			}
			logger.Info("client", slog.Any("client", c), slog.String("errors", fmt.Sprint(seen...)))
			for _, v := range append(seen, c, *c, opts, opts[0]) {
				if s := fmt.Sprintf("%v %+v %#v", v, v, v); strings.Contains(s, markedKey) {
					t.Errorf("the key shows in a %T: %s", v, s)
				}
			}
		}
		if strings.Contains(logged.String(), markedKey) || !strings.Contains(logged.String(), "attempt") {
			t.Errorf("the key shows in the log, or nothing was logged: %s", logged.String())
		}
	})
}

func TestResponseOfSuccessDoesNotCarryKey(t *testing.T) {
	server := apitest.NewServer()
	defer server.Close()
	id := server.AddBatch(apitest.Batch{})
	c, err := api.New(apitest.URL, apitest.Key, api.WithHTTPClient(server.HTTPClient()))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := c.GetShipOrderBatchResultsWithResponse(t.Context(), &generated.GetShipOrderBatchResultsParams{BatchRequestID: id})
	if err != nil {
		t.Fatal(err)
	}
	if got := server.Requests()[0].Header.Get("X-API-Key"); got != apitest.Key {
		t.Fatalf("sent the key %q", got)
	}
	for _, v := range []any{resp, resp.HTTPResponse, resp.HTTPResponse.Request, resp.HTTPResponse.Request.Context()} {
		if s := fmt.Sprintf("%v %+v %#v", v, v, v); strings.Contains(s, apitest.Key) {
			t.Errorf("the key shows in a %T: %s", v, s)
		}
	}
}

func TestBadKeyIsAnErrorThatDoesNotShowIt(t *testing.T) {
	for name, key := range map[string]string{
		"empty": "", "white space": " \n", "newline inside": "s3cret\nkey", "null": "s3cret\x00", "not UTF-8": "s3cret-key-\xe9",
	} {
		t.Run(name, func(t *testing.T) {
			c, err := api.New(baseURL, key)
			if err == nil || c != nil || !strings.Contains(err.Error(), "API key") || strings.Contains(err.Error(), "s3cret") {
				t.Errorf("error %v, want one about the API key that does not show it", err)
			}
			_, err = get(t.Context(), newClient(t, serve("404"), api.WithKeySource(func(context.Context) (string, error) { return key, nil })))
			if err == nil || !strings.Contains(err.Error(), "API key") || strings.Contains(err.Error(), "s3cret") {
				t.Errorf("error %v of a call, want one about the API key that does not show it", err)
			}
		})
	}
}

func TestKeyIsTrimmed(t *testing.T) {
	got := ""
	transport := handle(func(w http.ResponseWriter, r *http.Request) {
		got = r.Header.Get("X-API-Key")
		ok(w, r)
	})
	c, err := api.New(baseURL, " \t"+markedKey+" \r\n", api.WithHTTPClient(&http.Client{Transport: transport}))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := get(t.Context(), c); err != nil || got != markedKey {
		t.Errorf("sent the key %q, error %v", got, err)
	}
}

func TestCallIsMadeOnceMoreWithRotatedKey(t *testing.T) {
	for _, tt := range []struct {
		name  string
		keys  []string // what the source gives, the last one for ever
		valid string
		sent  string
		ok    bool
	}{
		{"rotated", []string{"old-key-1", "new-key-2"}, "new-key-2", "old-key-1 new-key-2", true},
		{"same key", []string{"old-key-1"}, "new-key-2", "old-key-1", false},
		{"rotated to another wrong one", []string{"old-key-1", "bad-key-2", "bad-key-2", "bad-key-3"}, "new-key-2", "old-key-1 bad-key-2", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var sent []string
			transport := handle(func(w http.ResponseWriter, r *http.Request) {
				key := r.Header.Get("X-API-Key")
				sent = append(sent, key)
				if key != tt.valid {
					writeJSON(w, http.StatusUnauthorized, `{"message":"expired"}`)
					return
				}
				ok(w, r)
			})
			asked := 0
			c, err := api.New(baseURL, "", api.WithHTTPClient(&http.Client{Transport: transport}), api.WithRetry(api.RetryPolicy{MaxAttempts: 1}),
				api.WithKeySource(func(context.Context) (string, error) {
					asked++
					return tt.keys[min(asked, len(tt.keys))-1], nil
				}))
			if err != nil {
				t.Fatal(err)
			}
			_, err = get(t.Context(), c)
			if got := strings.Join(sent, " "); got != tt.sent {
				t.Errorf("sent %q, want %q", got, tt.sent)
			}
			if tt.ok != (err == nil) || !tt.ok && !errors.Is(err, api.ErrUnauthorized) {
				t.Errorf("error %v, want success: %v", err, tt.ok)
			}
		})
	}
}

func TestKeySourceErrorEndsCall(t *testing.T) {
	sealed := errors.New("vault is sealed")
	c := newClient(t, handle(ok), api.WithKeySource(func(context.Context) (string, error) { return "", sealed }))
	_, err := get(t.Context(), c)
	if !errors.Is(err, sealed) || err.Error() != "sellerscenter: GET /api/v1/results/ship-orders: key source: vault is sealed (1 attempt)" {
		t.Errorf("error %v", err)
	}
}

func TestTransportThatRewritesTheURLGetsTheKeyAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serve("503", "completed")
		c := newClient(t, wire(func(r *http.Request) (*http.Response, error) {
			if r.Header.Get("X-API-Key") != markedKey {
				t.Errorf("attempt %d is sent without the key", len(s.asked)+1)
			}
			r.URL.Scheme, r.URL.Host = "http", "127.0.0.1:8080" // as transports to a test server do
			return s.RoundTrip(r)
		}))
		if _, err := get(t.Context(), c); err != nil {
			t.Error(err)
		}
	})
}

// countedBody counts how often it is closed.
type countedBody struct {
	io.Reader
	closes int
}

func (b *countedBody) Close() error {
	b.closes++
	return nil
}

// TestEachBodyIsClosedOnce also shows that it is the transport that closes a body that it got, since it may still be writing it
// when the answer comes.
func TestEachBodyIsClosedOnce(t *testing.T) {
	for _, tt := range []struct {
		name    string
		answers string
		opts    []api.Option
		end     time.Duration // of the context, 0 for never
		cancel  bool          // at the end, which is a deadline otherwise
		open    bool          // the transport leaves bodies open
		want    []int         // closes of each body that was opened
	}{
		{name: "answered", answers: "completed", want: []int{1}},
		{name: "answered at the second attempt", answers: "503 completed", want: []int{1, 1}},
		{name: "answered while it is being written", answers: "413", open: true, want: []int{0}},
		{name: "too late for the first attempt", answers: "completed", end: -1, want: []int{1}},
		{name: "cancelled in the backoff", answers: "503", end: 1, cancel: true, want: []int{1, 1}},
		{name: "the rate limit does not fit", answers: "503", opts: []api.Option{api.WithRateLimit(1)}, end: 30 * time.Second, want: []int{1, 1}},
		{name: "the key source fails", answers: "503", opts: []api.Option{api.WithKeySource(func() func(context.Context) (string, error) {
			asked := 0
			return func(context.Context) (string, error) {
				if asked++; asked > 1 {
					return "", errors.New("vault is sealed")
				}
				return markedKey, nil
			}
		}())}, want: []int{1, 1}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := serve(strings.Fields(tt.answers)...)
				c := newClient(t, wire(func(r *http.Request) (*http.Response, error) {
					if !tt.open {
						_ = r.Body.Close()
					}
					return s.RoundTrip(r)
				}), append(tt.opts, api.WithRetry(api.RetryPolicy{MinDelay: time.Second}))...)
				ctx, cancel := context.WithCancel(t.Context())
				if tt.cancel {
					time.AfterFunc(tt.end, cancel)
				} else if tt.end != 0 {
					ctx, cancel = context.WithTimeout(ctx, tt.end)
				}
				defer cancel()
				var opened []*countedBody
				open := func() (io.ReadCloser, error) {
					opened = append(opened, &countedBody{Reader: strings.NewReader(`{"items":[]}`)})
					return opened[len(opened)-1], nil
				}
				req, err := http.NewRequestWithContext(ctx, http.MethodPut, baseURL+"/api/v1/orders", nil)
				if err != nil {
					t.Fatal(err)
				}
				req.Body, _ = open()
				req.GetBody = open
				_, _ = doer(t, c).Do(req)
				var got []int
				for _, b := range opened {
					got = append(got, b.closes)
				}
				if !slices.Equal(got, tt.want) {
					t.Errorf("bodies were closed %v times, want %v", got, tt.want)
				}
			})
		})
	}
}

func TestCallerHTTPClientIsCopied(t *testing.T) {
	transport := handle(ok)
	own := &http.Client{Transport: transport, Timeout: time.Minute}
	c := newClient(t, nil, api.WithHTTPClient(own))
	if _, err := get(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if own.CheckRedirect != nil || own.Timeout != time.Minute || fmt.Sprintf("%p", own.Transport) != fmt.Sprintf("%p", transport) {
		t.Errorf("the caller's client was changed: %+v", own)
	}
	before := fmt.Sprintf("%+v %+v", *http.DefaultClient, http.DefaultTransport.(*http.Transport).MaxIdleConnsPerHost)
	if _, err := api.New(baseURL, markedKey); err != nil {
		t.Fatal(err)
	}
	if after := fmt.Sprintf("%+v %+v", *http.DefaultClient, http.DefaultTransport.(*http.Transport).MaxIdleConnsPerHost); after != before {
		t.Errorf("net/http's defaults were changed from %s to %s", before, after)
	}
}

func TestConnectionsAreReused(t *testing.T) {
	const concurrent, rounds = 50, 4
	var conns atomic.Int64
	var arrived sync.WaitGroup
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		arrived.Done()
		arrived.Wait() // so that all of a round are under way at the same time
		if r.URL.Query().Get("batch_request_id")[0] == 'f' {
			w.WriteHeader(http.StatusNotFound)
			_, _ = w.Write(bytes.Repeat([]byte("<html>"), 15_000)) // beyond what an error keeps
			return
		}
		ok(w, r)
	}))
	server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			conns.Add(1)
		}
	}
	server.Start()
	defer server.Close()
	c, err := api.New(server.URL, markedKey, api.WithoutRateLimit())
	if err != nil {
		t.Fatal(err)
	}
	for range rounds {
		arrived.Add(concurrent)
		var calls sync.WaitGroup
		for i := range concurrent {
			calls.Go(func() {
				id := batchID
				if i%2 == 0 {
					id[0] = 0xff
				}
				_, err := c.GetShipOrderBatchResultsWithResponse(t.Context(), &generated.GetShipOrderBatchResultsParams{BatchRequestID: id})
				if (err != nil) != (i%2 == 0) {
					t.Error(err)
				}
			})
		}
		calls.Wait()
	}
	// A connection can lose the race to be idle before the next round begins; twice as many would mean that none is kept.
	if n := conns.Load(); n >= 2*concurrent {
		t.Errorf("%d connections for %d calls, %d at a time", n, concurrent*rounds, concurrent)
	}
}

func TestClientIsSafeForConcurrentUse(t *testing.T) {
	server := apitest.NewServer()
	defer server.Close()
	id := server.AddBatch(apitest.Batch{})
	c, err := api.New(apitest.URL, apitest.Key, api.WithHTTPClient(server.HTTPClient()), api.WithoutRateLimit(), api.WithRetry(api.RetryPolicy{MinDelay: 1, MaxDelay: 1}))
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		server.Fail(apitest.Fault{Status: 503}, apitest.Fault{Cut: true})
	}
	var wg sync.WaitGroup
	for range 100 {
		wg.Go(func() {
			for range 5 {
				resp, err := c.GetShipOrderBatchResultsWithResponse(t.Context(), &generated.GetShipOrderBatchResultsParams{BatchRequestID: id})
				if err != nil && !errors.Is(err, api.ErrServer) && !errors.Is(err, io.ErrUnexpectedEOF) {
					t.Error(err)
				} else if err == nil && resp.JSON200.BatchRequestID != id {
					t.Errorf("batch %v", resp.JSON200.BatchRequestID)
				}
			}
		})
	}
	wg.Wait()
}

func TestCertificateErrorIsNotRetried(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(ok))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	c, err := api.New(server.URL, markedKey)
	if err != nil {
		t.Fatal(err)
	}
	_, err = get(t.Context(), c)
	var certErr *tls.CertificateVerificationError
	var urlErr *url.Error
	if !errors.As(err, &certErr) || !errors.As(err, &urlErr) || !strings.HasSuffix(err.Error(), "(1 attempt)") {
		t.Errorf("error %v, want one attempt that ends in a certificate error", err)
	}
}

// TestAttemptTimeoutIsNamed: the call's own context has no deadline, and the text says which one passed.
func TestAttemptTimeoutIsNamed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := apitest.NewServer()
		defer server.Close()
		server.Fail(slices.Repeat([]apitest.Fault{{Delay: time.Hour}}, 2)...)
		c, err := api.New(apitest.URL, apitest.Key, api.WithHTTPClient(server.HTTPClient()), api.WithAttemptTimeout(7*time.Second), api.WithRetry(api.RetryPolicy{MaxAttempts: 2}))
		if err != nil {
			t.Fatal(err)
		}
		_, err = get(t.Context(), c)
		if want := "no whole answer within 7s: context deadline exceeded (2 attempts)"; !errors.Is(err, context.DeadlineExceeded) || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("error %v, want one that ends with %q", err, want)
		}
	})
}
