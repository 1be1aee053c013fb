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

// openThisLimited opens this client with all its defaults. It never waits: its first answer names a limit that no run comes
// near. With so large a limit its log of slots grows all along, where a real one is bounded.
func openThisLimited(baseURL string, transport http.RoundTripper) (call, error) {
	client, err := api.New(baseURL, apiKey, api.WithHTTPClient(&http.Client{Transport: transport}))
	return callGenerated(client), err
}
