// Package auth adds the API key to requests and keeps it from everywhere else.
//
// A key is sent only to one origin, the scheme, host and port of the base URL, decided anew for each hop. Requests that
// other code can see, in a response or an error, never carry it. Keys are held in functions, never in fields, so that no
// printing of a value that leads here can show one.
package auth

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"unicode"
)

// Header is the name of the header that carries the key: the spec's security scheme APIKeyAuth.
const Header = "X-API-Key"

// CleanKey trims white space around a key, such as a secret file's newline. It refuses a key that is empty or has control
// characters in it, which no header can carry. The error does not show the key.
func CleanKey(key string) (string, error) {
	key = strings.TrimSpace(key)
	if key == "" || strings.ContainsFunc(key, unicode.IsControl) {
		return "", errors.New("the API key is empty or has a control character in it; write the key alone, on one line")
	}
	return key, nil
}

// SourceError reports that the key source gave no usable key; nothing was sent.
type SourceError struct{ error }

// Unwrap returns what the source or the check of its key said.
func (e SourceError) Unwrap() error { return e.error }

// Permanent reports that sending again would not help: a source does its own retrying.
func (e SourceError) Permanent() bool { return true }

// Transport is an http.RoundTripper that adds the key to requests to its origin and removes it from all others, and lets
// http.Client follow redirects within the origin alone. It is safe for concurrent use if its base is.
type Transport struct {
	Base   http.RoundTripper
	Origin *url.URL
	// Source returns the key to send now. It is called once for each hop of each attempt, concurrently.
	Source func(context.Context) (string, error)
}

func (t *Transport) key(ctx context.Context) (string, error) {
	key, err := t.Source(ctx)
	if err == nil {
		key, err = CleanKey(key)
	}
	if err != nil {
		return "", SourceError{fmt.Errorf("key source: %w", err)}
	}
	return key, nil
}

// RoundTrip sends a copy of req with the key. Unlike other RoundTrippers it leaves req's body
// open where nothing is sent, to the caller that has it. The response's Request is the one without it: http.Client copies headers
// from there to further hops, and callers log it. A source without a usable key is a SourceError, with nothing sent.
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	out, public := req.Clone(req.Context()), req
	out.Header.Del(Header)
	if t.isOrigin(req.URL) {
		key, err := t.key(req.Context())
		if err != nil {
			return nil, err
		}
		out.Header.Set(Header, key)
		public = req.WithContext(context.WithValue(req.Context(), sentKey{}, func() string { return key }))
	}
	resp, err := t.Base.RoundTrip(out)
	if resp != nil {
		resp.Request = public
		t.hideLocation(resp)
	}
	return resp, err
}

// isOrigin compares scheme, host and port, with the scheme's default port written out.
func (t *Transport) isOrigin(u *url.URL) bool {
	port := func(u *url.URL) string {
		return cmp.Or(u.Port(), map[string]string{"http": "80", "https": "443"}[u.Scheme])
	}
	return u.Scheme == t.Origin.Scheme && strings.EqualFold(u.Hostname(), t.Origin.Hostname()) && port(u) == port(t.Origin)
}

// hideLocation keeps from http.Client the redirects that it must not follow: to another origin, of another method than GET
// and HEAD, after ten others, or to what is no URL, which it would make an error without the answer's status of. The
// name in lower case sets the header apart from every one that net/http reads.
func (t *Transport) hideLocation(resp *http.Response) {
	location, hops := resp.Header.Get("Location"), 0
	for r := resp.Request; r.Response != nil; r = r.Response.Request {
		hops++
	}
	target, err := resp.Request.URL.Parse(location)
	safe := resp.Request.Method == http.MethodGet || resp.Request.Method == http.MethodHead
	if resp.StatusCode/100 == 3 && location != "" && (err != nil || !safe || hops >= 9 || !t.isOrigin(target)) {
		resp.Header.Del("Location")
		resp.Header["location"] = []string{location}
	}
}

// sentKey is the context key under which a response's Request tells which API key it was sent with.
type sentKey struct{}

func sent(resp *http.Response) string {
	key, _ := resp.Request.Context().Value(sentKey{}).(func() string)
	if key == nil {
		return ""
	}
	return key()
}

// KeyChanged reports whether the source by now gives another key than the one that resp was asked for with.
func (t *Transport) KeyChanged(ctx context.Context, resp *http.Response) bool {
	key, err := t.key(ctx)
	return sent(resp) != "" && err == nil && key != sent(resp)
}

// Redact returns text without the key that resp was asked for with, for servers and proxies that echo what they got. A key of
// less than 8 bytes, as in a test, stays: it is likely to be part of a word.
func Redact(resp *http.Response, text []byte) []byte {
	if key := sent(resp); len(key) >= 8 {
		return bytes.ReplaceAll(text, []byte(key), []byte("[redacted]"))
	}
	return text
}
