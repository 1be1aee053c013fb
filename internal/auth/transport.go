package auth

import (
	"cmp"
	"context"
	"io"
	"maps"
	"net/http"
)

// header is the name of the header that carries the key, in canonical form.
const header = "X-Api-Key"

func isHeader(name string) bool { return http.CanonicalHeaderKey(name) == header }

// Transport is an [http.RoundTripper] that adds the key of a request's context to requests to the
// origin, and removes it from all others. It is safe for concurrent use if its base is.
type Transport struct {
	Base   http.RoundTripper
	Origin Origin
	// KeyOf returns the key of a request's context, the zero Key if it has none.
	KeyOf func(ctx context.Context) Key
}

// RoundTrip sends a copy of req with the key. The response's Request is the one without it:
// [http.Client] copies headers from there to further hops, and callers log it. The redirect that
// req follows loses its body, which leads to the connection, whose buffers have the key.
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Response != nil {
		req.Response.Body = http.NoBody // http.Client has closed it
	}
	resp, err := t.Base.RoundTrip(t.withKey(req))
	if resp == nil {
		return nil, err
	}
	resp.Request = req
	resp.Body = cmp.Or(resp.Body, io.ReadCloser(http.NoBody)) // of a careless transport of the caller's
	if resp.StatusCode/100 == 3 && !hasLocation(resp) {
		return nil, &LocationError{resp}
	}
	return resp, err
}

// hasLocation reports whether the Location of a response is a URL, or there is none.
func hasLocation(resp *http.Response) bool {
	_, err := resp.Request.URL.Parse(resp.Header.Get("Location"))
	return err == nil
}

// withKey returns a copy of a request with the key, if it goes to the origin. The URL is copied too,
// since some transports of tests rewrite it, against RoundTripper's contract.
func (t *Transport) withKey(req *http.Request) *http.Request {
	out := req.WithContext(withoutKeyInTrace(req.Context()))
	target := *req.URL
	target.Host = LowerHost(target.Host)
	out.URL = &target
	out.Header = maps.Clone(req.Header)
	maps.DeleteFunc(out.Header, func(name string, _ []string) bool { return isHeader(name) })
	if key := t.KeyOf(req.Context()).text(); key != "" && OriginOf(req.URL) == t.Origin {
		out.Header[header] = []string{key}
	}
	return out
}
