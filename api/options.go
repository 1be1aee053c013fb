package api

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"time"
	"unicode"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/internal/attempt"
	"github.com/sellerscenter/client-go/internal/auth"
	"github.com/sellerscenter/client-go/internal/retry"
)

// Option configures a client; see [New]. A bad argument is an error that New returns. Of two that
// set the same thing, the later one counts.
type Option func(*settings)

// settings are what options set. The layers of a call are built from them once, by newChain.
type settings struct {
	httpClient       *http.Client
	retry            RetryPolicy
	attemptTimeout   time.Duration
	maxResponseBytes int64
	rateLimit        rateLimit
	sharedLimit      *SharedLimit                           // nil if there is none
	observer         Observer                               // likewise
	keySource        *func(context.Context) (string, error) // nil for New's apiKey argument
	base             *url.URL
	keys             auth.Source
	logger           *slog.Logger
	userAgent        string
	insecureHTTP     bool
}

// rateLimit is what options say of the rate limit. By default it is the spec's.
type rateLimit struct {
	off       bool
	set       bool // to perMinute
	perMinute int
}

// noTimeout stands for a timeout that was turned off.
const noTimeout = 100 * 365 * 24 * time.Hour

func newSettings(baseURL, apiKey string, opts []Option) (settings, error) {
	s := settings{
		httpClient:       &http.Client{},
		attemptTimeout:   30 * time.Second,
		maxResponseBytes: 4 << 20,
		logger:           slog.New(slog.DiscardHandler),
		userAgent:        "sellerscenter-go (github.com/sellerscenter/client-go; " + runtime.Version() + ")",
	}
	for _, opt := range opts {
		if opt == nil {
			return s, errors.New("an option is nil; leave it out")
		}
		opt(&s)
	}
	var badURL, badKey error
	s.base, badURL = parseBaseURL(baseURL, s.insecureHTTP)
	s.keys, badKey = s.keySourceOr(apiKey)
	return s, cmp.Or(s.check(), badURL, badKey)
}

// keySourceOr returns the source of keys: the caller's own, or one of the API key alone.
func (s settings) keySourceOr(apiKey string) (auth.Source, error) {
	if s.keySource == nil {
		key, err := auth.NewKey(apiKey)
		return auth.Static(key), err
	}
	source := *s.keySource
	ask := func(ctx context.Context) (string, error) {
		return source(attempt.WithBatch(ctx, uuid.Nil)) // its own calls are no polls
	}
	keys := auth.FromFunc(ask, s.attemptTimeout)
	return func(ctx context.Context) (auth.Key, error) {
		key, err := keys(ctx)
		return key, cmp.Or(attempt.Interruption(ctx), err) // which the source may not tell
	}, nil
}

// check says what is wrong with the settings, and what to write instead.
func (s settings) check() error {
	r := s.retry
	isOddRetry := r.MaxAttempts < 0 || r.MinDelay < 0 || r.MaxDelay < 0 ||
		r.MaxDelay > 0 && r.MinDelay > r.MaxDelay
	return firstOf([]problem{
		{s.httpClient == nil, "WithHTTPClient: the client is nil; leave the option out for the default"},
		{isOddRetry, fmt.Sprintf("WithRetry: %+v has a negative field, or MinDelay above MaxDelay; "+
			"write 0 for a default", r)},
		{s.attemptTimeout < time.Millisecond, fmt.Sprintf("WithAttemptTimeout: %v is below a millisecond; "+
			"write it like 30*time.Second, or 0 for none", s.attemptTimeout)},
		{s.logger == nil, "WithLogger: the logger is nil; leave the option out to log nothing"},
		{
			strings.TrimSpace(s.userAgent) == "" || strings.ContainsFunc(s.userAgent, unicode.IsControl),
			"WithUserAgent: the value is empty or has control characters; write it like shop-sync/1.4",
		},
		{
			s.keySource != nil && *s.keySource == nil,
			"WithKeySource: the source is nil; leave the option out to use New's apiKey argument",
		},
		{s.maxResponseBytes <= 0, "WithMaxResponseBytes: the limit is not above 0"},
		{
			s.rateLimit.set && s.rateLimit.perMinute <= 0,
			"WithRateLimit: the limit is not above 0; for no limit write WithoutRateLimit()",
		},
		{
			s.sharedLimit != nil && *s.sharedLimit == nil,
			"WithSharedLimit: the limit is nil; leave the option out to count alone",
		},
		{
			s.sharedLimit != nil && s.rateLimit.off,
			"WithSharedLimit and WithoutRateLimit contradict each other; leave one of them out",
		},
	})
}

// problem is something that can be wrong with an argument, and what to write instead.
type problem struct {
	isThere bool
	text    string
}

// firstOf returns the first of the problems that is there as an error, nil if none is.
func firstOf(problems []problem) error {
	for _, p := range problems {
		if p.isThere {
			return errors.New(p.text)
		}
	}
	return nil
}

// WithHTTPClient sends through a copy of c, with its Transport, Jar and Timeout; c itself is never
// changed. The Timeout bounds each attempt as [WithAttemptTimeout] does. CheckRedirect is asked
// only about redirects that this client would follow: of GET and HEAD, within the base URL's
// origin, nine in a row at most. The default, for a nil Transport too, is a clone of
// [http.DefaultTransport] that keeps up to 256 idle connections to the API's host, and pings HTTP/2
// connections that are silent.
//
// A Transport of your own needs such pings too. Without them, an HTTP/2 connection that died
// silently, such as after a network change, is used for up to a quarter of an hour, and every
// attempt on it times out. In an [http.Transport], set HTTP2 to an [http.HTTP2Config] whose
// SendPingTimeout and PingTimeout are together below the timeout of an attempt, such as 10 s each.
//
// The Transport sees the API key, in the request's X-Api-Key header: it must not log request
// headers.
func WithHTTPClient(c *http.Client) Option { return func(s *settings) { s.httpClient = c } }

// RetryPolicy says how often and how patiently a call is attempted. Zero fields take the defaults.
//
// GET, HEAD, OPTIONS, PUT and DELETE are attempted again after transient failures: no connection, a
// connection lost, an attempt's timeout, a body cut short, and the status codes 408, 429, 500, 502,
// 503, 504 and 520 to 524. So is every operation that the spec marks with x-idempotent. POST and
// PATCH are attempted again only if the request got no connection, or was refused before it was
// processed: 429, 503 with a Retry-After, and a 401 if [WithKeySource] gives another key by then.
// What would fail again, such as after a certificate error, is not attempted again. A request body
// that cannot be read again is sent only once: one whose [http.Request.GetBody] is not set, or that
// a request editor has set without it.
//
// A Retry-After in the response (RFC 9110, section 10.2.3) wins over the delays here. One longer
// than two minutes ends the call with [Error.RetryAfter] set. A delay that does not fit before the
// context's deadline ends the call at once, with an error that matches [context.DeadlineExceeded]
// and the last failure.
//
// All direct calls of a client share a budget of 100 retries, so that a failing server is not
// flooded with them. A retry takes one. A response that needs none, such as a 200 or a 404, gives
// one back. Retries after a 429 take none: the rate limit paces them. The polls of waits have a
// budget of their own, and are not attempted again after an attempt of more than ten seconds: the
// wait itself polls again.
type RetryPolicy struct {
	// MaxAttempts is the number of attempts in all, 4 by default; 1 turns retrying off.
	MaxAttempts int
	// MinDelay is the longest delay before the second attempt, 500 ms by default. It doubles for
	// each further attempt. The delay is a random share of it (full jitter).
	MinDelay time.Duration
	// MaxDelay bounds the doubling, 8 s by default.
	MaxDelay time.Duration
}

// WithRetry sets the retry policy. No field may be negative, nor MinDelay above MaxDelay. If one of
// these two is set and the other's default contradicts it, the other takes the same value.
func WithRetry(p RetryPolicy) Option { return func(s *settings) { s.retry = p } }

const (
	defaultMinDelay = 500 * time.Millisecond
	defaultMaxDelay = 8 * time.Second
)

// withDefaults returns the policy with its zero fields set.
func (p RetryPolicy) withDefaults() retry.Policy {
	return retry.Policy{
		MaxAttempts: cmp.Or(p.MaxAttempts, 4),
		MinDelay:    cmp.Or(p.MinDelay, min(defaultMinDelay, cmp.Or(p.MaxDelay, defaultMaxDelay))),
		MaxDelay:    cmp.Or(p.MaxDelay, max(defaultMaxDelay, p.MinDelay)),
	}
}

// WithAttemptTimeout bounds each attempt, from dialling to the last byte of the response, and each
// question to the source of [WithKeySource]. It is 30 s by default; the wait for the rate limit is
// not part of it. With 0, only the call's context bounds attempts, as it bounds the call as a whole
// in any case.
//
// An attempt that takes longer is treated as one whose response never arrived: see [RetryPolicy].
// If it was the last, the error says so ("no complete response within 30s") and matches
// [context.DeadlineExceeded], as it does when the call's context ends. The Err method of the
// context tells the two apart.
func WithAttemptTimeout(d time.Duration) Option {
	return func(s *settings) { s.attemptTimeout = cmp.Or(d, noTimeout) }
}

// WithLogger logs to l. The default logs nothing. Messages and attributes are stable:
//
//   - One debug record for each attempt, "sellerscenter: attempt", with method, path, attempt (its
//     number, from 1), status (or error, where no complete response arrived), duration (without the
//     wait for the rate limit), and rate_limit_remaining, if the operation has a limit: how many
//     requests the client could send now.
//
//   - One warning for each retry, "sellerscenter: retry", with method, path, attempt (the one that
//     failed), delay, and cause, the status or error as a string. The attempt with a changed key
//     after a 401 has none.
//
//   - One warning for each call that is not retried because the retry budget is used up,
//     "sellerscenter: no retry", with method, path, attempt, reason (which says that) and cause.
//
//   - One warning for each poll of a wait that fails, "sellerscenter: poll failed", with batch,
//     poll (its number, from 1), delay (until the next poll, unless this was the last), retry_after
//     (the delay that the response asks for, 0 if none), and cause, the call's error as a string.
//
//   - One warning for each wait that meets a status that this version does not know,
//     "sellerscenter: unknown status", with batch, poll and batch_status. The wait goes on.
//
//   - One warning when the limit of [WithSharedLimit] does not answer, "sellerscenter: shared limit
//     lost, counting alone", with cause, and no other until a minute has passed without a failure.
//
// The records of a wait's attempts have the attribute batch too, the batch's id. The attributes
// attempt, poll, status and rate_limit_remaining are integers, duration, delay and retry_after are
// durations, the others strings. The handler gets the call's context. The path is the spec's
// template, such as /api/v1/orders/{order_id}. Neither keys nor headers, queries or bodies are
// logged, but an error can quote a few bytes of a response that is not HTTP, or the message of one
// that is.
func WithLogger(l *slog.Logger) Option { return func(s *settings) { s.logger = l } }

// WithUserAgent sends ua as the User-Agent, in place of the default, which names this module and
// the version of Go.
func WithUserAgent(ua string) Option { return func(s *settings) { s.userAgent = ua } }

// WithKeySource asks source for the key when an attempt is about to go, and again after a 401, for
// keys that rotate. With [WithSharedLimit], the first call asks before its turn too. New's apiKey
// argument is then not used and may be empty. The source is called concurrently and should cache.
// Its context is the call's, bounded by the timeout of an attempt; the source must return when that
// ends. It does its own retrying: its error ends a direct call, wrapped, and counts as a transient
// failure in a wait that had a response. When an attempt is answered with 401 and the source by
// then gives another key, the call is attempted again with it, whatever its method, within
// [RetryPolicy.MaxAttempts].
func WithKeySource(source func(context.Context) (string, error)) Option {
	return func(s *settings) { s.keySource = &source }
}

// WithMaxResponseBytes bounds the body of a success, after decompression; 4 MiB by default, twice
// what the largest page or batch of the API has. Raise it for larger files. A longer body is an
// [*Error] that matches [ErrResponseTooLarge]. At most 128 KiB of any other response is read.
//
// Decoding costs more than reading. For each byte of a JSON list whose elements are as short as
// possible, such as {}, it allocates up to four times the size of the struct that an element
// becomes. With 100 bytes in the struct, a body of 4 MiB costs up to 1.7 GB, half of that at the
// same time, and seconds of processor time that no timeout bounds.
func WithMaxResponseBytes(n int64) Option { return func(s *settings) { s.maxResponseBytes = n } }

// WithInsecureHTTP accepts a base URL with http for hosts other than loopback ones, such as a test
// server in a private network. The key then crosses the network unencrypted.
func WithInsecureHTTP() Option { return func(s *settings) { s.insecureHTTP = true } }

// WithRateLimit allows each operation perMinute requests a minute, in place of the limit that the
// spec states for it: fewer, to leave some to other users of the key, or more, by arrangement. A
// lower limit that the server states in its responses still holds. By default the limits are the
// spec's, or the server's where it states others.
//
// A call waits for its turn. If that cannot come before its context's deadline, the call fails with
// an error that matches [context.DeadlineExceeded], and nothing is sent.
func WithRateLimit(perMinute int) Option {
	return func(s *settings) { s.rateLimit = rateLimit{set: true, perMinute: perMinute} }
}

// WithoutRateLimit sends every request at once, for servers without a limit, such as one in a test,
// or behind a limiter of the caller's own. Polls are not paced then.
func WithoutRateLimit() Option { return func(s *settings) { s.rateLimit = rateLimit{off: true} } }

// WithSharedLimit counts requests together with all other clients that use the same API key and the
// same limit, such as those of other processes. Without one, each can only guess what the others
// send. With one, direct calls of any client go before the polls of all, and the polls of all are
// spread over what is left.
//
// If the limit does not answer within 250 ms, the client goes on with its own count, as it does
// without this option, until the limit answers again. No call fails because the limit does. A
// question to it may outlive the call that asked by those 250 ms.
func WithSharedLimit(limit SharedLimit) Option {
	return func(s *settings) { s.sharedLimit = &limit }
}
