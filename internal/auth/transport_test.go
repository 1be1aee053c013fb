package auth_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"strings"
	"sync"
	"testing"

	"github.com/sellerscenter/client-go/internal/auth"
)

// wire is an in-memory RoundTripper.
type wire func(*http.Request) (*http.Response, error)

func (w wire) RoundTrip(r *http.Request) (*http.Response, error) { return w(r) }

// TestTransportSendsTheKeyToItsOrigin has requests that come with the header, in any spelling.
func TestTransportSendsTheKeyToItsOrigin(t *testing.T) {
	for _, tt := range []struct {
		target, host, header string
	}{
		{base + "/x", "api.example.com", marked},
		{"https://API.Example.com/x", "api.example.com", marked}, // proxy rules know lower case
		{"https://evil.example/x", "evil.example", ""},
		{"https://ap\u0130.example.com/x", "ap\u0130.example.com", ""},
	} {
		for _, name := range []string{"X-Api-Key", "x-api-key", "X-API-KEY", "X-Other"} {
			req := newRequest(t, keyOf(t, marked), http.MethodGet, tt.target)
			req.Header[name] = []string{"mine"}
			var sent *http.Request
			transport := &auth.Transport{
				Origin: originOf(t, base),
				KeyOf:  contextKey,
				Base: wire(func(r *http.Request) (*http.Response, error) {
					sent = r
					return &http.Response{StatusCode: http.StatusOK, Request: r}, nil
				}),
			}
			resp, err := transport.RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			for name, values := range sent.Header {
				if strings.EqualFold(name, "X-Api-Key") {
					got += strings.Join(values, " ")
				}
			}
			if got != tt.header || sent.URL.Host != tt.host {
				t.Errorf("%s with %s: the key %q is sent to %q", tt.target, name, got, sent.URL.Host)
			}
			if resp.Request != req || req.Header[name][0] != "mine" || resp.Body == nil {
				t.Errorf("%s with %s: the response is that of %v", tt.target, name, resp.Request)
			}
		}
	}
}

// TestTraceDoesNotSeeTheKey has the caller's own trace, over HTTP/1.1 and HTTP/2, whose other hooks
// are told everything.
func TestTraceDoesNotSeeTheKey(t *testing.T) {
	for _, version := range []int{1, 2} {
		t.Run(fmt.Sprint("HTTP/", version), func(t *testing.T) {
			echo := func(w http.ResponseWriter, r *http.Request) {
				_, _ = fmt.Fprint(w, r.ProtoMajor, r.Header.Get("X-Api-Key"))
			}
			server := httptest.NewUnstartedServer(http.HandlerFunc(echo))
			server.EnableHTTP2 = version == 2
			server.StartTLS()
			defer server.Close()

			var mu sync.Mutex
			seen := map[string]string{}
			note := func(name, value string) {
				mu.Lock()
				defer mu.Unlock()
				seen[strings.ToLower(name)] += value
			}
			req := newRequest(t, keyOf(t, marked), http.MethodGet, server.URL)
			req.Header.Set("X-Other", "mine")
			req = req.WithContext(httptrace.WithClientTrace(req.Context(), &httptrace.ClientTrace{
				GotConn:          func(httptrace.GotConnInfo) { note("got", "conn") },
				WroteHeaderField: func(name string, values []string) { note(name, values[0]) },
				WroteRequest:     func(httptrace.WroteRequestInfo) { note("wrote", "request") },
			}))
			transport := &auth.Transport{
				Origin: auth.OriginOf(req.URL), KeyOf: contextKey, Base: server.Client().Transport,
			}
			resp, err := transport.RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(resp.Body)
			if err != nil || resp.Body.Close() != nil || string(body) != fmt.Sprint(version, marked) {
				t.Fatalf("the server got %q, error %v", body, err)
			}
			mu.Lock()
			defer mu.Unlock()
			for name, want := range map[string]string{
				"x-api-key": "[redacted]", "x-other": "mine", "got": "conn", "wrote": "request",
			} {
				if seen[name] != want {
					t.Errorf("the trace saw %q of %s, want %q", seen[name], name, want)
				}
			}
		})
	}
}
