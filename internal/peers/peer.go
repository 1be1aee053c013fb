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
	// program is the package below programs that calls the API in this way, empty for a peer with another one's.
	program string
}

// call asks for the result of the batch once, as a user's program would.
type call func(context.Context) (batch, error)

// batch is a decoded answer, in the client's own types.
type batch interface {
	// normalized returns it in types that all clients can be compared in. It is not part of what is measured.
	normalized() *generated.ShipmentOrderResultsResponseSchema
}

// plain is the client that the others are measured against.
const plain = "plain generated client"

const this = "this client"

var peers = []peer{
	{plain, openGenerated, "generated"},
	{this, openThis, "thisclient"},
	{this + ", rate limit on", openThisLimited, ""},
	{"hand-written net/http and encoding/json", openHandwritten, "handwritten"},
	{"hashicorp/go-retryablehttp around the plain one", openRetryable, "retryable"},
	{"ogen-generated client", openOgen, "ogen"},
}

func peerNamed(name string) (peer, bool) {
	i := slices.IndexFunc(peers, func(p peer) bool { return p.name == name })
	if i < 0 {
		return peer{}, false
	}
	return peers[i], true
}

// newTransport returns the transport that each client gets over loopback, so that they differ in nothing below it. It is
// set as this client sets its own: idle connections enough for bursts.
func newTransport() *http.Transport {
	return &http.Transport{Proxy: http.ProxyFromEnvironment, MaxIdleConns: 256, MaxIdleConnsPerHost: 256, IdleConnTimeout: 90 * time.Second}
}

// generatedBatch is the batch of all clients that decode into the generated types.
type generatedBatch generated.ShipmentOrderResultsResponseSchema

func (b *generatedBatch) normalized() *generated.ShipmentOrderResultsResponseSchema {
	return (*generated.ShipmentOrderResultsResponseSchema)(b)
}
