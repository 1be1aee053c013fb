// Package retry makes a call of one or more attempts.
//
// What is retried depends on whether sending twice is harmless: idempotent methods after any failure that may pass, the
// others only if no server saw the request or the server said that it did not process it. The delay is the server's
// Retry-After, or else exponential backoff with full jitter. A budget bounds the retries of all calls together.
package retry

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptrace"
	"time"
)

// maxRetryAfter is the longest Retry-After that is slept; a caller can plan better with more than that.
const maxRetryAfter = 2 * time.Minute

// Retrier makes calls. It is safe for concurrent use; its fields are not to be changed then.
type Retrier struct {
	// Next sends a request once, as Attempt.Do does. An error with a method Unsent ends the call, as one whose next attempt did
	// not begin.
	Next   func(*http.Request) (*http.Response, error)
	Policy Policy
	Logger *slog.Logger
	// Clean returns an attempt's error as one that is fit to be seen.
	Clean func(*http.Request, error) error
	// Describe returns what else than its end the log tells of an attempt that was made.
	Describe func(*http.Request) []slog.Attr
	// Refresh reports whether a 401 is worth one more attempt, since the key has changed.
	Refresh func(*http.Request) bool

	budget budget
}

// Outcome is how a call ended: with the last attempt's answer or error, unless the context ended before the first one.
type Outcome struct {
	Response *http.Response // its body is in memory
	Err      error          // with Response if the body of a 2xx is too large
	Attempts int
	// RetryAfter is the delay that Response asks for, or 0.
	RetryAfter time.Duration
	// Interrupted is the context's error, if that ended the call or was about to; Response or Err is then the last failure.
	Interrupted error
	// Uncertain reports that a request which is not idempotent was written and its answer never came.
	Uncertain bool
}

// Do makes the call. It blocks until an answer is kept, attempts or budget are used up, or the context ends, at once in
// the latter case; a delay that does not fit before the context's deadline is not slept. The route is for the log.
func (r *Retrier) Do(req *http.Request, route string) (out Outcome) {
	ctx, maxAttempts, refreshed := req.Context(), r.Policy.MaxAttempts, false
	log := func(level slog.Level, msg string, attrs ...slog.Attr) {
		r.Logger.LogAttrs(ctx, level, "sellerscenter: "+msg, append([]slog.Attr{
			slog.String("method", req.Method), slog.String("path", route), slog.Int("attempt", out.Attempts),
		}, attrs...)...)
	}
	for {
		attempt, trace, err := prepare(req, out.Attempts > 0)
		if err != nil {
			return Outcome{Err: err, Attempts: out.Attempts}
		}
		if out.Interrupted = ctx.Err(); out.Interrupted != nil {
			_ = cmp.Or[io.ReadCloser](attempt.Body, http.NoBody).Close()
			return out
		}
		resp, err := r.Next(attempt) //nolint:bodyclose // it is in memory
		if err != nil {
			if err = r.Clean(req, err); errors.As(err, new(interface{ Unsent() })) {
				out.Interrupted = err // what failed before is the last failure
				_ = cmp.Or[io.ReadCloser](attempt.Body, http.NoBody).Close()
				return out
			}
		}
		out.Attempts++
		if r.Logger.Enabled(ctx, slog.LevelDebug) {
			log(slog.LevelDebug, "attempt", append([]slog.Attr{describe(resp, err)}, r.Describe(req)...)...)
		}

		v, delay, hasDelay := decide(req.Method, resp, err, trace)
		out.Uncertain = v == uncertain
		// Where the context's end is all that an attempt has to say, what failed before says more.
		if first := out.Response == nil && out.Err == nil; first || err == nil || ctx.Err() == nil {
			out.Response, out.Err, out.RetryAfter = resp, err, delay
		}
		switch {
		case v == settled:
			r.budget.refund()
			if refreshed || resp.StatusCode != http.StatusUnauthorized || !replayable(req) || !r.Refresh(req) {
				return out
			}
			refreshed, maxAttempts = true, maxAttempts+1 // for one attempt more, with the new key
			continue
		case ctx.Err() != nil:
			out.Interrupted = ctx.Err()
			return out
		case v == hopeless, v == uncertain, out.Attempts >= maxAttempts, !replayable(req), delay > maxRetryAfter:
			return out
		case !hasDelay:
			delay = r.Policy.backoff(out.Attempts)
		}
		if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) <= delay {
			out.Interrupted = context.DeadlineExceeded
			return out
		}
		// A throttled call spends nothing: the server is well, and the rate limit paces it.
		if v != throttled && !r.budget.take() {
			log(slog.LevelWarn, "no retry", slog.String("cause", describe(resp, err).Value.String()))
			return out
		}
		log(slog.LevelWarn, "retry", slog.Duration("delay", delay), slog.String("cause", describe(resp, err).Value.String()))
		select {
		case <-ctx.Done():
		case <-time.After(delay):
		}
	}
}

// describe returns an attempt's end for the log. The URL is not in it, nor is anything of header or body.
func describe(resp *http.Response, err error) slog.Attr {
	if err != nil {
		return slog.String("error", fmt.Sprintf("%.1000s", Cause(err)))
	}
	return slog.Int("status", resp.StatusCode)
}

// prepare returns a copy of req for one attempt, with its body from the start. An attempt of a method that is not
// idempotent tells through the trace, which is nil otherwise, whether it was written.
func prepare(req *http.Request, again bool) (attempt *http.Request, trace *writeTrace, err error) {
	attempt = req
	if !idempotent(req.Method) {
		hooks := new(writeTrace)
		trace = hooks
		attempt = req.WithContext(httptrace.WithClientTrace(req.Context(), &httptrace.ClientTrace{
			GetConn:      func(string) { hooks.traced.Store(true) },
			WroteHeaders: func() { hooks.wrote.Store(true) },
		}))
	}
	if again && req.GetBody != nil {
		attempt = attempt.WithContext(attempt.Context())
		attempt.Body, err = req.GetBody()
	}
	return attempt, trace, err
}

func replayable(req *http.Request) bool {
	return req.Body == nil || req.Body == http.NoBody || req.GetBody != nil
}
