package apitest_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/api/apitest"
	"github.com/sellerscenter/client-go/generated"
)

func TestRequestsKeepTheirBody(t *testing.T) {
	s := newServer(t)
	_, _, _ = send(t, s, "POST", "/api/v1/no-such-operation?a=b", "", `{"order_items":[]}`)
	got := s.Requests()[0]
	if got.Method != "POST" || got.URL != "/api/v1/no-such-operation?a=b" || got.Operation != "" ||
		string(got.Body) != `{"order_items":[]}` {
		t.Errorf("recorded %+v", got)
	}
}

// TestRequestIsRecordedOnArrival, and its status when the response is sent: never, if the client
// goes away before.
func TestRequestIsRecordedOnArrival(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		id := s.AddBatch(apitest.Batch{})
		c := newClient(t, s, apitest.Key, api.WithAttemptTimeout(0))
		s.Fail(apitest.Fault{Delay: time.Hour}, apitest.Fault{Delay: time.Hour})
		time.Sleep(time.Minute)
		arrived := time.Now()
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
		before := s.Requests()
		if len(before) != 2 || before[0].Status != 0 || !before[0].Time.Equal(arrived) ||
			before[0].Header.Get("X-API-Key") != apitest.Key {
			t.Errorf("recorded %+v before the responses", before)
		}

		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
		after := s.Requests()
		if len(after) != 2 || after[0].Status != 200 || after[1].Status != 0 {
			t.Errorf("recorded %+v", after)
		}
	})
}
