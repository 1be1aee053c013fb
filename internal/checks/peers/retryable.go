package main

import (
	"net/http"

	"github.com/hashicorp/go-retryablehttp"
)

// openRetryable opens the plain generated client over go-retryablehttp with its defaults, except
// the logger, which writes two lines for each call.
func openRetryable(baseURL string, transport http.RoundTripper) (call, error) {
	client := retryablehttp.NewClient()
	client.Logger = nil
	client.HTTPClient.Transport = transport
	return openDoer(baseURL, client.StandardClient())
}
