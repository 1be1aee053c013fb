package main

import (
	"net/http"

	"github.com/sellerscenter/client-go/api"
)

// openThis opens this client with its defaults, but without the rate limit, which would make the benchmark wait.
func openThis(baseURL string, transport http.RoundTripper) (call, error) {
	client, err := api.New(baseURL, apiKey, api.WithHTTPClient(&http.Client{Transport: transport}), api.WithoutRateLimit())
	return callGenerated(client), err
}

// unreached is a rate limit, in requests a minute, that no run comes near.
const unreached = 1 << 30

// openThisLimited opens this client with its defaults, but for the limit. With so large a one its log of slots grows all along,
// where a real one is bounded.
func openThisLimited(baseURL string, transport http.RoundTripper) (call, error) {
	client, err := api.New(baseURL, apiKey, api.WithHTTPClient(&http.Client{Transport: transport}), api.WithRateLimit(unreached))
	return callGenerated(client), err
}
