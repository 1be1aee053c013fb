package attempt

import (
	"context"
	"errors"
	"net"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"
)

// connTrace learns from the transport whether a request got a connection. From then on it counts as
// written: over HTTP/2, Go tells of written headers only after the fact.
type connTrace struct{ asked, got atomic.Bool }

// notEstablished is the text of net/http's error, which has no other mark, for an HTTP/2 connection
// that was lost before anything was sent on it.
const notEstablished = "http2: client conn could not be established"

// attach returns a context whose requests are watched.
func (t *connTrace) attach(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { t.asked.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { t.got.Store(true) },
	})
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
