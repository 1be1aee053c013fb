package api

import (
	"cmp"
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

// newChain assembles the layers from the transport up, the last of which a call meets first.
func newChain(s settings) *chain {
	origin := auth.OriginOf(s.base)

	// The key is added for each hop of a redirect, below what could copy it to another one.
	transport := &auth.Transport{
		Origin: origin,
		KeyOf:  attempt.KeyOf,
		Base:   cmp.Or(s.httpClient.Transport, defaultTransport()),
	}
	redirects := auth.RedirectPolicy{
		Origin: origin,
		KeyOf:  attempt.KeyOf,
		Next:   s.httpClient.CheckRedirect,
	}
	client := &http.Client{
		Jar:           s.httpClient.Jar,
		Timeout:       s.httpClient.Timeout,
		CheckRedirect: redirects.Check,
		Transport:     transport,
	}

	// A key that changes is asked for when the attempt goes, after its wait for a slot.
	var sender ratelimit.Sender = &attempt.Sender{
		Keys:     s.keys,
		Timeout:  s.attemptTimeout,
		MaxBytes: min(s.maxResponseBytes, 1<<62),
		Client:   client,
	}
	if s.observer != nil {
		sender = observed{s.observer, sender}
	}

	// Each attempt takes a slot, and waiting for one is no part of its timeout.
	limiter := &ratelimit.Limiter{
		Off:  s.rateLimit.off,
		Max:  s.rateLimit.perMinute,
		Next: sender,
	}
	if s.sharedLimit != nil {
		limiter.Link = ratelimit.NewLink(sharedLimit{*s.sharedLimit}, origin, s.keys, s.logger)
	}

	retrier := &retry.Retrier{
		Policy: s.retry.withDefaults(),
		Keys:   s.keys,
		Origin: origin,
		Logger: s.logger,
		Next:   limiter,
	}
	return &chain{
		basePath:  s.base.EscapedPath(),
		userAgent: s.userAgent,
		retrier:   retrier,
		limiter:   limiter,
		observer:  s.observer,
	}
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
	t.HTTP2 = &http.HTTP2Config{SendPingTimeout: 10 * time.Second, PingTimeout: 10 * time.Second}
	return t
}
