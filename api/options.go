package api

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"strings"
	"time"
	"unicode"

	"github.com/sellerscenter/client-go/internal/auth"
	"github.com/sellerscenter/client-go/internal/ratelimit"
	"github.com/sellerscenter/client-go/internal/retry"
)

// Option configures a client; see [New]. A bad argument is an error that New returns. Of two that set the same, the later one
// counts.
type Option func(*config) error

// config has the layers of a call's way, which New puts together.
type config struct {
	transport    *auth.Transport
	attempt      *retry.Attempt
	limiter      *ratelimit.Limiter // nil without a rate limit
	retrier      *retry.Retrier
	userAgent    string
	insecureHTTP bool
}

func configure(baseURL, apiKey string, opts []Option) (*config, error) {
	cfg := &config{transport: &auth.Transport{}, limiter: newLimiter(0), retrier: &retry.Retrier{Logger: slog.New(slog.DiscardHandler)}}
	cfg.userAgent = "sellerscenter-go (github.com/sellerscenter/client-go; " + runtime.Version() + ")"
	cfg.attempt = &retry.Attempt{Client: &http.Client{}, Timeout: 30 * time.Second, MaxBytes: 32 << 20}
	err := apply(cfg, append([]Option{WithRetry(RetryPolicy{})}, opts...))
	if err == nil {
		cfg.transport.Origin, err = parseBaseURL(baseURL, cfg.insecureHTTP)
	}
	if err == nil && cfg.transport.Source == nil {
		apiKey, err = auth.CleanKey(apiKey)
		cfg.transport.Source = func(context.Context) (string, error) { return apiKey, nil }
	}
	return cfg, err
}

// apply sets options, of a client or a wait.
func apply[C any, O ~func(*C) error](cfg *C, opts []O) error {
	for _, opt := range opts {
		if err := opt(cfg); err != nil {
			return err
		}
	}
	return nil
}

// option returns one that sets a value, or says what is wrong with it.
func option[C any](bad bool, problem string, set func(*C)) func(*C) error {
	return func(cfg *C) error {
		if bad {
			return errors.New(problem)
		}
		set(cfg)
		return nil
	}
}

// WithHTTPClient sends through a copy of c, which itself is never changed: with its Transport, Jar and Timeout, which
// bounds each attempt as [WithAttemptTimeout] does. Its CheckRedirect is asked only about redirects that this client would
// follow: of GET and HEAD, within the base URL's origin, nine in a row at most. The default, for a nil Transport too, is a clone of
// [http.DefaultTransport] that keeps up to 256 idle connections to the API's host.
//
// The Transport sees the API key, in the request's X-Api-Key header: let it log no request headers.
func WithHTTPClient(c *http.Client) Option {
	return option(c == nil, "WithHTTPClient: the client is nil; leave the option out for the default", func(cfg *config) { cfg.attempt.Client = c })
}

// RetryPolicy says how often and how patiently a call is attempted. Zero fields take the defaults.
//
// GET, HEAD, OPTIONS, PUT and DELETE are attempted again after failures that may pass: no connection, a connection lost,
// an attempt's timeout, a body cut short, and the answers 408, 429, 500, 502, 503, 504 and 520 to 524. POST and PATCH are
// attempted again only if the request was not written, or was refused before it was processed: 429, 503 with a Retry-After,
// and with [WithKeySource] a 401, once. A request body that cannot be read again, because [http.Request.GetBody] is not set, is
// sent once.
//
// A Retry-After in the answer (RFC 9110, section 10.2.3) wins over the delays here; one longer than two minutes ends the
// call with [Error.RetryAfter] set. A delay that does not fit before the context's deadline ends the call at once, with
// an error that matches [context.DeadlineExceeded] and the last failure.
//
// All calls of a client share a budget of 100 retries, so that a server that is going down is not stormed. A retry takes one; an
// answer that needs none, such as a 200 or a 404, gives one back. Retries after a 429 take none: the rate limit paces them.
type RetryPolicy struct {
	// MaxAttempts is the number of attempts in all, 4 by default; 1 turns retrying off. The attempt after a 401, with a key that
	// has changed meanwhile, is not counted.
	MaxAttempts int
	// MinDelay is the longest delay before the second attempt, 500 ms by default; it doubles for each further attempt. The
	// delay is a random share of it (full jitter).
	MinDelay time.Duration
	// MaxDelay bounds the doubling, 8 s by default.
	MaxDelay time.Duration
}

// WithRetry sets the retry policy. No field may be negative, nor MinDelay above MaxDelay. If one of these two is set and the other's
// default contradicts it, the other takes the same value.
func WithRetry(p RetryPolicy) Option {
	const minDelay, maxDelay = 500 * time.Millisecond, 8 * time.Second
	bad := p.MaxAttempts < 0 || p.MinDelay < 0 || p.MaxDelay < 0 || p.MaxDelay > 0 && p.MinDelay > p.MaxDelay
	return option(bad, fmt.Sprintf("WithRetry: %+v has a negative field, or MinDelay above MaxDelay; write 0 for a default", p), func(cfg *config) {
		least, most := min(minDelay, cmp.Or(p.MaxDelay, maxDelay)), max(maxDelay, p.MinDelay)
		cfg.retrier.Policy = retry.Policy{MaxAttempts: cmp.Or(p.MaxAttempts, 4), MinDelay: cmp.Or(p.MinDelay, least), MaxDelay: cmp.Or(p.MaxDelay, most)}
	})
}

// WithAttemptTimeout bounds each attempt, from dialling to the last byte of the answer, 30 s by default; the wait for the rate
// limit is not part of it. 0 leaves attempts unbounded but for the call's context, which bounds the call as a whole in any case.
//
// An attempt that takes longer is one whose answer never came: see [RetryPolicy]. If it was the last, the error matches
// [context.DeadlineExceeded], as it does when the call's context ends; the Err method of the context tells the two apart.
func WithAttemptTimeout(d time.Duration) Option {
	return option(d != 0 && d < time.Millisecond, fmt.Sprintf("WithAttemptTimeout: %v is below a millisecond; write it like 30*time.Second, or 0 for none", d), func(cfg *config) { cfg.attempt.Timeout = cmp.Or(d, 1<<62) })
}

// WithLogger logs to l; the default logs nothing. Messages and attributes are stable:
//
//   - One debug record per attempt, "sellerscenter: attempt", with method, path, attempt (its number, from 1), status (or error,
//     where no whole answer came), duration (without the wait for the rate limit), and rate_limit_remaining, if the operation
//     has a limit: how many requests the client could send now.
//   - One warning per retry, "sellerscenter: retry", with method, path, attempt (the one that failed), delay, and cause, which
//     is the status or error as a string. The attempt with a changed key after a 401 has none.
//   - One warning per call that is not retried since the retry budget is used up, "sellerscenter: no retry", with method,
//     path, attempt and cause.
//
// The attributes attempt, status and rate_limit_remaining are integers, duration and delay are durations, the others strings. The
// handler gets the call's context. The path is the spec's template, such as /api/v1/orders/{order_id}. Neither keys nor headers,
// queries or bodies are logged, but an error can quote a few bytes of an answer that is no HTTP.
func WithLogger(l *slog.Logger) Option {
	return option(l == nil, "WithLogger: the logger is nil; leave the option out to log nothing", func(cfg *config) { cfg.retrier.Logger = l })
}

// WithUserAgent sends ua as the User-Agent, in place of the default, which names this module and the version of Go.
func WithUserAgent(ua string) Option {
	return option(strings.TrimSpace(ua) == "" || strings.ContainsFunc(ua, unicode.IsControl), "WithUserAgent: the value is empty or has control characters; write it like shop-sync/1.4", func(cfg *config) { cfg.userAgent = ua })
}

// WithKeySource asks source for the key before each request, and again after a 401, for keys that rotate; New's apiKey argument
// is then not used and may be empty. The source is called concurrently and should cache. It gets the attempt's context, and
// does its own retrying: its error ends the call, wrapped. When a call is answered 401 and the source by then gives another
// key, the call is made once more with it, whatever its method.
func WithKeySource(source func(context.Context) (string, error)) Option {
	return option(source == nil, "WithKeySource: the source is nil; leave the option out to use New's apiKey argument", func(cfg *config) { cfg.transport.Source = auth.CleanSource(source) })
}

// WithMaxResponseBytes bounds the body of a success, after decompression; 32 MiB by default. A longer one is an [*Error]
// that matches [ErrResponseTooLarge]. Of other answers 128 KiB are read, whatever their length.
func WithMaxResponseBytes(n int64) Option {
	return option(n <= 0, "WithMaxResponseBytes: the limit is not above 0", func(cfg *config) { cfg.attempt.MaxBytes = min(n, 1<<62) })
}

// WithInsecureHTTP accepts a base URL with http for hosts other than loopback ones, such as a test server in a private
// network. The key then crosses the network unencrypted.
func WithInsecureHTTP() Option {
	return option(false, "", func(cfg *config) { cfg.insecureHTTP = true })
}

// WithRateLimit allows each operation perMinute requests a minute, in place of the limit that the spec states for it: fewer,
// to leave some to other users of the key, or more, by arrangement. A lower limit that the server tells in its answers still
// holds. By default the limits are the spec's, and the server's where those differ.
//
// A call waits for its turn. If that cannot come before its context's deadline, the call fails with an error that matches
// [context.DeadlineExceeded], and nothing is sent.
func WithRateLimit(perMinute int) Option {
	return option(perMinute <= 0, "WithRateLimit: the limit is not above 0; for no limit write WithoutRateLimit()", func(cfg *config) { cfg.limiter = newLimiter(perMinute) })
}

// WithoutRateLimit sends every request at once, for servers without a limit, such as one in a test, or behind a limiter of
// the caller's own. Polls are not paced then.
func WithoutRateLimit() Option {
	return option(false, "", func(cfg *config) { cfg.limiter = nil })
}
