package auth

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
)

// Transport is an http.RoundTripper that adds the key to requests to its origin and removes it from all others. It is
// safe for concurrent use if its base is.
type Transport struct {
	base   http.RoundTripper
	origin *url.URL
	source Source
}

// NewTransport returns a Transport that sends through base and adds the source's key to requests to the origin of the
// given URL.
func NewTransport(base http.RoundTripper, origin *url.URL, source Source) *Transport {
	return &Transport{base: base, origin: origin, source: source}
}

// RoundTrip sends a copy of req with the key. The response's Request is the one without it: http.Client copies headers
// from there to further hops, and callers log it. A source without a usable key is a *SourceError, with nothing sent.
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	out := *req
	out.Header = req.Header.Clone()
	if out.Header == nil {
		out.Header = http.Header{}
	}
	out.Header.Del(Header)
	public := req
	if sameOrigin(req.URL, t.origin) {
		key, err := t.source.current(req.Context())
		if err != nil {
			if req.Body != nil {
				_ = req.Body.Close()
			}
			return nil, err
		}
		out.Header.Set(Header, key)
		public = req.WithContext(context.WithValue(req.Context(), sentKey{}, func() string { return key }))
	}
	resp, err := t.base.RoundTrip(&out)
	if resp != nil {
		resp.Request = public
		hideUnparsedLocation(resp, req.URL)
	}
	return resp, err
}

// CloseIdleConnections passes http.Client's call of the same name on.
func (t *Transport) CloseIdleConnections() {
	if base, ok := t.base.(interface{ CloseIdleConnections() }); ok {
		base.CloseIdleConnections()
	}
}

// sentKey is the context key under which a response's Request tells which API key it was sent with.
type sentKey struct{}

func sent(resp *http.Response) string {
	if resp.Request == nil {
		return ""
	}
	key, ok := resp.Request.Context().Value(sentKey{}).(func() string)
	if !ok {
		return ""
	}
	return key()
}

// KeyChanged reports whether the source by now gives another key than the one that resp was asked for with.
func (t *Transport) KeyChanged(ctx context.Context, resp *http.Response) bool {
	old := sent(resp)
	if old == "" {
		return false
	}
	key, err := t.source.current(ctx)
	return err == nil && key != old
}

// minRedacted is the length from which on a key is taken out of texts: a shorter one, as in a test, is likely to be part
// of a word.
const minRedacted = 8

// Redact returns b without the key that resp was asked for with, for servers and proxies that echo what they got.
func Redact(resp *http.Response, b []byte) []byte {
	key := sent(resp)
	if len(key) < minRedacted {
		return b
	}
	return bytes.ReplaceAll(b, []byte(key), []byte("[redacted]"))
}
