package retry

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"slices"
	"strings"

	"github.com/sellerscenter/client-go/internal/attempt"
	"github.com/sellerscenter/client-go/internal/auth"
)

// Permanent reports whether an attempt failed in a way that a retry cannot fix: a key source
// without a key, a response that is too large, a certificate or protocol that one side does not
// accept, a proxy that does not let the request through, a request that net/http does not send.
func Permanent(err error) bool {
	return errors.Is(err, auth.ErrSource) || errors.As(err, new(attempt.TooLargeError)) ||
		isCertificateError(err) || isRefusedHandshake(err) || isRefusedByProxy(err) || isInvalid(err)
}

func isCertificateError(err error) bool {
	return errors.As(err, new(*tls.CertificateVerificationError)) ||
		errors.As(err, new(x509.UnknownAuthorityError)) ||
		errors.As(err, new(x509.HostnameError)) ||
		errors.As(err, new(x509.CertificateInvalidError))
}

// refusals are the texts of the alerts with which a server refuses what this side is or offers (RFC
// 8446, section 6.2). Others, such as internal_error, can be transient.
var refusals = []string{
	tls.AlertError(40).Error(),  // handshake_failure
	tls.AlertError(42).Error(),  // bad_certificate
	tls.AlertError(43).Error(),  // unsupported_certificate
	tls.AlertError(44).Error(),  // certificate_revoked
	tls.AlertError(45).Error(),  // certificate_expired
	tls.AlertError(46).Error(),  // certificate_unknown
	tls.AlertError(48).Error(),  // unknown_ca
	tls.AlertError(49).Error(),  // access_denied
	tls.AlertError(70).Error(),  // protocol_version
	tls.AlertError(71).Error(),  // insufficient_security
	tls.AlertError(112).Error(), // unrecognized_name
	tls.AlertError(116).Error(), // certificate_required
	tls.AlertError(120).Error(), // no_application_protocol
}

// isRefusedHandshake reports whether the two sides do not agree on TLS: the server speaks none, or
// said so in an alert. Over TCP, crypto/tls gives alerts a type of its own, which only their text
// tells apart.
func isRefusedHandshake(err error) bool {
	var remote *net.OpError
	isAlert := errors.As(err, &remote) && remote.Op == "remote error"
	return errors.Is(err, http.ErrSchemeMismatch) || errors.As(err, new(tls.RecordHeaderError)) ||
		isAlert && slices.Contains(refusals, remote.Err.Error())
}

// proxyRefusals are the texts of the status codes with which a proxy answers CONNECT until somebody
// changes its configuration or ours. Of such a response net/http keeps only the text, as the whole
// error.
var proxyRefusals = []string{
	http.StatusText(http.StatusUnauthorized),
	http.StatusText(http.StatusForbidden),
	http.StatusText(http.StatusMethodNotAllowed),
	http.StatusText(http.StatusProxyAuthRequired),
}

func isRefusedByProxy(err error) bool {
	return slices.Contains(proxyRefusals, attempt.Cause(err).Error())
}

// invalid are how the texts of net/http's errors begin that are about a request it does not send,
// such as for a header with a newline in it. They have no other mark.
var invalid = []string{
	"net/http: invalid ", "net/http: can't write control character ", "unsupported protocol scheme ",
	"http: no Host ", "http: Request.RequestURI ",
}

func isInvalid(err error) bool {
	isBeginning := func(text string) bool { return strings.HasPrefix(attempt.Cause(err).Error(), text) }
	return slices.ContainsFunc(invalid, isBeginning)
}
