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
	"github.com/sellerscenter/client-go/generated"
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
		c := newClient(t, s, api.WithAttemptTimeout(0))
		id := s.AddBatch(apitest.Batch{})
		s.Fail(apitest.Fault{}, apitest.Fault{Delay: time.Hour}, apitest.Fault{Delay: time.Hour})
		_, _, _ = send(t, s, "POST", "/api/v1/no-such-operation?a=b", "none", `{"order_items":[]}`)
		time.Sleep(time.Minute)
		canceled, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		for _, ctx := range []context.Context{t.Context(), canceled} {
			go func() {
				params := &generated.GetShipOrderBatchResultsParams{BatchRequestID: id}
				_, err := c.GetShipOrderBatchResultsWithResponse(ctx, params)
				done <- err
			}()
			synctest.Wait()
		}
		before := recorded()
		cancel()
		left := <-done
		answered := <-done
		after := recorded()

		unknown := ` POST/api/v1/no-such-operation?a=b none "{\"order_items\":[]}" after 0s: 401`
		known := resultsOperation + " GET" + resultsOf(id) + " " + apitest.Key + ` "" after 1m0s: `
		if !slices.Equal(before, []string{unknown, known + "0", known + "0"}) ||
			!slices.Equal(after, []string{unknown, known + "200", known + "0"}) {
			t.Errorf("recorded before the responses\n%q and after them\n%q", before, after)
		}
		if !errors.Is(left, context.Canceled) || answered != nil {
			t.Errorf("errors %v, %v", left, answered)
		}
	})
}
