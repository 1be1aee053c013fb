package auth

import (
	"maps"
	"net/http"
	"strings"
)

// header is the name of the header that carries the key, in canonical form.
const header = "X-Api-Key"

// Transport is an [http.RoundTripper] that adds the key of a request's context to requests to the
// origin, and removes it from all others. It is safe for concurrent use if its base is.
type Transport struct {
	Base   http.RoundTripper
	Origin Origin
}

// RoundTrip sends a copy of req with the key. The response's Request is the one without it:
// [http.Client] copies headers from there to further hops, and callers log it.
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := t.Base.RoundTrip(t.withKey(req))
	if resp == nil {
		return nil, err
	}
	resp.Request = req
	if _, bad := req.URL.Parse(resp.Header.Get("Location")); bad != nil && resp.StatusCode/100 == 3 {
		return nil, &LocationError{resp}
	}
	return resp, err
}

// withKey returns a copy of a request with the key, if it goes to the origin.
func (t *Transport) withKey(req *http.Request) *http.Request {
	out := req.WithContext(req.Context())
	target := *req.URL // some transports of tests rewrite it, against RoundTripper's contract
	out.URL = &target
	out.Header = maps.Clone(req.Header)
	maps.DeleteFunc(out.Header, func(name string, _ []string) bool { return strings.EqualFold(name, header) })
	if key := keyOf(req.Context()).text(); key != "" && OriginOf(req.URL) == t.Origin {
		out.Header[header] = []string{key}
	}
	return out
}
