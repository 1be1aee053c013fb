package api

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/sellerscenter/client-go/internal/attempt"
	"github.com/sellerscenter/client-go/internal/auth"
	"github.com/sellerscenter/client-go/internal/ratelimit"
	"github.com/sellerscenter/client-go/internal/retry"
)

// chain is the way of every call, below the generated client: chain itself, retry, rate limit,
// attempt, http.Client, auth, and the transport. Each layer hands its request to the next one and
// gets the result back.
type chain struct {
	basePath  string // escaped
	userAgent string
	retrier   *retry.Retrier
	limiter   *ratelimit.Limiter
	observer  Observer // nil if there is none
}

// newChain assembles the layers, in the order in which a call goes through them. The order matters:
// each attempt takes a slot of the rate limit, waiting for a slot is no part of an attempt's
// timeout, a key that changes is asked for after the wait, and it is added last, for each hop of a
// redirect, where no other layer can copy it.
func newChain(s settings) *chain {
	origin := auth.OriginOf(s.base)
	limiter := &ratelimit.Limiter{
		Off:  s.rateLimit.off,
		Max:  s.rateLimit.perMinute,
		Link: linkTo(s, origin),
		Next: &attempt.Sender{
			Keys:    s.keys,
			Timeout: s.attemptTimeout,
			TimedOut: fmt.Errorf("no whole response within %v: %w",
				s.attemptTimeout, context.DeadlineExceeded),
			MaxBytes: min(s.maxResponseBytes, 1<<62),
			Client: &http.Client{
				Jar:     s.httpClient.Jar,
				Timeout: s.httpClient.Timeout,
				CheckRedirect: auth.RedirectPolicy{
					Origin: origin,
					KeyOf:  attempt.KeyOf,
					Next:   s.httpClient.CheckRedirect,
				}.Check,
				Transport: &auth.Transport{
					Origin: origin,
					KeyOf:  attempt.KeyOf,
					Base:   cmp.Or(s.httpClient.Transport, defaultTransport()),
				},
			},
		},
	}
	if s.observer != nil {
		limiter.Next = observed{s.observer, limiter.Next}
	}
	return &chain{
		basePath:  s.base.EscapedPath(),
		userAgent: s.userAgent,
		limiter:   limiter,
		observer:  s.observer,
		retrier: &retry.Retrier{
			Policy: s.retry.withDefaults(),
			Keys:   s.keys,
			Origin: origin,
			Logger: s.logger,
			Next:   limiter,
		},
	}
}

// linkTo returns the way to a shared limit, nil if there is none.
func linkTo(s settings, origin auth.Origin) *ratelimit.Link {
	if s.sharedLimit == nil {
		return nil
	}
	return ratelimit.NewLink(sharedLimit{*s.sharedLimit}, origin, s.keys, s.logger)
}

// defaultTransport is a clone of the standard transport that keeps enough idle connections for
// concurrent use of one host, where the standard one keeps two and closes the rest after each
// burst, and reads headers of a megabyte, not of ten.
//
// It pings an HTTP/2 connection that is silent. Where one dies without a word, such as after a
// network change, it is closed 20 seconds later, within the default timeout of an attempt, and the
// next attempt gets another one. Over HTTP/1.1 that takes no ping: a timeout closes the connection.
func defaultTransport() http.RoundTripper {
	standard, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		return http.DefaultTransport
	}
	t := standard.Clone()
	t.MaxIdleConns = 256
	t.MaxIdleConnsPerHost = 256
	t.MaxResponseHeaderBytes = 1 << 20
	if t.HTTP2 == nil {
		t.HTTP2 = new(http.HTTP2Config)
	}
	t.HTTP2.SendPingTimeout = 10 * time.Second
	t.HTTP2.PingTimeout = 10 * time.Second
	return t
}
