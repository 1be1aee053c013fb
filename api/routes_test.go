package api

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/sellerscenter/client-go/generated"
)

// TestRoutes is an inside test: the spec has no operation with a path parameter yet.
func TestRoutes(t *testing.T) {
	ops := []generated.Operation{
		{Name: "Order", Method: "GET", Path: "/api/v1/orders/{order_id}"},
		{Name: "Orders", Method: "GET", Path: "/api/v1/orders"},
		{Name: "Export", Method: "GET", Path: "/api/v1/orders/export"},
		{Name: "CreateOrder", Method: "POST", Path: "/api/v1/orders"},
		{Name: "Item", Method: "GET", Path: "/api/v1/orders/{order_id}/items/{item_id}/"},
		{Name: "AnyOf", Method: "GET", Path: "/api/v1/orders/{order_id}/{kind}/{item_id}/"},
		{Name: "Cancel", Method: "POST", Path: "/api/v1/orders/{order_id}:cancel"},
		{Name: "Umlaut", Method: "GET", Path: "/api/v1/rückgaben/{id}"},
	}
	for _, tt := range []struct{ base, method, url, want string }{
		{"https://x", "GET", "https://x/api/v1/orders?page=2", "Orders"},
		{"https://x", "POST", "https://x/api/v1/orders", "CreateOrder"},
		{"https://x", "GET", "https://x/api/v1/orders/export", "Export"},
		{"https://x", "GET", "https://x/api/v1/orders/4711", "Order"},
		{"https://x", "GET", "https://x/api/v1/orders/a%2Fb", "Order"},
		{"https://x", "GET", "https://x/api/v1/orders/a.b", "Order"},
		{"https://x", "GET", "https://x/api/v1/orders/1/items/2/", "Item"},
		{"https://x", "GET", "https://x/api/v1/orders/1/parts/2/", "AnyOf"},
		{"https://x", "POST", "https://x/api/v1/orders/1:cancel", "Cancel"},
		{"https://x", "GET", "https://x/api/v1/r%C3%BCckgaben/1", "Umlaut"},
		{"https://x/scapi", "GET", "https://x/scapi/api/v1/orders/4711", "Order"},
		{"https://x/te%2Fnant", "GET", "https://x/te%2Fnant/api/v1/orders", "Orders"},
		{"https://x", "GET", "https://x/api/v1/orders/", ""},
		{"https://x", "GET", "https://x/api/v1/orders//items/2/", ""},
		{"https://x", "GET", "https://x/api/v1/", ""},
		{"https://x", "DELETE", "https://x/api/v1/orders", ""},
		{"https://x/scapi", "GET", "https://x/api/v1/orders", ""},
	} {
		t.Run(tt.method+" "+tt.url, func(t *testing.T) {
			base, err := url.Parse(tt.base)
			if err != nil {
				t.Fatal(err)
			}
			req, err := http.NewRequest(tt.method, tt.url, nil)
			if err != nil {
				t.Fatal(err)
			}
			op, err := newRoutes(base, ops).match(req)
			if tt.want == "" {
				if err == nil {
					t.Errorf("matches %s, want none", op.Name)
				}
				return
			}
			if err != nil || op.Name != tt.want {
				t.Errorf("operation %+v, error %v, want %s", op, err, tt.want)
			}
		})
	}
}
