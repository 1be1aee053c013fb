package api

import (
	"cmp"
	"errors"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// apiPath matches how the paths of the spec begin, at the end of a base URL. People paste it along.
var apiPath = regexp.MustCompile(`(/api/v1)?/?$`)

// parseBaseURL checks and normalizes a base URL. What could be a secret, such as user information
// or a key that was passed in the URL's place, is not repeated in the error.
func parseBaseURL(raw string, insecure bool) (*url.URL, error) {
	u, err := url.Parse(raw)
	switch {
	case raw == "":
		return nil, errors.New("base URL: it is empty; is the variable set that it comes from?")
	case err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "":
		return nil, errors.New("base URL: it is not an https URL with a host; " +
			"write it like https://sellers.example.com")
	case !hasValidPort(u):
		return nil, errors.New("base URL: its port is not a number from 1 to 65535")
	case u.User != nil:
		return nil, errors.New("base URL: it has user information; " +
			"remove it, the API key is an argument of its own")
	case strings.ContainsAny(raw, "?#"):
		return nil, errors.New("base URL: it has a query or a fragment; remove it from the ? or # on")
	case u.Scheme == "http" && !insecure && !isLoopback(u.Hostname()):
		return nil, errors.New("base URL: http would send the API key unencrypted; " +
			"write https, or pass WithInsecureHTTP")
	}
	return withoutAPIPath(u), nil
}

func hasValidPort(u *url.URL) bool {
	port, err := strconv.ParseUint(cmp.Or(u.Port(), "443"), 10, 16)
	return err == nil && port > 0 && !strings.HasSuffix(u.Host, ":")
}

func isLoopback(host string) bool {
	ip, _ := netip.ParseAddr(host) // the zero address of a name is not a loopback one
	return strings.EqualFold(host, "localhost") || ip.IsLoopback()
}

// withoutAPIPath returns the URL without what the paths of the spec begin with, and without a slash
// at its end. It works on the escaped form, so that a prefix with %2F in it stays as written.
// JoinPath resolves dots and repeated slashes.
func withoutAPIPath(u *url.URL) *url.URL {
	out := u.JoinPath()
	out.RawPath = apiPath.ReplaceAllString(out.EscapedPath(), "")
	out.Path, _ = url.PathUnescape(out.RawPath) // it was escaped just now
	return out
}
