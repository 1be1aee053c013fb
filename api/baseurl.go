package api

import (
	"cmp"
	"errors"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/sellerscenter/client-go/internal/auth"
)

// endOfBase matches the end of a base URL, with how the paths of the spec begin if it has that:
// people paste it along. The character before it tells it from a host api with the path /v1.
var endOfBase = regexp.MustCompile(`([^/])(/api/v1)?/?$`)

// version matches the end of a path that names a version of the API.
var version = regexp.MustCompile(`/api/v[0-9]+$`)

// parseBaseURL checks and normalizes a base URL, and makes its host lower case. Without a query or
// fragment, a URL ends in its path. JoinPath resolves dots and repeated slashes, and keeps a prefix
// with %2F in it as written.
//
// What could be a secret, such as user information or a key that was passed in the URL's place, is
// not repeated in the error.
func parseBaseURL(raw string, insecure bool) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil {
		u = new(url.URL) // its error would repeat the text
	}
	isHTTP := u.Scheme == "http"
	err = firstOf([]problem{
		{raw == "", "base URL: it is empty; is the variable that it comes from set?"},
		{
			!isHTTP && u.Scheme != "https" || u.Hostname() == "",
			"base URL: it is not an https URL with a host; write it like https://sellers.example.com",
		},
		{!hasValidPort(u), "base URL: its port is not a number from 1 to 65535"},
		{
			u.User != nil,
			"base URL: it has user information; remove it, the API key is an argument of its own",
		},
		{
			strings.ContainsAny(raw, "?#"),
			"base URL: it has a query or a fragment; remove it from the ? or # on",
		},
		{
			isHTTP && !insecure && !isLoopback(u.Hostname()),
			"base URL: http would send the API key unencrypted; write https, or pass WithInsecureHTTP",
		},
	})
	if err != nil {
		return nil, err
	}
	u.Host = auth.LowerHost(u.Host)
	return withoutVersion(u)
}

// withoutVersion returns a base URL without the version at its end that the paths of the spec begin
// with. It refuses another one.
func withoutVersion(u *url.URL) (*url.URL, error) {
	base, err := url.Parse(endOfBase.ReplaceAllString(u.JoinPath().String(), "$1"))
	if err == nil && version.MatchString(base.Path) {
		return nil, errors.New("base URL: it ends in a version of the API other than /api/v1, " +
			"which the paths of the spec have; leave it out")
	}
	return base, err
}

func hasValidPort(u *url.URL) bool {
	port, err := strconv.ParseUint(cmp.Or(u.Port(), "443"), 10, 16)
	return err == nil && port > 0 && !strings.HasSuffix(u.Host, ":")
}

func isLoopback(host string) bool {
	ip, _ := netip.ParseAddr(host) // the zero address of a name is not a loopback one
	return auth.LowerHost(host) == "localhost" || ip.IsLoopback()
}
