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

// Observer is told what a client does, for traces and metrics of any kind; see [WithObserver].
// Package api/apiotel has one for OpenTelemetry.
//
// A wait for a batch makes calls, and a call makes attempts. Each is told to a method that begins
// with Start, with the context that it was begun with. What the method returns are the context that
// it goes on with, which must be made from the given one, and a function that is called once, when it
// has ended. The context leads from one to the next: that of a call is in the request of its
// attempts, and that of a wait in those of its calls.
//
// Methods and functions are called concurrently, in the goroutine of what they are told of, and
// should return soon. None of them is told the API key: in errors, [redacted] stands in its place.
type Observer interface {
	// Observe is called by [New] with a client that it has made. Who keeps the client keeps it from
	// being collected.
	Observe(c *Client)
	// StartWait is told that a wait for a batch begins, and how it ended: after what progress, and
	// with the error that it returns.
	StartWait(ctx context.Context, batch uuid.UUID) (context.Context, func(Progress, error))
	// StartCall is told that a call of an operation begins, whose name is empty if the spec has
	// none. The batch is that of an [Attempt].
	StartCall(ctx context.Context, operation string, batch uuid.UUID) (context.Context, func(CallEnd))
	// StartAttempt is told that an attempt begins, after its turn in the rate limit has come. It may
	// add headers to the request, such as those of a trace, and change nothing else. Neither the
	// headers of net/http are in it, nor the key.
	StartAttempt(req *http.Request, a Attempt) (context.Context, func(AttemptEnd))
}

// CallEnd is how a call ended.
type CallEnd struct {
	// Attempts is how many attempts were made.
	Attempts int
	// InLine is how long they waited for their turns in the rate limit, all together, with one that
	// never came.
	InLine time.Duration
	// Err is the error that the call returns, nil if there is none. A body that does not decode is
	// found out later, and not in it.
	Err error
}

// AttemptEnd is how an attempt ended, when the body was read, or there was none to read.
type AttemptEnd struct {
	// StatusCode and Proto are the response's, such as 200 and "HTTP/2.0", zero if no whole one
	// came.
	StatusCode int
	Proto      string
	// Err says why there is no response, or why the one that there is cannot be used. A status code
	// that is not 2xx is no error.
	Err error
}

// WithObserver tells o what the client does. With nil, as by default, nobody is told.
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

// observed is the layer that tells an observer of attempts. It is below the rate limit, since an
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
	result := o.next.Send(a)
	var ended AttemptEnd
	if result.Response != nil {
		ended.StatusCode = result.Response.StatusCode
		ended.Proto = result.Response.Proto
	}
	if result.Err != nil {
		ended.Err = auth.NewRedactor(result.Key).RedactError(attempt.Cause(result.Err))
	}
	end(ended)
	return result
}
