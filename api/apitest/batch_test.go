package apitest_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/api/apitest"
	"github.com/sellerscenter/client-go/generated"
)

func TestBatchGoesThroughItsStatuses(t *testing.T) {
	s := apitest.NewServer()
	defer s.Close()
	id := s.AddBatch(apitest.Batch{
		Statuses: []generated.RequestStatus{generated.RequestStatusPending, generated.RequestStatusProcessing, generated.RequestStatusFailed},
		Items:    []generated.ShipmentResultItemSchema{{Errors: []string{"order item is unknown"}, RequestItem: generated.ShipmentItemSchema{OrderItems: []int64{9007199254740993}}}},
	})
	c := newClient(t, s, apitest.Key)
	for _, want := range []struct {
		status generated.RequestStatus
		items  int
	}{{"pending", 0}, {"processing", 0}, {"failed", 1}, {"failed", 1}} {
		got, err := results(t, c, id)
		if err != nil || got.BatchRequestID != id || got.Status != want.status || len(got.Items) != want.items {
			t.Fatalf("results %+v, error %v, want status %s and %d items", got, err, want.status, want.items)
		}
		if want.items > 0 && got.Items[0].RequestItem.OrderItems[0] != 9007199254740993 {
			t.Errorf("item %+v", got.Items[0])
		}
	}
}

// TestListsAreNeverNull: the spec declares lists, and a client in another language would stumble over null.
func TestListsAreNeverNull(t *testing.T) {
	s := apitest.NewServer()
	defer s.Close()
	for _, items := range [][]generated.ShipmentResultItemSchema{nil, {{}}} {
		id := s.AddBatch(apitest.Batch{Items: items})
		resp, err := newClient(t, s, apitest.Key).GetShipOrderBatchResultsWithResponse(t.Context(), &generated.GetShipOrderBatchResultsParams{BatchRequestID: id})
		if err != nil || strings.Contains(string(resp.Body), "null") || len(resp.JSON200.Items) != len(items) {
			t.Errorf("%d items: error %v, body %s", len(items), err, resp.Body)
		}
	}
}

func TestAddBatchKeepsNothingOfItsArgument(t *testing.T) {
	s := apitest.NewServer()
	defer s.Close()
	statuses := []generated.RequestStatus{"completed"}
	items := []generated.ShipmentResultItemSchema{{RequestItem: generated.ShipmentItemSchema{OrderItems: []int64{1}}, Errors: []string{"before"}}}
	id := s.AddBatch(apitest.Batch{Statuses: statuses, Items: items})
	statuses[0], items[0].RequestItem.OrderItems[0], items[0].Errors[0] = "failed", 2, "after"
	got, err := results(t, newClient(t, s, apitest.Key), id)
	if err != nil || got.Status != "completed" || got.Items[0].RequestItem.OrderItems[0] != 1 || got.Items[0].Errors[0] != "before" {
		t.Errorf("results %+v, error %v, want those of before", got, err)
	}
}

func TestBatchIsKnownAnew(t *testing.T) {
	s := apitest.NewServer()
	defer s.Close()
	id := uuid.New()
	for _, status := range []generated.RequestStatus{"pending", "processing", "retry", "failed", "completed"} {
		if got := s.AddBatch(apitest.Batch{ID: id, Statuses: []generated.RequestStatus{status}}); got != id {
			t.Errorf("id %s, want %s", got, id)
		}
		_, body, err := send(t, s, "GET", resultsPath+"?batch_request_id="+id.String(), apitest.Key, "")
		if want := `{"batchRequestId":"` + id.String() + `","items":[],"status":"` + string(status) + `"}`; err != nil || !sameJSON(body, want) {
			t.Errorf("body %s, error %v, want %s", body, err, want)
		}
	}
}

func sameJSON(a, b string) bool {
	var x, y any
	return json.Unmarshal([]byte(a), &x) == nil && json.Unmarshal([]byte(b), &y) == nil && reflect.DeepEqual(x, y)
}

// TestUnknownStatusPanics, since a wait would go on for a mistyped one until the test times out.
func TestUnknownStatusPanics(t *testing.T) {
	defer func() {
		if text := fmt.Sprint(recover()); !strings.Contains(text, `"complete"`) || !strings.Contains(text, "Handle") {
			t.Errorf("panic %q, want one that names the status", text)
		}
	}()
	apitest.NewServer().AddBatch(apitest.Batch{Statuses: []generated.RequestStatus{"pending", "complete"}})
}
