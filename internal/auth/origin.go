package auth

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"strings"
	"unicode"
)

// Origin is the scheme, host and port of a base URL (RFC 6454), the only one that a key may go to.
type Origin struct{ scheme, host, port string }

var defaultPorts = map[string]string{"http": "80", "https": "443"}

// OriginOf returns the origin of a URL. A port that is not written out is the scheme's.
func OriginOf(u *url.URL) Origin {
	return Origin{
		scheme: u.Scheme,
		host:   LowerHost(u.Hostname()),
		port:   cmp.Or(u.Port(), defaultPorts[u.Scheme]),
	}
}

// LowerHost returns a host in lower case, as it is compared, and as the proxy rules of net/http
// expect localhost to be written. One that is not ASCII stays as it is: Unicode takes letters for the
// same ones that the network keeps apart, such as K and the Kelvin sign.
func LowerHost(host string) string {
	isOther := func(r rune) bool { return r > unicode.MaxASCII }
	if strings.ContainsFunc(host, isOther) {
		return host
	}
	return strings.ToLower(host)
}

// Account returns a name for a key and the origin, from which the key cannot be read: a part of a
// SHA-256 hash.
func (o Origin) Account(key Key) string {
	hash := sha256.Sum256([]byte(strings.Join([]string{o.scheme, o.host, o.port, key.text()}, "\n")))
	return hex.EncodeToString(hash[:16])
}
