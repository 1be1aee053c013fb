package api

import (
	"context"
	"net/http"
	"time"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/internal/attempt"
	"github.com/sellerscenter/client-go/internal/auth"
	"github.com/sellerscenter/client-go/internal/ratelimit"
)

// Observer sees what a client does, for traces and metrics of any kind; see [WithObserver]. Package
// api/apiotel has one for OpenTelemetry.
//
// A wait for a batch makes calls, and a call makes attempts. When one begins, its method is called
// with the context. It returns a context derived from that, to go on with, and a function that is
// called once, at the end, even if that is a panic. So the context of an attempt has what was added
// for its call, and that of a call what was added for its wait.
//
// The methods are called concurrently, in the goroutine that they observe, and should return soon.
// None of them is given the API key. In errors, [redacted] stands in place of an echo of it.
type Observer interface {
	// Observe is called by [New] with the client that it returns.
	Observe(c *Client)
	// StartWait is called when a wait for a batch begins. Its function gets the progress and the
	// error with which the wait ended.
	StartWait(ctx context.Context, batch uuid.UUID) (context.Context, func(Progress, error))
	// StartCall is called when a call begins, direct or a wait's poll, with its operation and batch
	// as in [Attempt].
	StartCall(ctx context.Context, operation string, batch uuid.UUID) (context.Context, func(CallEnd))
	// StartAttempt is called when an attempt begins, after its turn in the rate limit has come. It
	// may add headers to the request, such as those of a trace, and must change nothing else.
	StartAttempt(req *http.Request, a Attempt) (context.Context, func(AttemptEnd))
}

// CallEnd is how a call ended.
type CallEnd struct {
	// Attempts is how many attempts were made, 0 if the call panicked.
	Attempts int
	// InLine is how long the call waited in line for the rate limit, in total for all its attempts.
	InLine time.Duration
	// Err is the error that the call returns, nil if there is none. It does not report a body that
	// does not decode, which turns out only later.
	Err error
}

// AttemptEnd is how an attempt ended. By then the response's body has been read.
type AttemptEnd struct {
	// StatusCode and Proto are the response's, such as 200 and "HTTP/2.0". They are zero if there
	// is no response, or a success was cut short.
	StatusCode int
	Proto      string
	// Err says why there is no response, or why a response cannot be used. A non-2xx status code
	// alone is not an error.
	Err error
}

// WithObserver lets o see what the client does. The default, nil, is no observer.
func WithObserver(o Observer) Option { return func(s *settings) { s.observer = o } }

// startWait begins a wait for the observer, if there is one.
func (c *Client) startWait(ctx context.Context, batch uuid.UUID) (context.Context, func(Progress, error)) {
	if c.observer == nil {
		return ctx, func(Progress, error) {}
	}
	return c.observer.StartWait(ctx, batch)
}

// start begins the call for the observer, if there is one, and returns what ends it.
func (c *call) start() func(error) {
	if c.chain.observer == nil {
		return func(error) {}
	}
	ctx, end := c.chain.observer.StartCall(c.Request.Context(), c.Operation.Name, c.Batch)
	c.Request = c.Request.WithContext(ctx)
	return func(err error) { end(CallEnd{Attempts: c.Attempts, InLine: c.InLine, Err: err}) }
}

// observed is the layer that lets an observer see attempts. It is below the rate limit, since an
// attempt begins when its turn has come, and above the key.
type observed struct {
	Observer

	next ratelimit.Sender
}

// Send sends a copy of the request, since the observer may add headers to it.
func (o observed) Send(a attempt.Attempt) attempt.Result {
	a.Request = a.Request.Clone(a.Request.Context())
	if a.Request.Header == nil { // an editor of the caller's took it away
		a.Request.Header = http.Header{}
	}
	ctx, end := o.StartAttempt(a.Request, attemptOf(a))
	a.Request = a.Request.WithContext(ctx)
	ended := AttemptEnd{Err: errExited}
	defer func() { end(ended) }()
	result := o.next.Send(a)
	ended.Err = nil
	if result.Response != nil {
		ended.StatusCode = result.Response.StatusCode
		ended.Proto = result.Response.Proto
	}
	if result.Err != nil {
		ended.Err = auth.NewRedactor(result.Key).RedactError(attempt.Cause(result.Err))
	}
	return result
}
