package retry

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/url"
	"slices"
	"sync/atomic"
	"time"
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
	return slices.Contains([]string{http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodPut, http.MethodDelete}, method)
}

// decide judges an attempt's end. The delay is the answer's Retry-After.
func decide(method string, resp *http.Response, err error, w *writeTrace) (v verdict, delay time.Duration, hasDelay bool) {
	switch {
	case err != nil && !Passing(err):
		return hopeless, 0, false
	case err != nil && (idempotent(method) || w.unwritten(err)):
		return transient, 0, false
	case err != nil:
		return uncertain, 0, false
	}
	if resp.Header["Retry-After"] != nil {
		delay, hasDelay = After(resp.Header, time.Now())
	}
	switch resp.StatusCode {
	case http.StatusTooManyRequests:
		v = throttled // before processing, hence safe for every method
	case http.StatusRequestTimeout, http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable,
		http.StatusGatewayTimeout, 520, 521, 522, 523, 524: // the CDN's, for an origin that it cannot reach or understand
		v = hopeless
		if idempotent(method) || resp.StatusCode == http.StatusServiceUnavailable && hasDelay {
			v = transient
		}
	}
	return v, delay, hasDelay
}

// Passing reports whether the failure of an attempt without a whole answer may pass: not if it is a certificate's, or says
// itself, by a method Permanent, that it will not.
func Passing(err error) bool {
	var permanent interface{ Permanent() bool }
	return (!errors.As(err, &permanent) || !permanent.Permanent()) &&
		!errors.As(err, new(*tls.CertificateVerificationError)) && !errors.As(err, new(x509.UnknownAuthorityError)) &&
		!errors.As(err, new(x509.HostnameError)) && !errors.As(err, new(x509.CertificateInvalidError))
}

// writeTrace learns from the transport whether a request was written.
type writeTrace struct{ traced, wrote atomic.Bool }

// unwritten reports whether it is certain that no server saw the request. A transport that does not call the hooks is
// believed only where the error itself says that there was no connection.
func (w *writeTrace) unwritten(err error) bool {
	var op *net.OpError
	dialling := errors.As(err, &op) && op.Op == "dial" || errors.As(err, new(*net.DNSError))
	return !w.wrote.Load() && (w.traced.Load() || dialling)
}

// Cause returns err without the *url.Error around it, whose text repeats method and URL.
func Cause(err error) error {
	if outer := new(url.Error); errors.As(err, &outer) {
		return outer.Err
	}
	return err
}
