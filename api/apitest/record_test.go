package apitest_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/api/apitest"
)

// TestRequestIsRecordedOnArrival, and its status when the response is sent: never, if the client
// goes away before.
func TestRequestIsRecordedOnArrival(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		s := newServer(t)
		recorded := func() []string {
			var all []string
			for _, r := range s.Requests() {
				key := r.Header.Get("X-API-Key")
				all = append(all, fmt.Sprintf("%s %s%s %s %q after %v: %d",
					r.Operation, r.Method, r.URL, key, r.Body, r.Time.Sub(start), r.Status))
			}
			return all
		}
		c := newClient(t, s, api.WithAttemptTimeout(0), once)
		id := s.AddBatch(apitest.Batch{})
		s.Fail(apitest.Fault{}, apitest.Fault{Delay: time.Hour})
		_, _, _ = send(t, s, "POST", "/api/v1/no-such-operation?a=b", "none", `{"order_items":[]}`)
		time.Sleep(time.Minute)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- results(ctx, c, id) }()
		synctest.Wait()
		before := recorded()
		cancel()
		err := <-done
		time.Sleep(2 * time.Hour)
		after := recorded()

		want := []string{
			` POST/api/v1/no-such-operation?a=b none "{\"order_items\":[]}" after 0s: 401`,
			resultsOperation + " GET" + resultsOf(id) + " " + apitest.Key + ` "" after 1m0s: 0`,
		}
		if !slices.Equal(before, want) || !slices.Equal(after, want) || !errors.Is(err, context.Canceled) {
			t.Errorf("recorded\n%q and after the cancel\n%q, want\n%q; error %v", before, after, want, err)
		}
	})
}
