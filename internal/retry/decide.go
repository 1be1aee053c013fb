package retry

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"
)

// verdict is what an attempt's end means for the call.
type verdict int

const (
	settled   verdict = iota // an answer to keep, good or bad
	hopeless                 // a failure that another attempt would meet again
	transient                // a failure worth another attempt, at a cost to the budget
	throttled                // worth another attempt; the server is well and said when
	uncertain                // written, not idempotent, no answer: only the caller can tell whether to send again
)

// idempotent reports whether sending a request of this method twice has the effect of sending it once (RFC 9110, section
// 9.2.2).
func idempotent(method string) bool {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodPut, http.MethodDelete:
		return true
	}
	return false
}

// decideStatus judges an answer.
func decideStatus(method string, status int, hasRetryAfter bool) verdict {
	switch {
	case status == http.StatusTooManyRequests:
		// Refused before processing, hence safe for every method.
		return throttled
	case status == http.StatusServiceUnavailable && hasRetryAfter:
		return transient
	case status == http.StatusRequestTimeout, status == http.StatusInternalServerError, status == http.StatusBadGateway,
		status == http.StatusServiceUnavailable, status == http.StatusGatewayTimeout,
		status >= 520 && status <= 524: // the CDN's own for an origin that it cannot reach or understand
		if idempotent(method) {
			return transient
		}
		return hopeless
	}
	return settled
}

// decideError judges an attempt without a whole answer.
func decideError(method string, err error, w *writeTrace) verdict {
	var permanent interface{ Permanent() bool }
	switch {
	case errors.As(err, &permanent) && permanent.Permanent(), isCertificate(err):
		return hopeless
	case idempotent(method), w.unwritten(err):
		return transient
	}
	return uncertain
}

func isCertificate(err error) bool {
	var verification *tls.CertificateVerificationError
	var authority x509.UnknownAuthorityError
	var hostname x509.HostnameError
	var invalid x509.CertificateInvalidError
	return errors.As(err, &verification) || errors.As(err, &authority) || errors.As(err, &hostname) || errors.As(err, &invalid)
}

// writeTrace learns from the transport whether a request was written.
type writeTrace struct{ traced, wrote atomic.Bool }

func (w *writeTrace) hooks() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		GetConn:      func(string) { w.traced.Store(true) },
		WroteHeaders: func() { w.wrote.Store(true) },
	}
}

// unwritten reports whether it is certain that no server saw the request. A transport that does not call the hooks is
// believed only where the error itself says that there was no connection.
func (w *writeTrace) unwritten(err error) bool {
	if w.wrote.Load() {
		return false
	}
	var op *net.OpError
	var dns *net.DNSError
	return w.traced.Load() || errors.As(err, &op) && op.Op == "dial" || errors.As(err, &dns)
}

// Cause returns err without the *url.Error around it, whose text repeats method and URL.
func Cause(err error) error {
	var outer *url.Error
	if errors.As(err, &outer) {
		return outer.Err
	}
	return err
}
