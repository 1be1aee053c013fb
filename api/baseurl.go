package api

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// apiRoot is what the paths of the spec begin with, and therefore what people paste as part of the base URL.
const apiRoot = "/api/v1"

// parseBaseURL checks and normalizes a base URL. What could be a secret, such as user information or a key that was passed
// in the URL's place, is not repeated in the error.
func parseBaseURL(raw string, insecure bool) (*url.URL, error) {
	const example = "write it like https://sellers.example.com"
	if raw == "" {
		return nil, errors.New("base URL: it is empty, and the spec has no default; " + example)
	}
	if strings.TrimSpace(raw) != raw {
		return nil, errors.New("base URL: it has white space around it; remove that")
	}
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		return nil, errors.New("base URL: it is not a URL; " + example)
	case u.Host == "" && u.Scheme != "http" && u.Scheme != "https":
		return nil, errors.New("base URL: it has no scheme and host; " + example)
	case u.Scheme != "https" && u.Scheme != "http":
		return nil, errors.New("base URL: its scheme is not https; " + example)
	case u.Hostname() == "":
		return nil, errors.New("base URL: it has no host; " + example)
	case !validPort(u):
		return nil, errors.New("base URL: its port is not a number from 1 to 65535")
	case u.User != nil:
		return nil, errors.New("base URL: it has user information; remove it, the API key is an argument of its own")
	case u.RawQuery != "" || u.ForceQuery:
		return nil, errors.New("base URL: it has a query; remove it from the ? on")
	case strings.Contains(raw, "#"):
		return nil, errors.New("base URL: it has a fragment; remove it from the # on")
	case u.Scheme == "http" && !insecure && !isLoopback(u.Hostname()):
		return nil, fmt.Errorf("base URL: http would send the API key to %s unencrypted; write https, or pass WithInsecureHTTP", u.Hostname())
	}
	// In the escaped form, so that a prefix with %2F in it stays as written; JoinPath resolves dots and repeated slashes.
	path := strings.TrimRight(u.JoinPath().EscapedPath(), "/")
	path = strings.TrimRight(strings.TrimSuffix(path, apiRoot), "/")
	if u.Path, err = url.PathUnescape(path); err != nil {
		return nil, errors.New("base URL: its path is not well escaped")
	}
	u.RawPath = path
	return u, nil
}

func validPort(u *url.URL) bool {
	if u.Port() == "" {
		return !strings.HasSuffix(u.Host, ":")
	}
	n, err := strconv.Atoi(u.Port())
	return err == nil && n >= 1 && n <= 65535
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}
