package apitest_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/api/apitest"
	"github.com/sellerscenter/client-go/generated"
)

// itemsOf returns the JSON of the items that the server sends.
func itemsOf(t *testing.T, items any) string {
	t.Helper()
	s := newServer(t)
	_, body := get(t, s, resultsOf(s.AddBatch(apitest.Batch{Items: items})))
	var state struct{ Items json.RawMessage }
	if err := json.Unmarshal([]byte(body), &state); err != nil {
		t.Fatal(err)
	}
	return string(state.Items)
}

func TestItemsOfAnyType(t *testing.T) {
	const shipment = `{"requestItem":{"order_items":null,"carrier_key":"",` +
		`"shipment_tracking_key":"","return_tracking_key":""},"success":false,"errors":null}`
	for _, tt := range []struct {
		name  string
		items any
		want  string
	}{
		{"none", nil, `[]`},
		{"nil slice", []generated.ShipmentResultItemSchema(nil), `[]`},
		{"nil JSON", json.RawMessage(nil), `[]`},
		{"generated", []generated.ShipmentResultItemSchema{{}}, `[` + shipment + `]`},
		{"maps", []map[string]any{{"n": int64(9007199254740993)}, nil}, `[{"n":9007199254740993},null]`},
		{"JSON", json.RawMessage(`[{"sku": "A1", "errors": null}]`), `[{"sku":"A1","errors":null}]`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := itemsOf(t, tt.items); got != tt.want {
				t.Errorf("items %s, want %s", got, tt.want)
			}
		})
	}
}

func TestItemsThatAreNoListPanic(t *testing.T) {
	circular := map[string]any{}
	circular["self"] = circular
	for _, tt := range []struct {
		name  string
		items any
		says  string
	}{
		{"struct", generated.ShipmentResultItemSchema{}, "a list, not generated.ShipmentResultItemSchema"},
		{"bytes", []byte("[]"), "a list, not []uint8"},
		{"JSON that is no list", json.RawMessage(`{}`), "encodes as a list, not json"},
		{"functions", []func(){nil}, "unsupported type: func()"},
		{"a circle", []any{circular}, "cycle"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			add := func() { newServer(t).AddBatch(apitest.Batch{Items: tt.items}) }
			wantPanic(t, add, "apitest: AddBatch: Items ", tt.says)
		})
	}
}

// TestItemsAreSentOnlyAtTheEnd, as the API does.
func TestItemsAreSentOnlyAtTheEnd(t *testing.T) {
	for status, sent := range map[api.BatchStatus]bool{
		"pending": false, "processing": false, "retry": false, "completed": true, "failed": true,
	} {
		s := newServer(t)
		id := s.AddBatch(apitest.Batch{Statuses: []api.BatchStatus{status}, Items: []string{"A1"}})
		if _, body := get(t, s, resultsOf(id)); strings.Contains(body, "A1") != sent {
			t.Errorf("%s: body %s", status, body)
		}
	}
}
