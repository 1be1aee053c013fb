// Package auth adds the API key to requests and keeps it from everywhere else.
//
// A key is sent only to one origin, the scheme, host and port of the base URL, decided anew for each hop. Requests that
// other code can see, in a response or an error, never carry it. Keys are held in functions, never in fields, so that no
// printing of a value that leads here can show one.
package auth

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"html"
	"io"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// Header is the name of the header that carries the key, in canonical form: the spec's security scheme APIKeyAuth.
const Header = "X-Api-Key"

// CleanKey trims white space around a key, such as a secret file's newline. It refuses a key that is empty, is not UTF-8, or has
// control characters in it, which no header can carry. The error does not show the key.
func CleanKey(key string) (string, error) {
	key = strings.TrimSpace(key)
	if key == "" || strings.ToValidUTF8(key, "") != key || strings.ContainsFunc(key, unicode.IsControl) {
		return "", errors.New("the API key is empty, not UTF-8, or has a control character in it; write the key alone, on one line")
	}
	return key, nil
}

// SourceError reports that the key source gave no usable key; nothing was sent.
type SourceError struct{ error }

// Unwrap returns what the source or the check of its key said.
func (e SourceError) Unwrap() error { return e.error }

// Permanent reports that sending again would not help: a source does its own retrying.
func (e SourceError) Permanent() bool { return true }

// CleanSource returns a source of the clean keys of another one, whose errors are SourceErrors.
func CleanSource(source func(context.Context) (string, error)) func(context.Context) (string, error) {
	return func(ctx context.Context) (string, error) {
		key, err := source(ctx)
		if err == nil {
			key, err = CleanKey(key)
		}
		if err != nil {
			return "", SourceError{fmt.Errorf("key source: %w", err)}
		}
		return key, nil
	}
}

// Transport is an http.RoundTripper that adds the key to requests to its origin and removes it from all others, and lets
// http.Client follow redirects within the origin alone. It is safe for concurrent use if its base is.
type Transport struct {
	Base   http.RoundTripper
	Origin *url.URL
	// Source returns the key to send now, clean. It is called once for each hop of each attempt, concurrently.
	Source func(context.Context) (string, error)
	// Sent returns where to note the key that a request is sent with.
	Sent func(*http.Request) *Sent
}

// RoundTrip sends a copy of req with the key. The response's Request is the one without it: http.Client copies headers
// from there to further hops, and callers log it. Where the source has no key, nothing is sent.
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	out, target := req.WithContext(req.Context()), *req.URL // which transports of tests rewrite, against RoundTripper's contract
	out.Header, out.URL = maps.Clone(req.Header), &target   // the header's values are never changed in place
	delete(out.Header, Header)
	if t.isOrigin(req.URL) {
		key, err := t.Source(req.Context())
		if err != nil {
			_ = cmp.Or[io.ReadCloser](req.Body, http.NoBody).Close()
			return nil, err
		}
		out.Header[Header] = []string{key}
		t.Sent(req).keys = append(t.Sent(req).keys, func() string { return key })
	}
	resp, err := t.Base.RoundTrip(out)
	if resp != nil {
		resp.Request = req
		if resp.StatusCode/100 == 3 && resp.Header.Get("Location") != "" {
			t.hideLocation(resp, resp.Header.Get("Location"))
		}
	}
	return resp, err
}

var defaultPort = map[string]string{"http": "80", "https": "443"}

// isOrigin compares scheme, host and port, with the scheme's default port written out.
func (t *Transport) isOrigin(u *url.URL) bool {
	return u.Scheme == t.Origin.Scheme && (u.Host == t.Origin.Host || strings.EqualFold(u.Hostname(), t.Origin.Hostname()) &&
		cmp.Or(u.Port(), defaultPort[u.Scheme]) == cmp.Or(t.Origin.Port(), defaultPort[u.Scheme]))
}

// hideLocation keeps from http.Client the redirects that it must not follow: to another origin, of another method than GET
// and HEAD, with the key in the URL, after ten others, or to what is no URL, which it would make an error without the answer's status of. The
// name in lower case sets the header apart from every one that net/http reads.
func (t *Transport) hideLocation(resp *http.Response, location string) {
	hops := 0
	for r := resp.Request; r.Response != nil; r = r.Response.Request {
		hops++
	}
	target, err := resp.Request.URL.Parse(location)
	if err != nil || resp.Request.Method != http.MethodGet && resp.Request.Method != http.MethodHead || hops >= 9 || !t.isOrigin(target) || t.Sent(resp.Request).Redactor()(location) != location {
		resp.Header.Del("Location")
		resp.Header["location"] = []string{location}
	}
}

// Sent remembers the API keys of a call's requests.
type Sent struct{ keys []func() string }

// KeyChanged reports whether the source by now gives another key than the one that a call's last request was sent with.
func (t *Transport) KeyChanged(req *http.Request) bool {
	key, err := t.Source(req.Context())
	sent := t.Sent(req).keys
	return len(sent) > 0 && err == nil && key != sent[len(sent)-1]()
}

// special are the characters that are escaped somewhere; the search is quick by the others.
var special = regexp.MustCompile(`[^0-9A-Za-z]`)

// Redactor returns a function that takes the keys that were sent out of a text, for servers and proxies that echo what they got,
// be it with the escapes of JSON, HTML or URLs, or in other letter case, as a header's name. A key of less than 8 bytes, as in a test, stays: it is likely to be part of
// a word.
func (s *Sent) Redactor() func(text string) string {
	patterns := []string{`\A\z.`} // which matches nothing
	for _, key := range s.keys {
		if len(key()) >= 8 {
			patterns = append(patterns, special.ReplaceAllStringFunc(key(), func(c string) string {
				r := []rune(c)[0]
				return fmt.Sprintf(`(?:\\?%s|%s|&#0*%d;|(?:\\u00|&#x0*|%%)%02x;?)`, regexp.QuoteMeta(c), regexp.QuoteMeta(html.EscapeString(c)), r, r)
			}))
		}
	}
	pattern := regexp.MustCompile("(?i)" + strings.Join(slices.Compact(patterns), "|"))
	return func(text string) string { return pattern.ReplaceAllLiteralString(text, "[redacted]") }
}
