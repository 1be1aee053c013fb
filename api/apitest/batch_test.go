package apitest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/api/apitest"
	"github.com/sellerscenter/client-go/generated"
)

// TestBatchGoesThroughItsStatuses: the items come with its end. AddBatch replaces a batch that is
// known already, and keeps nothing of its argument.
func TestBatchGoesThroughItsStatuses(t *testing.T) {
	s := newServer(t)
	items := []map[string]any{{"order_items": []int64{9007199254740993}}}
	statuses := []api.BatchStatus{"pending", "processing", "retry", "failed"}
	id := s.AddBatch(apitest.Batch{Statuses: slices.Clone(statuses)[:3]})
	again := s.AddBatch(apitest.Batch{ID: id, Statuses: statuses, Items: items})
	statuses[1] = "completed"
	items[0]["order_items"] = nil

	envelope := `{"batchRequestId":"` + id.String() + `","status":"`
	failed := envelope + `failed","items":[{"order_items":[9007199254740993]}]}`
	for _, want := range []string{
		envelope + `pending","items":[]}`,
		envelope + `processing","items":[]}`,
		envelope + `retry","items":[]}`,
		failed,
		failed,
	} {
		if _, body := get(t, s, resultsOf(id)); again != id || body != want {
			t.Errorf("batch %v is %s, want %s", again, body, want)
		}
	}
}

func TestItemsOfAnyType(t *testing.T) {
	const shipment = `{"requestItem":{"order_items":null,"carrier_key":"",` +
		`"shipment_tracking_key":"","return_tracking_key":""},"success":false,"errors":null}`
	s := newServer(t)
	for _, tt := range []struct {
		items any
		want  string
	}{
		{nil, `[]`},
		{[]generated.ShipmentResultItemSchema(nil), `[]`},
		{json.RawMessage(nil), `[]`},
		{[]generated.ShipmentResultItemSchema{{}}, `[` + shipment + `]`},
		{[]map[string]any{{"n": int64(9007199254740993)}, nil}, `[{"n":9007199254740993},null]`},
		{json.RawMessage(`[{"sku": "A1", "errors": null}]`), `[{"sku":"A1","errors":null}]`},
	} {
		id := s.AddBatch(apitest.Batch{Items: tt.items})
		_, body := get(t, s, resultsOf(id))
		want := `{"batchRequestId":"` + id.String() + `","status":"completed","items":` + tt.want + `}`
		if body != want {
			t.Errorf("%#v: %s, want %s", tt.items, body, want)
		}
	}
}

// TestMistakesOfATestPanic rather than let it wait for what never comes.
func TestMistakesOfATestPanic(t *testing.T) {
	circular := map[string]any{}
	circular["self"] = circular
	first := generated.Operations[0].Name
	add := func(b apitest.Batch) func(*apitest.Server) {
		return func(s *apitest.Server) { s.AddBatch(b) }
	}
	for says, do := range map[string]func(*apitest.Server){
		`AddBatch: unknown status "complete"; script a future status with Handle`: add(
			apitest.Batch{Statuses: []api.BatchStatus{"pending", "complete"}}),
		"AddBatch: Items must be a slice that encodes as a list, not generated.Shipment": add(
			apitest.Batch{Items: generated.ShipmentResultItemSchema{}}),
		"AddBatch: Items must be a slice that encodes as a list, not []uint8": add(
			apitest.Batch{Items: []byte("[]")}),
		// Its type has another name since Go 1.27.
		fmt.Sprintf("AddBatch: Items must be a slice that encodes as a list, not %T", json.RawMessage{}): add(
			apitest.Batch{Items: json.RawMessage(`{}`)}),
		"AddBatch: Items cannot be encoded: json: unsupported type: func()": add(
			apitest.Batch{Items: []func(){nil}}),
		"AddBatch: Items cannot be encoded: json: unsupported value: encountered a cycle via map": add(
			apitest.Batch{Items: []any{circular}}),
		"Fail: Status 199 is neither 0 nor from 200 to 999": func(s *apitest.Server) {
			s.Fail(apitest.Fault{Status: 199})
		},
		"Fail: Status 1000 is neither 0 nor from 200 to 999": func(s *apitest.Server) {
			s.Fail(apitest.Fault{Status: 1000})
		},
		"Fail: Status -1 is neither 0 nor from 200 to 999": func(s *apitest.Server) {
			s.Fail(apitest.Fault{}, apitest.Fault{Status: -1})
		},
		`the spec declares no operation "NoSubmission"; it has ` + first: func(s *apitest.Server) {
			apitest.HandleSubmission(s, "NoSubmission", func(any) apitest.Batch { return apitest.Batch{} })
		},
		`the spec declares no operation "NoFault"; it has ` + first: func(s *apitest.Server) {
			s.Fail(apitest.Fault{Operation: "NoFault"})
		},
		`the spec declares no operation "NoSuch"; it has ` + first: func(s *apitest.Server) {
			s.Handle("NoSuch", http.NotFound)
		},
	} {
		t.Run(says, func(t *testing.T) {
			defer func() {
				if text := fmt.Sprint(recover()); !strings.HasPrefix(text, "apitest: "+says) {
					t.Errorf("panic %q", text)
				}
			}()
			do(newServer(t))
		})
	}
}
