// Package api is a client for the Sellers Center API.
//
// [New] makes a [Client], whose methods are the generated ones of every operation that the spec declares, such as
// GetShipOrderBatchResultsWithResponse. Below them, the same for every operation, are the API key, retries, rate limits, and
// errors.
//
//	client, err := api.New("https://sellers.example.com", os.Getenv("SELLERS_CENTER_API_KEY"))
//	…
//	resp, err := client.GetShipOrderBatchResultsWithResponse(ctx, &generated.GetShipOrderBatchResultsParams{BatchRequestID: id})
//	if err != nil {
//		return err
//	}
//	for _, item := range resp.JSON200.Items { // never nil here
//
// # Errors
//
// A nil error means that the success body is set: JSON200 is not nil where the spec declares a JSON 200. Every answer that the
// spec does not declare as a success is an [*Error], so JSON400, JSON404 and their like are never set on this client;
// [Error.Decode] has their content. A declared success whose JSON does not decode is an error of encoding/json. The sentinels,
// such as [ErrNotFound] and [ErrRateLimited], tell kinds apart with [errors.Is]. A call that got no answer keeps the network's
// error, and one that the context ended matches [context.Canceled] or [context.DeadlineExceeded].
//
// A batch whose status is completed need not have shipped: each item has its own Success and Errors. Look at them.
//
// # Retries
//
// Failures that may pass are retried, with the server's Retry-After or exponential backoff, but never where that could carry out
// the same write twice; see [RetryPolicy]. A POST or PATCH that was sent and whose answer never came matches
// [ErrOutcomeUnknown]: look before sending it again.
//
// # Rate limits
//
// Calls keep within the rate limit that the spec states for each operation, and give way to other users of the key. A call
// blocks until it may go, first come, first served. [Client.RateLimits] tells how much is left; [WithRateLimit] and
// [WithoutRateLimit] change the limit.
//
// # Deadlines
//
// Give each call a context with a deadline. It bounds the call as a whole. If the wait for the rate limit, or the delay before a
// retry, is known to outlast it, the call fails at once with an error that matches [context.DeadlineExceeded].
// [WithAttemptTimeout] bounds each attempt, 30 seconds by default.
//
// # Waiting for batches
//
// Writes are batches, whose results are polled for. [Client.WaitShipOrderBatch] waits for one batch of shipments,
// [Client.WaitShipOrderBatches] for many at once, [Wait] for batches of any operation that the spec has. Their errors are
// [*BatchError], which has the batch's id: none is lost.
//
// # The key
//
// The API key is sent to the base URL's scheme, host and port alone, whatever redirects say. It is in no error, log record or
// printed value; where an answer echoes it, [redacted] stands in its place, if it has 8 bytes or more. [WithKeySource] is for keys
// that rotate.
//
// # Seeing what happens
//
// [WithLogger] logs each attempt and retry. The transport of [WithHTTPClient] sees every attempt, for metrics and traces.
//
// # Options of one call
//
// The last arguments of a method are request editors, functions that can change the request, such as add a header. They run once a
// call, before its first attempt.
//
// # Testing
//
// Package [github.com/sellerscenter/client-go/api/apitest] has a fake server for tests of code that uses this package, in
// memory, and with fake time in a [testing/synctest] bubble.
package api

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/sellerscenter/client-go/generated"
	"github.com/sellerscenter/client-go/internal/auth"
	"github.com/sellerscenter/client-go/internal/ratelimit"
	"github.com/sellerscenter/client-go/internal/retry"
)

// Client calls the Sellers Center API. Its methods are those of the embedded interface: one with a WithResponse suffix for
// each operation of the spec. An operation with a request body has a second one, with a WithBodyWithResponse suffix, that takes the
// body as an [io.Reader]. Make one client with [New] and share it: it is safe for concurrent use, keeps connections open for
// reuse, and needs no closing.
//
// Code under test can replace the embedded interface by a fake of its own, which embeds it in turn: it gains methods with the spec.
type Client struct {
	generated.ClientWithResponsesInterface

	limiter *ratelimit.Limiter // nil without a rate limit
}

// New returns a client of the API at baseURL, which the marketplace gives to its sellers, with the seller's API key.
//
// The base URL is absolute and https; http is accepted for loopback hosts, and with [WithInsecureHTTP]. It has no
// user information, query or fragment. A path is kept as a prefix of every call's path, but for /api/v1 at its end,
// with which the paths of the spec begin.
//
// White space around the key is trimmed. A key that is empty, has control characters, or is not UTF-8 is an error, as is a bad
// base URL or option; the error says what to write instead. New itself sends nothing.
func New(baseURL, apiKey string, opts ...Option) (*Client, error) {
	cfg, err := configure(baseURL, apiKey, opts)
	if err != nil {
		return nil, fmt.Errorf("sellerscenter: %w", err)
	}

	// The way of a call, from its end to its start; each layer sees every attempt of the layers above it.
	httpClient := *cfg.attempt.Client // a copy: the caller's own is never changed
	cfg.transport.Base = cmp.Or(httpClient.Transport, defaultTransport())
	httpClient.Transport, cfg.attempt.Client = cfg.transport, &httpClient
	send := func(r *http.Request) (*http.Response, error) { callOf(r).began = time.Now(); return cfg.attempt.Do(r) }
	if cfg.retrier.Next = send; cfg.limiter != nil {
		cfg.limiter.Next, cfg.retrier.Next = send, cfg.limiter.Do
	}
	cfg.transport.Sent = func(r *http.Request) *auth.Sent { return &callOf(r).sent }
	cfg.retrier.Refresh, cfg.retrier.Clean, cfg.retrier.Describe = cfg.transport.KeyChanged, clean, cfg.describe
	calls, err := generated.NewClientWithResponses(cfg.transport.Origin.String(),
		generated.WithHTTPClient(&caller{cfg}), generated.WithRequestEditorFn(cfg.identify))
	return &Client{ClientWithResponsesInterface: calls, limiter: cfg.limiter}, err
}

// defaultTransport is a clone of the standard transport that keeps enough idle connections for concurrent use of one host,
// where the standard one keeps two and closes the rest after each burst, and reads headers of a megabyte, not of ten.
func defaultTransport() http.RoundTripper {
	standard, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		return http.DefaultTransport
	}
	t := standard.Clone()
	t.MaxIdleConns, t.MaxIdleConnsPerHost, t.MaxResponseHeaderBytes = 256, 256, 1<<20
	return t
}

// caller is the generated client's Doer: it makes a call and turns everything but a declared success into an error.
type caller struct{ *config }

// Do makes the call. Like http.Client's, it closes the request's body in any case.
func (c *caller) Do(req *http.Request) (*http.Response, error) {
	if callOf(req) == nil { // an editor gave the request a context of its own
		op := cmp.Or(generated.FindOperation(req.Method, strings.TrimPrefix(req.URL.EscapedPath(), c.transport.Origin.EscapedPath())), &generated.Operation{Path: req.URL.Path})
		req = req.WithContext(context.WithValue(req.Context(), (*call)(nil), &call{op: op}))
	}
	return result(req, c.retrier.Do(req, callOf(req).op.Path))
}

// call is what the layers know of the call that a request is of. Its nil is the key of the context's value.
type call struct {
	op      *generated.Operation
	headers [2]string
	sent    auth.Sent
	began   time.Time // the last attempt, when it had got its turn
}

func callOf(req *http.Request) *call {
	c, _ := req.Context().Value((*call)(nil)).(*call)
	return c
}

// identify is the first request editor of every call: it says who calls what, before editors of the caller's own can
// change the request. A path of no operation comes from a path parameter that is empty, "." or "..", and would reach
// another operation than the one called.
func (cfg *config) identify(ctx context.Context, req *http.Request) error {
	op := generated.FindOperation(req.Method, strings.TrimPrefix(req.URL.EscapedPath(), cfg.transport.Origin.EscapedPath()))
	if op == nil {
		return fmt.Errorf("sellerscenter: %s %s: not an operation of the spec; is a path parameter empty or a dot?", req.Method, req.URL.Path)
	}
	c := &call{op: op, headers: [2]string{cfg.userAgent, "application/json"}}
	req.Header["User-Agent"], req.Header["Accept"] = c.headers[:1:1], c.headers[1:]
	*req = *req.WithContext(context.WithValue(ctx, (*call)(nil), c))
	return nil
}

// describe is what the log tells of an attempt: how long it took, and what is left of its operation's rate limit.
func (cfg *config) describe(req *http.Request) []slog.Attr {
	attrs, op := []slog.Attr{slog.Duration("duration", time.Since(callOf(req).began))}, callOf(req).op
	if cfg.limiter != nil {
		if limit, remaining, _ := cfg.limiter.State(op.Name, op.RateLimit); limit > 0 {
			attrs = append(attrs, slog.Int("rate_limit_remaining", remaining))
		}
	}
	return attrs
}

func newLimiter(maxPerMinute int) *ratelimit.Limiter {
	return &ratelimit.Limiter{Max: maxPerMinute, ParseCount: generated.ParseCount, RetryAfter: retry.After, Operation: func(r *http.Request) (string, int) {
		op := callOf(r).op
		return op.Name, op.RateLimit
	}}
}

// RateLimit is the state of an operation's rate limit, as the client knows it from the spec, the server's answers, and its
// own requests.
type RateLimit struct {
	// Operation is the operation's name, such as GetShipOrderBatchResults.
	Operation string
	// Limit is how many requests a minute may be sent, 0 if none is known.
	Limit int
	// Remaining is how many of them could be sent at this moment; 0 without a Limit, and before HeldUntil.
	Remaining int
	// HeldUntil is the time before which no request is sent, since the server refused one with 429: the time that its
	// Retry-After asked for, but at most two minutes later. It can be past; it is zero if the server never refused one.
	HeldUntil time.Time
}

// RateLimits returns the state of each operation's rate limit, in the order of the spec. It is empty for a client with
// [WithoutRateLimit] or one that [New] did not make.
func (c *Client) RateLimits() (limits []RateLimit) {
	for _, op := range generated.Operations {
		if c.limiter != nil {
			limit, remaining, held := c.limiter.State(op.Name, op.RateLimit)
			limits = append(limits, RateLimit{op.Name, limit, remaining, held})
		}
	}
	return limits
}
