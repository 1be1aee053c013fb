package apitest_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/api/apitest"
	"github.com/sellerscenter/client-go/generated"
)

// nightlyReport stands for a test of yours, TestNightlyReport. The server first asks for 100
// seconds of patience, then takes two and a half hours to respond; the test takes milliseconds.
func nightlyReport(t *testing.T) { //nolint:thelper // it is a test
	synctest.Test(t, func(t *testing.T) {
		server := apitest.NewServer() // inside the bubble
		defer server.Close()
		id := server.AddBatch(apitest.Batch{
			Statuses: []api.BatchStatus{api.StatusPending, api.StatusProcessing, api.StatusCompleted},
		})
		server.Fail(
			apitest.Fault{Status: 503, Header: map[string][]string{"Retry-After": {"100"}}},
			apitest.Fault{Delay: time.Hour},
			apitest.Fault{Delay: time.Hour},
			apitest.Fault{Delay: 30 * time.Minute},
		)
		client, err := api.New(apitest.URL, apitest.Key,
			api.WithHTTPClient(server.HTTPClient()),
			api.WithAttemptTimeout(2*time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		batch, err := client.WaitShipOrderBatch(t.Context(), id)
		if err != nil || batch.Status != generated.RequestStatusCompleted {
			t.Fatalf("batch %+v, error %v", batch, err)
		}
		if d := time.Since(start); d < 2*time.Hour+30*time.Minute || d > 3*time.Hour {
			t.Errorf("waited for %v, want about two and a half hours", d)
		}
	})
}

// Inside a testing/synctest bubble, time is fake: hours of waiting, retries and rate limits take
// none. Make the server and the client in the bubble, and close the server before it ends. This
// example runs under go test, not in the playground.
func Example_synctest() {
	var t *testing.T // of your test
	nightlyReport(t)
}
