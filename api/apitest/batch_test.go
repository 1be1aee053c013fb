package apitest_test

import (
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/api/apitest"
	"github.com/sellerscenter/client-go/generated"
)

func TestBatchGoesThroughItsStatuses(t *testing.T) {
	s := newServer(t)
	shipment := generated.ShipmentItemSchema{OrderItems: []int64{9007199254740993}}
	id := s.AddBatch(apitest.Batch{
		Statuses: []api.BatchStatus{api.StatusPending, api.StatusProcessing, api.StatusFailed},
		Items: []generated.ShipmentResultItemSchema{
			{RequestItem: shipment, Errors: []string{"order item is unknown"}},
		},
	})
	c := newClient(t, s, apitest.Key)
	for _, want := range []struct {
		status generated.RequestStatus
		items  int
	}{
		{"pending", 0},
		{"processing", 0},
		{"failed", 1},
		{"failed", 1},
	} {
		got, err := results(t, c, id)
		if err != nil {
			t.Fatal(err)
		}
		if got.BatchRequestID != id || got.Status != want.status || len(got.Items) != want.items {
			t.Fatalf("results %+v, want status %s and %d items", got, want.status, want.items)
		}
		if want.items > 0 && got.Items[0].RequestItem.OrderItems[0] != 9007199254740993 {
			t.Errorf("item %+v", got.Items[0])
		}
	}
}

func TestAddBatchKeepsNothingOfItsArgument(t *testing.T) {
	s := newServer(t)
	statuses := []api.BatchStatus{"completed"}
	orderItems := []int64{1}
	items := []generated.ShipmentResultItemSchema{{
		RequestItem: generated.ShipmentItemSchema{OrderItems: orderItems},
		Errors:      []string{"before"},
	}}
	id := s.AddBatch(apitest.Batch{Statuses: statuses, Items: items})
	statuses[0] = "failed"
	orderItems[0] = 2
	items[0].Errors[0] = "after"

	got, err := results(t, newClient(t, s, apitest.Key), id)
	if err != nil {
		t.Fatal(err)
	}
	item := got.Items[0]
	if got.Status != "completed" || item.RequestItem.OrderItems[0] != 1 || item.Errors[0] != "before" {
		t.Errorf("results %+v, want those of before", got)
	}
}

func TestAddBatchReplacesABatch(t *testing.T) {
	s := newServer(t)
	id := uuid.New()
	for _, status := range []api.BatchStatus{"pending", "processing", "retry", "failed", "completed"} {
		if got := s.AddBatch(apitest.Batch{ID: id, Statuses: []api.BatchStatus{status}}); got != id {
			t.Errorf("id %s, want %s", got, id)
		}
		_, body := get(t, s, resultsOf(id))
		want := `{"batchRequestId":"` + id.String() + `","status":"` + string(status) + `","items":[]}`
		if strings.TrimSpace(body) != want {
			t.Errorf("body %s, want %s", body, want)
		}
	}
}

// TestUnknownStatusPanics, since a wait would go on for a mistyped one until the test times out.
func TestUnknownStatusPanics(t *testing.T) {
	mistyped := apitest.Batch{Statuses: []api.BatchStatus{"pending", "complete"}}
	wantPanic(t, func() { newServer(t).AddBatch(mistyped) }, `"complete"`, "Handle")
}
