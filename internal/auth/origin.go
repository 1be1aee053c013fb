package auth

import (
	"net/http"
	"net/url"
	"strings"
)

// sameOrigin compares scheme, host and port, with the scheme's default port written out.
func sameOrigin(a, b *url.URL) bool {
	return a.Scheme == b.Scheme && strings.EqualFold(a.Hostname(), b.Hostname()) && port(a) == port(b)
}

func port(u *url.URL) string {
	if p := u.Port(); p != "" {
		return p
	}
	return map[string]string{"http": "80", "https": "443"}[u.Scheme]
}

// maxRedirects is net/http's own limit.
const maxRedirects = 10

// CheckRedirect returns a policy for http.Client.CheckRedirect: GET and HEAD are redirected within the origin only, and
// next, if not nil, may refuse more. What is not followed is the call's answer.
func CheckRedirect(origin *url.URL, next func(*http.Request, []*http.Request) error) func(*http.Request, []*http.Request) error {
	return func(req *http.Request, via []*http.Request) error {
		// The first request counts: a 303 turns a POST into a GET, and its answer would pass for the POST's.
		first := via[0].Method
		if first != http.MethodGet && first != http.MethodHead || !sameOrigin(req.URL, origin) || len(via) >= maxRedirects {
			return http.ErrUseLastResponse
		}
		if next != nil {
			return next(req, via)
		}
		return nil
	}
}

// Location returns the redirect target that a response names, also one that is not a URL.
func Location(h http.Header) string {
	if l := h.Get("Location"); l != "" {
		return l
	}
	if l := h[unparsedLocation]; len(l) > 0 { //nolint:staticcheck // not canonical, so that net/http does not see it
		return l[0]
	}
	return ""
}

// unparsedLocation is where a Location that is no URL is kept from http.Client, which would turn such an answer into an
// error without its status. The lower case keeps the name apart from every header that net/http reads.
const unparsedLocation = "location"

func hideUnparsedLocation(resp *http.Response, base *url.URL) {
	if resp.StatusCode/100 != 3 {
		return
	}
	if l := resp.Header.Get("Location"); l != "" {
		if _, err := base.Parse(l); err != nil {
			resp.Header.Del("Location")
			resp.Header[unparsedLocation] = []string{l}
		}
	}
}
