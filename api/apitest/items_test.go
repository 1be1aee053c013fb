package apitest_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/api/apitest"
	"github.com/sellerscenter/client-go/generated"
)

// priceItem stands for an item of a batch operation that the spec may gain.
type priceItem struct {
	envelope
	SKU     string              `json:"sku"`
	Tags    []string            `json:"tags,omitempty"`
	Notes   []string            `json:"notes,omitzero"`
	Levels  [][]int             `json:"levels,omitzero"`
	Tiers   *[]int              `json:"tiers"`
	Matrix  [][]int             `json:"matrix"`
	Pair    [2][]int            `json:"pair"`
	ByShop  map[string][]string `json:"byShop"`
	Extra   any                 `json:"extra"`
	Digest  []byte              `json:"digest"`
	Raw     json.RawMessage     `json:"raw"`
	Changed time.Time           `json:"changed"`
	Self    *priceItem          `json:"-"`
	hidden  []string            // is not sent
}

type envelope struct {
	Errors []string `json:"errors"`
}

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

// TestItemsOfAnyType: nil lists are sent as empty ones, since the spec declares lists, and a
// client in another language would stumble over null.
func TestItemsOfAnyType(t *testing.T) {
	const shipment = `{"requestItem":{"order_items":[],"carrier_key":"",` +
		`"shipment_tracking_key":"","return_tracking_key":""},"success":false,"errors":[]}`
	for _, tt := range []struct {
		name  string
		items any
		want  string
	}{
		{"none", nil, `[]`},
		{"nil slice", []generated.ShipmentResultItemSchema(nil), `[]`},
		{"nil JSON", json.RawMessage(nil), `[]`},
		{"generated", []generated.ShipmentResultItemSchema{{}}, `[` + shipment + `]`},
		{"pointers", []*generated.ShipmentResultItemSchema{{}, nil}, `[` + shipment + `,null]`},
		{"maps", []map[string]any{{"errors": []string(nil), "n": int64(9007199254740993)}, nil},
			`[{"errors":[],"n":9007199254740993},null]`},
		{"any", []any{[]string(nil), "A1", nil}, `[[],"A1",null]`},
		{"JSON", json.RawMessage(`[{"sku": "A1", "errors": null}]`), `[{"sku":"A1","errors":null}]`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := itemsOf(t, tt.items); got != tt.want {
				t.Errorf("items %s, want %s", got, tt.want)
			}
		})
	}
}

func TestListsAreFilledAtAnyDepth(t *testing.T) {
	items := func() []priceItem {
		item := priceItem{
			SKU:    "A1",
			Levels: [][]int{nil},
			Tiers:  new([]int),
			Matrix: [][]int{nil, {1}},
			ByShop: map[string][]string{"de": nil},
			Extra:  &envelope{},
			hidden: []string{"A2"},
		}
		item.Self = &item
		return []priceItem{item}
	}
	given := items()
	const want = `[{"errors":[],"sku":"A1","levels":[[]],"tiers":[],"matrix":[[],[1]],"pair":[[],[]],` +
		`"byShop":{"de":[]},"extra":{"errors":[]},"digest":null,"raw":null,"changed":"0001-01-01T00:00:00Z"}]`
	if got := itemsOf(t, given); got != want {
		t.Errorf("items\n%s, want\n%s", got, want)
	}
	if !reflect.DeepEqual(given, items()) {
		t.Errorf("AddBatch changed its argument to %+v", given)
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
		{"struct", generated.ShipmentResultItemSchema{}, "slice, not generated.ShipmentResultItemSchema"},
		{"pointer", &[]int{1}, "slice, not *[]int"},
		{"array", [1]int{1}, "slice, not [1]int"},
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
