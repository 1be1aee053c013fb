package main

import (
	"net/http"

	"github.com/sellerscenter/client-go/api"
)

// openThis opens this client with its defaults, except the rate limit, which would make the
// benchmark wait.
func openThis(baseURL string, transport http.RoundTripper) (call, error) {
	return openWith(baseURL, transport, api.WithoutRateLimit())
}

// unreached is a rate limit, in requests a minute, that no run comes near.
const unreached = 1 << 30

// openThisLimited opens this client with its defaults, except the limit. With so large a one its
// log of slots grows all along, where a real one is bounded.
func openThisLimited(baseURL string, transport http.RoundTripper) (call, error) {
	return openWith(baseURL, transport, api.WithRateLimit(unreached))
}

func openWith(baseURL string, transport http.RoundTripper, limit api.Option) (call, error) {
	httpClient := &http.Client{Transport: transport}
	client, err := api.New(baseURL, apiKey, api.WithHTTPClient(httpClient), limit)
	return callGenerated(client), err
}
