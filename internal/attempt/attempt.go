// Package attempt sends a request once and reads the response whole, so that a body cut short fails
// the attempt and not its reader.
//
// An [Attempt] is what the layers of a call hand down, a [Result] what they hand up.
package attempt

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/internal/auth"
	"github.com/sellerscenter/client-go/internal/operation"
)

// Call is what a call is made of.
type Call struct {
	Request   *http.Request
	Operation *operation.Operation
	// Batch is the id of the batch whose wait this is a poll of, [uuid.Nil] for a direct call.
	Batch uuid.UUID
}

// Attempt is one attempt of a call. Its request has its body at the start.
type Attempt struct {
	Call

	// Number counts the call's attempts from 1.
	Number int
	// Key is the zero Key until the attempt goes.
	Key auth.Key
}

// Result is the result of an attempt.
type Result struct {
	// Response is nil if none arrived.
	Response *Response
	// Err says why there is no response, or why the one that there is cannot be used.
	Err error
	// NotSent reports that the attempt ended before it was sent.
	NotSent bool
	// Key is the key that it was sent with.
	Key auth.Key
	// Unconnected reports that it is certain that no server saw the request.
	Unconnected bool
	// Duration is how long the attempt took, with the question for its key, without its wait for the
	// rate limit.
	Duration time.Duration
	// Limited reports that a rate limit is known. Remaining is then how many requests could be sent
	// now.
	Limited   bool
	Remaining int
}

// Response is a response with its body in memory.
type Response struct {
	*http.Response

	// Content is the body, or what arrived of it, and Whole whether that is all.
	Content []byte
	Whole   bool
}

// EncodingOf returns the Content-Encoding that a body still has, empty if it has none. Servers
// write identity for none, too.
func EncodingOf(h http.Header) string {
	encoding := strings.Join(h["Content-Encoding"], ", ")
	if encoding == "identity" {
		return ""
	}
	return encoding
}

type batchContext struct{}

// WithBatch returns a context whose calls are polls of a wait for a batch.
func WithBatch(ctx context.Context, batch uuid.UUID) context.Context {
	return context.WithValue(ctx, batchContext{}, batch)
}

// BatchOf returns the batch whose wait a call with the context is a poll of, [uuid.Nil] for a
// direct call.
func BatchOf(ctx context.Context) uuid.UUID {
	batch, _ := ctx.Value(batchContext{}).(uuid.UUID)
	return batch
}

type attemptContext struct{}

// FromContext returns the attempt that a request with the context belongs to, the zero Attempt if it
// belongs to none.
func FromContext(ctx context.Context) Attempt {
	a, ok := ctx.Value(attemptContext{}).(*Attempt)
	if !ok {
		return Attempt{}
	}
	return *a
}

// KeyOf returns the key of the attempt that a request with the context belongs to.
func KeyOf(ctx context.Context) auth.Key { return FromContext(ctx).Key }
