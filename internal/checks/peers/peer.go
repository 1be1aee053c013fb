package main

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/sellerscenter/client-go/generated"
)

// peer is one way to call the API.
type peer struct {
	name string
	// open returns a call by a client with no settings but these two and the key.
	open func(baseURL string, transport http.RoundTripper) (call, error)
	// unbounded calls have no deadline; a user's program gives each call one.
	unbounded bool
	// program is the package below programs that calls the API in this way, empty for a peer with
	// another one's.
	program string
}

// call asks for the result of the batch once, as a user's program would.
type call func(context.Context) (batch, error)

// batch is a decoded response, in the client's own types.
type batch interface {
	// normalized returns it in types that all clients can be compared in. It is not part of what
	// is measured.
	normalized() *generated.ShipmentOrderResultsResponseSchema
}

// plain is the client that the others are measured against.
const plain = "plain generated client"

const this = "this client"

var peers = []peer{
	{name: plain, open: openGenerated, program: "generated"},
	{name: plain + ", no deadline", open: openGenerated, unbounded: true},
	{name: this, open: openThis, program: "thisclient"},
	{name: this + ", no deadline", open: openThis, unbounded: true},
	{name: this + ", rate limit on", open: openThisLimited},
	{name: "hand-written net/http and encoding/json", open: openHandwritten, program: "handwritten"},
	{name: "hashicorp/go-retryablehttp around the plain one", open: openRetryable, program: "retryable"},
	{name: "ogen-generated client", open: openOgen, program: "ogen"},
}

// timeout is nearer than what any of the clients sets by itself.
const timeout = 10 * time.Second

// bounded gives each call a deadline.
func bounded(c call) call {
	return func(ctx context.Context) (batch, error) {
		ctx, cancel := context.WithTimeout(ctx, timeout)
		defer cancel()
		return c(ctx)
	}
}

func peerNamed(name string) (peer, bool) {
	i := slices.IndexFunc(peers, func(p peer) bool { return p.name == name })
	if i < 0 {
		return peer{}, false
	}
	return peers[i], true
}

// newTransport returns the transport that each client gets over loopback, so that they differ in
// nothing below it. It is set as this client sets its own: idle connections enough for bursts.
func newTransport() *http.Transport {
	return &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		MaxIdleConns:        256,
		MaxIdleConnsPerHost: 256,
		IdleConnTimeout:     90 * time.Second,
	}
}

// generatedBatch is the batch of all clients that decode into the generated types.
type generatedBatch generated.ShipmentOrderResultsResponseSchema

func (b *generatedBatch) normalized() *generated.ShipmentOrderResultsResponseSchema {
	return (*generated.ShipmentOrderResultsResponseSchema)(b)
}
