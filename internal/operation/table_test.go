package operation

import "testing"

func TestFind(t *testing.T) {
	table := Table{
		{Name: "Order", Method: "GET", Path: "/api/v1/orders/{order_id}"},
		{Name: "Orders", Method: "GET", Path: "/api/v1/orders"},
		{Name: "Export", Method: "GET", Path: "/api/v1/orders/export"},
		{Name: "CreateOrder", Method: "POST", Path: "/api/v1/orders"},
		{Name: "Item", Method: "GET", Path: "/api/v1/orders/{order_id}/items/{item_id}/"},
		{Name: "AnyOf", Method: "GET", Path: "/api/v1/orders/{order_id}/{kind}/{item_id}/"},
		{Name: "Cancel", Method: "POST", Path: "/api/v1/orders/{order_id}:cancel"},
		{Name: "Span", Method: "GET", Path: "/api/v1/spans/{from}-{to}.csv"},
		{Name: "Umlaut", Method: "GET", Path: "/api/v1/rückgaben/{id}"},
	}
	for _, tt := range []struct{ method, path, want string }{
		{"GET", "/api/v1/orders", "Orders"},
		{"POST", "/api/v1/orders", "CreateOrder"},
		{"GET", "/api/v1/orders/export", "Export"},
		{"GET", "/api/v1/orders/4711", "Order"},
		{"GET", "/api/v1/orders/a%2Fb", "Order"},
		{"GET", "/api/v1/orders/a.b", "Order"},
		{"GET", "/api/v1/orders/1/items/2/", "Item"},
		{"GET", "/api/v1/orders/1/parts/2/", "AnyOf"},
		{"POST", "/api/v1/orders/1:cancel", "Cancel"},
		{"POST", "/api/v1/orders/1:cancel:cancel", "Cancel"},
		{"GET", "/api/v1/spans/1-2.csv", "Span"},
		{"GET", "/api/v1/spans/1-2-3.csv.csv", "Span"},
		{"GET", "/api/v1/spans/--.csv", ""},
		{"GET", "/api/v1/spans/1-.csv", ""},
		{"GET", "/api/v1/r%C3%BCckgaben/1", "Umlaut"},
		{"POST", "/api/v1/orders/:cancel", ""},
		{"GET", "/api/v1/orders/", ""},
		{"GET", "/api/v1/orders//items/2/", ""},
		{"GET", "/api/v1/", ""},
		{"GET", "/scapi/api/v1/orders", ""},
		{"DELETE", "/api/v1/orders", ""},
	} {
		t.Run(tt.method+" "+tt.path, func(t *testing.T) {
			got := ""
			if op := table.Find(tt.method, tt.path); op != nil {
				got = op.Name
			}
			if got != tt.want {
				t.Errorf("operation %q, want %q", got, tt.want)
			}
		})
	}
}
