package attempt

import (
	"context"
	"errors"
	"net"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"
)

// connTrace learns from the transport whether the request of an attempt got a connection. From then
// on it counts as written: over HTTP/2, Go reports written headers only after the fact.
type connTrace struct {
	httptrace.ClientTrace

	attempt    Attempt
	asked, got atomic.Bool
}

// notEstablished is the text of net/http's error, which has no other mark, for an HTTP/2 connection
// that was lost before anything was sent on it.
const notEstablished = "http2: client conn could not be established"

// newContext returns the context of the attempt's request, which is watched.
func (t *connTrace) newContext() context.Context {
	t.GetConn = func(string) { t.asked.Store(true) }
	t.GotConn = func(httptrace.GotConnInfo) { t.got.Store(true) }
	ctx := context.WithValue(t.attempt.Request.Context(), attemptContext{}, &t.attempt)
	return httptrace.WithClientTrace(ctx, &t.ClientTrace)
}

// neverConnected reports whether it is certain that no server saw the request. A transport that
// does not call the hooks is believed only where the error itself says that there was no
// connection.
func (t *connTrace) neverConnected(err error) bool {
	var op *net.OpError
	dialling := errors.As(err, &op) && op.Op == "dial" || errors.As(err, new(*net.DNSError))
	waiting := !t.got.Load() && (t.asked.Load() || dialling)
	return waiting || Cause(err).Error() == notEstablished
}

// Cause returns err without the [*url.Error] around it, whose text repeats method and URL.
func Cause(err error) error {
	var outer *url.Error
	if errors.As(err, &outer) {
		return outer.Err
	}
	return err
}
