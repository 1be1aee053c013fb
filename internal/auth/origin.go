package auth

import (
	"cmp"
	"net/url"
	"strings"
)

// Origin is the scheme, host and port of a base URL (RFC 6454), to which alone a key may go.
type Origin struct{ scheme, host, port string }

var defaultPorts = map[string]string{"http": "80", "https": "443"}

// OriginOf returns the origin of a URL. A port that is not written out is the scheme's.
func OriginOf(u *url.URL) Origin {
	return Origin{
		scheme: u.Scheme,
		host:   strings.ToLower(u.Hostname()),
		port:   cmp.Or(u.Port(), defaultPorts[u.Scheme]),
	}
}
