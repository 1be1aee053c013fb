// Package ratelimit keeps calls within the server's rate limits.
//
// A Limiter lets through what the server will accept: each operation has a sliding window, in which requests take slots. It
// learns from the server's answers how large the window is, and what other users of the key have taken of it.
package ratelimit

import (
	"cmp"
	"context"
	"net/http"
	"sync"
	"time"
)

// Limiter keeps each operation's requests within its limit, by blocking until a request may go. It is safe for concurrent
// use; its fields are not to be changed then.
type Limiter struct {
	// Next sends a request that has got its turn.
	Next func(*http.Request) (*http.Response, error)
	// Operation names the operation of a request and its documented limit of requests per minute, 0 for none.
	Operation func(*http.Request) (name string, perMinute int)
	// Max, if not 0, takes the place of every documented limit and bounds the server's.
	Max int
	// ParseCount reads the number in a rate-limit header, if there is one.
	ParseCount func(header string) (int64, bool)
	// RetryAfter reads how long an answer asks to wait.
	RetryAfter func(h http.Header, now time.Time) (time.Duration, bool)

	windows sync.Map // of *window by operation
}

func (l *Limiter) window(operation string, perMinute int) *window {
	w, ok := l.windows.Load(operation)
	if !ok {
		w, _ = l.windows.LoadOrStore(operation, &window{limit: cmp.Or(l.Max, perMinute), bound: l.Max})
	}
	return w.(*window) //nolint:forcetypeassert // nothing else is stored
}

// Do waits for the request's turn and sends it. A wait that the context ends, or that cannot fit before its deadline,
// gives an UnsentError, the latter at once; nothing was sent then, and it cost nothing.
func (l *Limiter) Do(req *http.Request) (resp *http.Response, err error) {
	w := l.window(l.Operation(req))
	c, _ := req.Context().Value(class(0)).(class)
	seq, err := w.acquire(req.Context(), c)
	if err != nil {
		return nil, UnsentError{err}
	}
	defer func() { w.release(l, seq, c, cmp.Or(resp, &http.Response{})) }() //nolint:bodyclose // it reads headers alone; after a panic too
	return l.Next(req)
}

// State returns how many requests of an operation may be sent in a minute, 0 for no known limit, how many could be sent
// now, and until when the last 429 holds them back, the zero time if there was none.
func (l *Limiter) State(operation string, perMinute int) (limit, remaining int, held time.Time) {
	w := l.window(operation, perMinute)
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	if w.expire(now); w.held.After(now) {
		return w.limit, 0, w.held
	}
	return w.limit, max(w.limit-w.used(), 0), w.held
}

// AsPoll marks the requests of a context as polls, which go at an even pace, and behind all others.
func AsPoll(ctx context.Context) context.Context { return context.WithValue(ctx, class(0), poll) }

// UnsentError reports that a request did not get its turn.
type UnsentError struct{ error }

// Unwrap leads to the context's error.
func (e UnsentError) Unwrap() error { return e.error }

// Unsent marks the request as one that was not sent.
func (e UnsentError) Unsent() {}
