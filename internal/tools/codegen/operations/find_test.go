package operations

import "testing"

func TestFind(t *testing.T) {
	ops := []Operation{
		{Name: "Order", Method: "GET", Path: "/api/v1/orders/{order_id}"},
		{Name: "Orders", Method: "GET", Path: "/api/v1/orders"},
		{Name: "Export", Method: "GET", Path: "/api/v1/orders/export"},
		{Name: "CreateOrder", Method: "POST", Path: "/api/v1/orders"},
		{Name: "Item", Method: "GET", Path: "/api/v1/orders/{order_id}/items/{item_id}/"},
		{Name: "AnyOf", Method: "GET", Path: "/api/v1/orders/{order_id}/{kind}/{item_id}/"},
		{Name: "Cancel", Method: "POST", Path: "/api/v1/orders/{order_id}:cancel"},
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
		{"GET", "/api/v1/r%C3%BCckgaben/1", "Umlaut"},
		{"GET", "/api/v1/orders/", ""},
		{"GET", "/api/v1/orders//items/2/", ""},
		{"GET", "/api/v1/", ""},
		{"GET", "/scapi/api/v1/orders", ""},
		{"DELETE", "/api/v1/orders", ""},
	} {
		t.Run(tt.method+" "+tt.path, func(t *testing.T) {
			switch op := find(ops, tt.method, tt.path); {
			case op == nil && tt.want != "":
				t.Errorf("no operation, want %s", tt.want)
			case op != nil && op.Name != tt.want:
				t.Errorf("operation %s, want %q", op.Name, tt.want)
			}
		})
	}
}
