// Package retry makes a call of one or more attempts.
//
// What is retried depends on whether sending twice is harmless: idempotent methods after any failure that may pass, the
// others only if no server saw the request or the server said that it did not process it. The delay is the server's
// Retry-After, or else exponential backoff with full jitter. A budget bounds the retries of all calls together.
package retry

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptrace"
	"time"
)

// maxRetryAfter is the longest Retry-After that is slept; a caller can plan better with more than that.
const maxRetryAfter = 2 * time.Minute

// Doer sends a request once. Like Attempt's, its answer has its body in memory and may come with an error.
type Doer interface {
	Do(*http.Request) (*http.Response, error)
}

// Config is what a Retrier is made of; only Refresh may be nil.
type Config struct {
	Next   Doer
	Policy Policy
	Logger *slog.Logger
	// Refresh reports whether a 401 is worth one more attempt, since the key has changed.
	Refresh func(context.Context, *http.Response) bool
}

// Retrier makes calls. It is safe for concurrent use.
type Retrier struct {
	Config
	budget budget
}

// New returns a Retrier.
func New(c Config) *Retrier { return &Retrier{Config: c} }

// Outcome is how a call ended. Exactly one of Response and Err is set, the last attempt's, unless the context ended
// before the first one.
type Outcome struct {
	Response *http.Response // its body is in memory; it is whole for a 2xx
	Err      error          // why there is no such answer; with Response for a 2xx whose body is too large
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
	ctx := req.Context()
	maxAttempts, refreshed := r.Policy.MaxAttempts, false
	for {
		if ctx.Err() != nil {
			if out.Attempts == 0 && req.Body != nil {
				_ = req.Body.Close()
			}
			out.Interrupted = interruption(ctx)
			return out
		}
		attempt, trace, err := prepare(req, out.Attempts > 0)
		if err != nil {
			out.Response, out.Err = nil, err
			return out
		}
		out.Attempts++
		log := attemptLog{r.Logger, req.Method, route, out.Attempts, time.Now()}
		resp, err := r.Next.Do(attempt) //nolint:bodyclose // it is in memory
		log.done(ctx, resp, err)

		var v verdict
		var delay time.Duration
		var hasDelay bool
		if resp != nil && (err == nil || resp.StatusCode/100 != 2) {
			// The status decides, whatever became of the body of an answer that is not a success.
			delay, hasDelay = retryAfter(resp.Header, time.Now())
			v = decideStatus(req.Method, resp.StatusCode, hasDelay)
		} else {
			v = decideError(req.Method, err, trace)
		}
		out.Uncertain = v == uncertain
		failedBefore := out.Response != nil || out.Err != nil
		if ctx.Err() != nil && v != settled {
			out.Interrupted = interruption(ctx)
			// What failed before says more than this attempt's echo of the context's end.
			if !failedBefore || resp != nil && resp.StatusCode/100 != 2 {
				out.set(resp, err, delay)
			}
			return out
		}
		out.set(resp, err, delay)
		if v == settled {
			r.budget.refund()
			if !refreshed && r.refresh(ctx, req, resp) {
				// One attempt more, for the new key alone.
				refreshed = true
				maxAttempts++
				continue
			}
			return out
		}
		if v == hopeless || v == uncertain || out.Attempts >= maxAttempts || !replayable(req) {
			return out
		}
		if !hasDelay {
			delay = r.Policy.backoff(out.Attempts)
		} else if delay > maxRetryAfter {
			return out
		}
		if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) <= delay {
			out.Interrupted = context.DeadlineExceeded
			return out
		}
		// A throttled call spends nothing: the server is well, and the rate limit paces it.
		if v != throttled && !r.budget.take() {
			log.exhausted(ctx)
			return out
		}
		log.retry(ctx, delay, resp, err)
		sleep(ctx, delay)
	}
}

// prepare returns a copy of req for one attempt, with its body from the start. An attempt of a method that is not
// idempotent tells through the trace, which is nil otherwise, whether it was written.
func prepare(req *http.Request, again bool) (*http.Request, *writeTrace, error) {
	ctx := req.Context()
	var trace *writeTrace
	if !idempotent(req.Method) {
		trace = new(writeTrace)
		ctx = httptrace.WithClientTrace(ctx, trace.hooks())
	}
	attempt := req.Clone(ctx)
	if again && !bodyless(req) {
		body, err := req.GetBody()
		if err != nil {
			return nil, nil, fmt.Errorf("request body for another attempt: %w", err)
		}
		attempt.Body = body
	}
	return attempt, trace, nil
}

// set keeps the attempt's end. Of a success whose body failed only one too large is worth keeping: it was answered.
func (o *Outcome) set(resp *http.Response, err error, delay time.Duration) {
	o.Response, o.Err, o.RetryAfter = resp, err, delay
	switch {
	case resp == nil || err == nil:
	case resp.StatusCode/100 != 2:
		o.Err = nil
	case !errors.As(err, new(*TooLargeError)):
		o.Response = nil
	}
}

func (r *Retrier) refresh(ctx context.Context, req *http.Request, resp *http.Response) bool {
	return resp.StatusCode == http.StatusUnauthorized && r.Refresh != nil && replayable(req) && r.Refresh(ctx, resp)
}

func bodyless(req *http.Request) bool { return req.Body == nil || req.Body == http.NoBody }

func replayable(req *http.Request) bool { return bodyless(req) || req.GetBody != nil }

// interruption returns the context's error, with the cause that its owner gave if that is another.
func interruption(ctx context.Context) error {
	err, cause := ctx.Err(), context.Cause(ctx)
	if cause == nil || errors.Is(err, cause) {
		return err
	}
	return errors.Join(err, cause)
}

func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
