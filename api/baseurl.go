package api

import (
	"cmp"
	"errors"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// parseBaseURL checks and normalizes a base URL. What could be a secret, such as user information or a key that was passed
// in the URL's place, is not repeated in the error.
func parseBaseURL(raw string, insecure bool) (*url.URL, error) {
	u, _ := url.Parse(raw)
	u = cmp.Or(u, &url.URL{})
	port, portErr := strconv.Atoi(u.Port())
	ip, _ := netip.ParseAddr(u.Hostname())
	loopback := strings.EqualFold(u.Hostname(), "localhost") || ip.IsLoopback()
	for _, check := range []struct {
		bad  bool
		says string
	}{
		{raw == "", "it is empty; is the variable set that it comes from?"},
		{u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "", "it is not an https URL with a host; write it like https://sellers.example.com"},
		{strings.HasSuffix(u.Host, ":") || u.Port() != "" && (portErr != nil || port < 1 || port > 65535), "its port is not a number from 1 to 65535"},
		{u.User != nil, "it has user information; remove it, the API key is an argument of its own"},
		{strings.ContainsAny(raw, "?#"), "it has a query or a fragment; remove it from the ? or # on"},
		{u.Scheme == "http" && !insecure && !loopback, "http would send the API key unencrypted; write https, or pass WithInsecureHTTP"},
	} {
		if check.bad {
			return nil, errors.New("base URL: " + check.says)
		}
	}
	// People paste the base URL with /api/v1 at its end, which the paths of the spec begin with. In the escaped form, so that a prefix with %2F in it stays as written; JoinPath resolves dots and repeated slashes.
	u.RawPath = strings.TrimRight(strings.TrimSuffix(strings.TrimRight(u.JoinPath().EscapedPath(), "/"), "/api/v1"), "/")
	u.Path, _ = url.PathUnescape(u.RawPath) // it was escaped just now
	return u, nil
}
