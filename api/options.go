package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"

	"github.com/sellerscenter/client-go/internal/auth"
	"github.com/sellerscenter/client-go/internal/retry"
)

// The defaults that [New] starts from.
const (
	defaultMaxAttempts      = 4
	defaultMinDelay         = 500 * time.Millisecond
	defaultMaxDelay         = 8 * time.Second
	defaultAttemptTimeout   = 30 * time.Second
	defaultMaxResponseBytes = 32 << 20
	// maxIdleConns fits concurrent use of one host, where net/http's default keeps two connections and closes the rest
	// after each burst.
	maxIdleConns = 256
)

// Option configures a client; see [New]. A bad argument is an error that New returns.
type Option func(*config) error

type config struct {
	httpClient       *http.Client
	retry            retry.Policy
	attemptTimeout   time.Duration
	maxResponseBytes int64
	logger           *slog.Logger
	userAgent        string
	key              auth.Source
	insecureHTTP     bool
}

func configure(baseURL, apiKey string, opts []Option) (*url.URL, *config, error) {
	cfg := &config{
		httpClient:       &http.Client{},
		attemptTimeout:   defaultAttemptTimeout,
		maxResponseBytes: defaultMaxResponseBytes,
		logger:           slog.New(slog.DiscardHandler),
		userAgent:        defaultUserAgent(),
	}
	cfg.retry, _ = RetryPolicy{}.resolve()
	for i, opt := range opts {
		if opt == nil {
			return nil, nil, fmt.Errorf("option %d is nil", i+1)
		}
		if err := opt(cfg); err != nil {
			return nil, nil, err
		}
	}
	base, err := parseBaseURL(baseURL, cfg.insecureHTTP)
	if err != nil {
		return nil, nil, err
	}
	if cfg.key == nil {
		key, err := auth.CleanKey(apiKey)
		if err != nil {
			return nil, nil, err
		}
		cfg.key = auth.Static(key)
	}
	return base, cfg, nil
}

// transport returns what the client sends through: the caller's, or a clone of the standard one with more idle
// connections for its one host.
func (c *config) transport() http.RoundTripper {
	if c.httpClient.Transport != nil {
		return c.httpClient.Transport
	}
	standard, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		return http.DefaultTransport
	}
	t := standard.Clone()
	t.MaxIdleConns, t.MaxIdleConnsPerHost = maxIdleConns, maxIdleConns
	return t
}

// WithHTTPClient sends through a copy of c, which itself is never changed: with its Transport, Jar and Timeout, which
// bounds each attempt as [WithAttemptTimeout] does. Its CheckRedirect is asked about those redirects only that the client
// would follow: GET and HEAD, within the base URL's origin. The default is a client with a clone of
// [http.DefaultTransport], which keeps up to 256 idle connections to the API's host.
func WithHTTPClient(c *http.Client) Option {
	return func(cfg *config) error {
		if c == nil {
			return errors.New("WithHTTPClient: the client is nil; leave the option out for the default")
		}
		cfg.httpClient = c
		return nil
	}
}

// RetryPolicy says how often and how patiently a call is attempted. Zero fields take the defaults.
//
// GET, HEAD, OPTIONS, PUT and DELETE are attempted again after failures that may pass: no connection, a connection lost,
// an attempt's timeout, a body cut short, and the answers 408, 429, 500, 502, 503, 504 and 520 to 524. POST and PATCH are
// attempted again only if the request was not written, or was refused before it was processed: 429, and 503 with a
// Retry-After. A request body that cannot be read again, because [http.Request.GetBody] is not set, is sent once.
//
// A Retry-After in the answer (RFC 9110, section 10.2.3) wins over the delays here; one longer than two minutes ends the
// call with [Error.RetryAfter] set. A delay that does not fit before the context's deadline ends the call at once, with
// an error that matches [context.DeadlineExceeded] and the last failure. All calls of a client share a retry budget:
// while a server answers nothing but failures, no more than 100 retries are made.
type RetryPolicy struct {
	// MaxAttempts is the number of attempts in all, 4 by default; 1 turns retrying off.
	MaxAttempts int
	// MinDelay is the longest delay before the second attempt, 500 ms by default; it doubles for each further attempt. The
	// delay is a random share of it (full jitter).
	MinDelay time.Duration
	// MaxDelay bounds the doubling, 8 s by default.
	MaxDelay time.Duration
}

func (p RetryPolicy) resolve() (retry.Policy, error) {
	switch {
	case p.MaxAttempts < 0:
		return retry.Policy{}, fmt.Errorf("WithRetry: MaxAttempts is %d; write 1 or more, or 0 for the default", p.MaxAttempts)
	case p.MinDelay < 0 || p.MaxDelay < 0:
		return retry.Policy{}, errors.New("WithRetry: a delay is negative; write 0 for the default")
	case p.MinDelay > p.MaxDelay && p.MaxDelay > 0:
		return retry.Policy{}, fmt.Errorf("WithRetry: MinDelay %v is longer than MaxDelay %v", p.MinDelay, p.MaxDelay)
	}
	if p.MaxAttempts == 0 {
		p.MaxAttempts = defaultMaxAttempts
	}
	// A bound that is given moves the default of the other one along.
	if p.MaxDelay == 0 {
		p.MaxDelay = max(defaultMaxDelay, p.MinDelay)
	}
	if p.MinDelay == 0 {
		p.MinDelay = min(defaultMinDelay, p.MaxDelay)
	}
	return retry.Policy(p), nil
}

// WithRetry sets the retry policy.
func WithRetry(p RetryPolicy) Option {
	return func(cfg *config) (err error) {
		cfg.retry, err = p.resolve()
		return err
	}
}

// WithAttemptTimeout bounds each attempt, from dialling to the last byte of the answer, 30 s by default. 0 leaves
// attempts unbounded but for the call's context, which bounds the call as a whole in any case.
func WithAttemptTimeout(d time.Duration) Option {
	return func(cfg *config) error {
		if d < 0 {
			return fmt.Errorf("WithAttemptTimeout: %v is negative; write 0 for no timeout", d)
		}
		cfg.attemptTimeout = d
		return nil
	}
}

// WithLogger logs to l: one debug record an attempt ("sellerscenter: attempt") with the attributes method, path, attempt,
// duration, and status or error; one warning a retry ("sellerscenter: retry") with method, path, attempt, delay and cause. The
// path is the spec's template. Neither keys nor headers, queries or bodies are logged. The default logs nothing.
func WithLogger(l *slog.Logger) Option {
	return func(cfg *config) error {
		if l == nil {
			return errors.New("WithLogger: the logger is nil; leave the option out to log nothing")
		}
		cfg.logger = l
		return nil
	}
}

// WithUserAgent sends ua as the User-Agent, in place of the default, which names this module and its version.
func WithUserAgent(ua string) Option {
	return func(cfg *config) error {
		if strings.TrimSpace(ua) == "" || strings.ContainsFunc(ua, unicode.IsControl) {
			return errors.New("WithUserAgent: the value is empty or has control characters; write it like shop-sync/1.4")
		}
		cfg.userAgent = ua
		return nil
	}
}

// WithKeySource asks source for the key at each attempt, for keys that rotate; New's apiKey argument is then not used and
// may be empty. The source is called concurrently and should cache. It gets the attempt's context, and does its own
// retrying: its error ends the call, wrapped. When a call is answered 401 and the source by then gives another key, the
// call is made once more with it.
func WithKeySource(source func(context.Context) (string, error)) Option {
	return func(cfg *config) error {
		if source == nil {
			return errors.New("WithKeySource: the source is nil; leave the option out to use New's apiKey argument")
		}
		cfg.key = source
		return nil
	}
}

// WithMaxResponseBytes bounds the body of an answer, after decompression; 32 MiB by default. A longer one is an [*Error]
// that matches [ErrResponseTooLarge].
func WithMaxResponseBytes(n int64) Option {
	return func(cfg *config) error {
		if n <= 0 {
			return fmt.Errorf("WithMaxResponseBytes: %d is not a limit; write 1 or more", n)
		}
		cfg.maxResponseBytes = n
		return nil
	}
}

// WithInsecureHTTP accepts a base URL with http for hosts other than loopback ones, such as a test server in a private
// network. The key then crosses the network unencrypted.
func WithInsecureHTTP() Option {
	return func(cfg *config) error {
		cfg.insecureHTTP = true
		return nil
	}
}
