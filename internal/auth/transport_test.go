package auth_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/sellerscenter/client-go/internal/auth"
)

// wire is an in-memory RoundTripper.
type wire func(*http.Request) (*http.Response, error)

func (w wire) RoundTrip(r *http.Request) (*http.Response, error) { return w(r) }

// answered sends a request through a transport over a wire that answers it.
func answered(t *testing.T, req *http.Request, resp *http.Response) (sent *http.Request, err error) {
	t.Helper()
	transport := &auth.Transport{
		Origin: originOf(t, base),
		KeyOf:  contextKey,
		Base: wire(func(r *http.Request) (*http.Response, error) {
			sent = r
			resp.Request = r
			return resp, nil
		}),
	}
	got, err := transport.RoundTrip(req)
	if resp.Request != req || resp.Body == nil || err == nil && got != resp {
		t.Errorf("%s: response %+v of %+v", req.URL, got, resp.Request)
	}
	return sent, err
}

// TestTransportSendsTheKeyToItsOrigin has requests that come with the header, in any spelling.
func TestTransportSendsTheKeyToItsOrigin(t *testing.T) {
	withKey := http.Header{"X-Api-Key": {marked}, "X-Other": {"mine"}}
	keyless := http.Header{"X-Other": {"mine"}}
	for _, tt := range []struct {
		target, host string
		key          auth.Key
		header       http.Header
	}{
		{base + "/x", "api.example.com", keyOf(t, marked), withKey},
		{"https://API.Example.com/x", "api.example.com", keyOf(t, marked), withKey}, // as proxy rules know it
		{"https://evil.example/x", "evil.example", keyOf(t, marked), keyless},
		{"https://ap\u0130.example.com/x", "ap\u0130.example.com", keyOf(t, marked), keyless},
		{base + "/x", "api.example.com", auth.Key{}, keyless},
	} {
		given := http.Header{
			"X-Api-Key": {"mine"}, "x-api-key": {"mine"}, "X-API-KEY": {"mine"}, "X-Other": {"mine"},
		}
		req := newRequest(t, tt.key, http.MethodGet, tt.target)
		req.Header = given.Clone()
		redirect := &http.Response{Body: io.NopCloser(strings.NewReader("connection"))}
		req.Response = redirect
		sent, err := answered(t, req, &http.Response{StatusCode: http.StatusOK})
		if err != nil || sent.URL.Host != tt.host || !reflect.DeepEqual(sent.Header, tt.header) {
			t.Errorf("%s: sent to %s with %v, error %v, want %v",
				tt.target, sent.URL.Host, sent.Header, err, tt.header)
		}
		if !reflect.DeepEqual(req.Header, given) || redirect.Body != http.NoBody {
			t.Errorf("%s: the caller's request has %v, after a redirect with the body %v",
				tt.target, req.Header, redirect.Body)
		}
	}
}

// TestLocationThatIsNoURL: the response to such a redirect is in the error.
func TestLocationThatIsNoURL(t *testing.T) {
	for _, tt := range []struct {
		status   int
		location string
		isError  bool
	}{
		{302, "https://%zz/", true},
		{302, "/moved", false},
		{304, "", false},
		{200, "https://%zz/", false},
		{404, "https://%zz/", false},
	} {
		resp := &http.Response{StatusCode: tt.status, Header: http.Header{"Location": {tt.location}}}
		_, err := answered(t, newRequest(t, keyOf(t, marked), http.MethodGet, base), resp)
		var location *auth.LocationError
		isError := errors.As(err, &location)
		if isError != tt.isError ||
			isError && (location.Response != resp || !strings.Contains(err.Error(), "302")) {
			t.Errorf("%d to %q: error %v", tt.status, tt.location, err)
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

			var seen sync.Map
			note := func(name, value string) { seen.Store(strings.ToLower(name), value) }
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
			for name, want := range map[string]string{
				"x-api-key": "[redacted]", "x-other": "mine", "got": "conn", "wrote": "request",
			} {
				if value, _ := seen.Load(name); value != want {
					t.Errorf("the trace saw %q of %s, want %q", value, name, want)
				}
			}
		})
	}
}
