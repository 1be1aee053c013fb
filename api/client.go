package api

import (
	"fmt"
	"log/slog"
	"time"

	"github.com/sellerscenter/client-go/generated"
	"github.com/sellerscenter/client-go/internal/ratelimit"
)

// Client calls the Sellers Center API. Its methods are those of the embedded interface, one with a
// WithResponse suffix for each operation of the spec, and two for waiting for each kind of batch.
// An operation with a request body has a second method, with a WithBodyWithResponse suffix, that
// takes the body as an [io.Reader]. Make one client with [New] and share it: it is safe for
// concurrent use, keeps connections open for reuse, and needs no closing.
//
// Tests can replace the embedded interface with a fake. The fake should embed the interface too,
// since it gains methods as the spec does.
type Client struct {
	generated.ClientWithResponsesInterface

	limiter  *ratelimit.Limiter // nil in a client that New did not make
	logger   *slog.Logger       // likewise
	observer Observer           // nil if there is none
}

// New returns a client of the API at baseURL, which the marketplace gives to its sellers, with the
// seller's API key.
//
// The base URL is absolute and https; http is accepted for loopback hosts, and with
// [WithInsecureHTTP]. It has no user information, query or fragment. A path is kept as a prefix of
// every call's path, except /api/v1 at its end, with which the paths of the spec begin. Another
// version of the API at its end is an error.
//
// White space around the key is trimmed. A key that is empty, has control characters, or is not
// UTF-8 is an error, as is a bad base URL or option. The error says what to write instead. New
// itself sends nothing.
func New(baseURL, apiKey string, opts ...Option) (*Client, error) {
	s, err := newSettings(baseURL, apiKey, opts)
	if err != nil {
		return nil, fmt.Errorf("%s%w", prefix, err)
	}
	chain := newChain(s)
	calls, err := generated.NewClientWithResponses(s.base.String(), generated.WithHTTPClient(chain))
	c := &Client{
		ClientWithResponsesInterface: calls,
		limiter:                      chain.limiter,
		logger:                       s.logger,
		observer:                     s.observer,
	}
	if s.observer != nil {
		s.observer.Observe(c)
	}
	return c, err
}

// RateLimit is the state of an operation's rate limit, as the client knows it from the spec, the
// server's responses, and its own requests.
type RateLimit struct {
	// Operation is the operation's name, as in its method without WithResponse.
	Operation string
	// Limit is how many requests a minute may be sent, 0 if none is known.
	Limit int
	// Remaining is how many of them could be sent at this moment; 0 without a Limit, and before
	// HeldUntil.
	Remaining int
	// HeldUntil is the time before which no request is sent, because the server refused one with
	// 429: the time that its Retry-After asked for, but at most an hour later. It may be in the
	// past. It is zero if the server never refused one.
	HeldUntil time.Time
}

// RateLimits returns the state of each operation's rate limit, in the order of the spec. It is
// empty for a client with [WithoutRateLimit] or one that [New] did not make.
func (c *Client) RateLimits() []RateLimit {
	if c.limiter == nil || c.limiter.Off {
		return nil
	}
	var limits []RateLimit
	for i := range generated.Operations {
		limits = append(limits, RateLimit(c.limiter.State(&generated.Operations[i])))
	}
	return limits
}
