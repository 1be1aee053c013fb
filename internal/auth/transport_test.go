package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

const key = "marked-key-4711"

func static(context.Context) (string, error) { return key, nil }

func parse(t testing.TB, raw string) *url.URL {
	t.Helper()
	u, err := url.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// newTransport returns a Transport for requests of one call.
func newTransport(t testing.TB, origin string, base roundTripper) *Transport {
	t.Helper()
	sent := new(Sent)
	return &Transport{Origin: parse(t, origin), Source: static, Base: base, Sent: func(*http.Request) *Sent { return sent }}
}

func TestKeyGoesToItsOriginAlone(t *testing.T) {
	for _, tt := range []struct {
		origin, target string
		sent           bool
	}{
		{"https://api.example.com", "https://api.example.com/x", true},
		{"https://api.example.com/prefix", "https://api.example.com/x", true},
		{"https://api.example.com", "https://API.example.com:443/x", true},
		{"https://api.example.com:443", "https://api.example.com/x", true},
		{"http://localhost", "http://localhost:80/x", true},
		{"https://[::1]:8443", "https://[::1]:8443/x", true},
		{"https://api.example.com", "http://api.example.com/x", false},
		{"https://api.example.com", "http://api.example.com:443/x", false},
		{"https://api.example.com", "https://api.example.com:8443/x", false},
		{"https://api.example.com:8443", "https://api.example.com/x", false},
		{"https://api.example.com", "https://example.com/x", false},
		{"https://api.example.com", "https://api.example.com.evil.example/x", false},
		{"https://api.example.com", "https://evil.example/api.example.com", false},
		{"https://api.example.com", "https://api.example.com@evil.example/x", false},
		{"https://api.example.com", "https://api.example.com./x", false},
	} {
		t.Run(tt.target+" of "+tt.origin, func(t *testing.T) {
			var got []string
			transport := newTransport(t, tt.origin, roundTripper(func(r *http.Request) (*http.Response, error) {
				got = r.Header.Values(Header)
				return &http.Response{StatusCode: 200, Header: http.Header{}, Request: r, Body: http.NoBody}, nil
			}))
			req, err := http.NewRequest("GET", tt.target, nil)
			if err != nil {
				t.Fatal(err)
			}
			// One that a caller put there would follow http.Client to every hop.
			req.Header.Set(Header, "the caller's")
			resp, err := transport.RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			if want := map[bool]string{true: "[" + key + "]", false: "[]"}[tt.sent]; fmt.Sprint(got) != want {
				t.Errorf("sent keys %q, want %s", got, want)
			}
			if v := resp.Request.Header.Get(Header); v != "the caller's" || req.Header.Get(Header) != v {
				t.Errorf("the request was changed, or the response carries another: %q", v)
			}
		})
	}
}

func TestLocationOfSuccessStays(t *testing.T) {
	transport := newTransport(t, "https://api.example.com", roundTripper(func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 202, Header: http.Header{"Location": {"https://cdn.example.com/batch"}}, Request: r, Body: http.NoBody}, nil
	}))
	req, _ := http.NewRequest("POST", "https://api.example.com/x", nil)
	resp, err := transport.RoundTrip(req)
	if err != nil || resp.Header.Get("Location") != "https://cdn.example.com/batch" {
		t.Errorf("header %v, error %v, want the Location of a 202 as it came", resp.Header, err)
	}
}

func TestResponseDoesNotCarryKey(t *testing.T) {
	transport := newTransport(t, "https://api.example.com", roundTripper(func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 401, Header: http.Header{}, Request: r, Body: http.NoBody}, nil
	}))
	req, _ := http.NewRequest("GET", "https://api.example.com/x", nil)
	resp, err := transport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []any{resp, resp.Request, resp.Request.Context(), resp.Request.Header, transport} {
		if s := fmt.Sprintf("%v %+v %#v %s", v, v, v, v); strings.Contains(s, key) {
			t.Errorf("the key shows in a %T: %s", v, s)
		}
	}
}

func TestSourceWithoutKeyEndsAttempt(t *testing.T) {
	vault := errors.New("vault is sealed")
	for name, source := range map[string]func(context.Context) (string, error){
		"error":             func(context.Context) (string, error) { return key, vault },
		"empty":             func(context.Context) (string, error) { return " \n", nil },
		"control character": func(context.Context) (string, error) { return key + "\r\nX-Evil: 1", nil },
		"not UTF-8":         func(context.Context) (string, error) { return key + "\xe9", nil },
	} {
		t.Run(name, func(t *testing.T) {
			req, _ := http.NewRequest("POST", "https://api.example.com/x", nil)
			_, err := (&Transport{Origin: parse(t, "https://api.example.com"), Source: CleanSource(source)}).RoundTrip(req)
			var sourceErr SourceError
			if !errors.As(err, &sourceErr) || !sourceErr.Permanent() || strings.Contains(err.Error(), key) {
				t.Errorf("error %v, want a permanent SourceError without the key", err)
			}
			if name == "error" && !errors.Is(err, vault) {
				t.Errorf("error %v does not wrap the source's", err)
			}
		})
	}
}

func TestKeyChanged(t *testing.T) {
	current, fail := "first-key", error(nil)
	for _, tt := range []struct {
		name, url, now string
		err            error
		want           bool
	}{
		{"same", "https://api.example.com/x", "first-key", nil, false},
		{"same with a newline", "https://api.example.com/x", "first-key\n", nil, false},
		{"another", "https://api.example.com/x", "second-key", nil, true},
		{"source fails", "https://api.example.com/x", "second-key", errors.New("sealed"), false},
		{"sent without a key", "https://other.example/x", "second-key", nil, false},
	} {
		current, fail = "first-key", nil
		transport := newTransport(t, "https://api.example.com", roundTripper(func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 401, Header: http.Header{}, Body: http.NoBody}, nil
		}))
		transport.Source = CleanSource(func(context.Context) (string, error) { return current, fail })
		req, _ := http.NewRequest("GET", tt.url, nil)
		if _, err := transport.RoundTrip(req); err != nil {
			t.Fatal(err)
		}
		if current, fail = tt.now, tt.err; transport.KeyChanged(req) != tt.want {
			t.Errorf("%s: KeyChanged is not %v", tt.name, tt.want)
		}
	}
}
