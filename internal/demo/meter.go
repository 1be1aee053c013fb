package main

import (
	"fmt"
	"io"
	"net/http"
	"sync/atomic"

	"github.com/sellerscenter/client-go/api"
)

// meter is a transport that counts what goes over the wire.
type meter struct{ requests, retries, refused atomic.Int64 }

func (m *meter) RoundTrip(r *http.Request) (*http.Response, error) {
	m.requests.Add(1)
	if attempt, ok := api.AttemptFromContext(r.Context()); ok && attempt.Number > 1 {
		m.retries.Add(1)
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err == nil && resp.StatusCode == http.StatusTooManyRequests {
		m.refused.Add(1)
	}
	return resp, err
}

func (m *meter) print(w io.Writer) {
	fmt.Fprintf(w, "%s, with %s and %s with 429.\n",
		count(int(m.requests.Load()), "request", "requests"),
		count(int(m.retries.Load()), "retry", "retries"),
		count(int(m.refused.Load()), "refusal", "refusals"))
}
