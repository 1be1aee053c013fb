// Package api is a client for the Sellers Center API.
//
// [New] makes a [Client], whose methods are the generated ones of every operation that the spec declares, such as
// GetShipOrderBatchResultsWithResponse. Below them, the same for every operation, are the API key, retries, and errors:
//
//   - A nil error means that the success body is set: JSON200 is not nil where the spec declares a JSON 200. Every
//     other answer is an [*Error], so JSON400, JSON404 and their like are never set on this client; [Error.Decode]
//     has their content.
//   - Failures that may pass are retried, with the server's Retry-After or exponential backoff, but never in a way that
//     could do twice what was asked for once; see [RetryPolicy].
//   - The key is sent to the base URL's scheme, host and port alone. It is in no error, log record or printed value.
package api

import (
	"fmt"
	"net/http"

	"github.com/sellerscenter/client-go/generated"
	"github.com/sellerscenter/client-go/internal/auth"
	"github.com/sellerscenter/client-go/internal/retry"
)

// Client calls the Sellers Center API. Its methods are those of the embedded interface: one with a WithResponse suffix for
// each operation of the spec, and for one with a request body a second that takes any [io.Reader]. Make one with [New]
// and share it: it is safe for concurrent use, keeps connections open for reuse, and needs no closing.
//
// Code under test can replace the embedded interface by a fake of its own.
type Client struct {
	generated.ClientWithResponsesInterface
}

// New returns a client of the API at baseURL, which the marketplace tells its sellers, with the seller's API key.
//
// The base URL is absolute and https; http is accepted for loopback hosts, and with [WithInsecureHTTP]. It has no
// user information, query or fragment. A path is kept as a prefix of every call's path, but for /api/v1 at its end,
// with which the paths of the spec begin.
//
// White space around the key is trimmed. A key that is empty or has control characters is an error, as is a bad base URL
// or option; the error says what to write instead. New itself sends nothing.
func New(baseURL, apiKey string, opts ...Option) (*Client, error) {
	base, cfg, err := configure(baseURL, apiKey, opts)
	if err != nil {
		return nil, fmt.Errorf("sellerscenter: %w", err)
	}

	// The way of a call, from its end to its start; each layer sees every attempt of the layers above it.
	transport := auth.NewTransport(cfg.transport(), base, cfg.key)
	httpClient := *cfg.httpClient // a copy: the caller's own is never changed
	httpClient.Transport = transport
	httpClient.CheckRedirect = auth.CheckRedirect(base, httpClient.CheckRedirect)
	attempt := &retry.Attempt{Client: &httpClient, Timeout: cfg.attemptTimeout, MaxBytes: cfg.maxResponseBytes}
	// A rate limiter is a retry.Doer too: it goes here, around attempt, so that each attempt takes a slot.
	retrier := retry.New(retry.Config{Next: attempt, Policy: cfg.retry, Logger: cfg.logger, Refresh: transport.KeyChanged})
	calls := &caller{retrier}
	identify := &identifier{routes: newRoutes(base, generated.Operations), userAgent: cfg.userAgent}

	c, err := generated.NewClientWithResponses(base.String(),
		generated.WithHTTPClient(calls), generated.WithRequestEditorFn(identify.edit))
	if err != nil {
		return nil, fmt.Errorf("sellerscenter: %w", err)
	}
	return &Client{ClientWithResponsesInterface: c}, nil
}

// caller is the generated client's Doer: it makes a call and turns everything but a declared success into an error.
type caller struct{ retrier *retry.Retrier }

func (c *caller) Do(req *http.Request) (*http.Response, error) {
	op := operationOf(req)
	return result(op, req, c.retrier.Do(req, op.Path))
}
