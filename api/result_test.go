package api

import (
	"net/http"
	"testing"

	"github.com/sellerscenter/client-go/generated"
)

// TestDeclared is an inside test: the spec's one operation declares but one success.
func TestDeclared(t *testing.T) {
	for _, tt := range []struct {
		name        string
		success     []generated.SuccessAnswer
		status      int
		contentType string
		want        bool
	}{
		{"second of two", []generated.SuccessAnswer{{Status: "200", ContentTypes: []string{"application/json"}}, {Status: "202"}}, 202, "text/html", true},
		{"status of none", []generated.SuccessAnswer{{Status: "202"}}, 200, "", false},
		{"without a body", []generated.SuccessAnswer{{Status: "204"}}, 204, "", true},
		{"range of statuses", []generated.SuccessAnswer{{Status: "2XX", ContentTypes: []string{"application/json"}}}, 206, "application/json", true},
		{"default", []generated.SuccessAnswer{{Status: "default", ContentTypes: []string{"application/json"}}}, 200, "application/json", true},
		{"default with another type", []generated.SuccessAnswer{{Status: "default", ContentTypes: []string{"application/json"}}}, 200, "text/html", false},
		{"one of two types", []generated.SuccessAnswer{{Status: "200", ContentTypes: []string{"application/json", "text/csv"}}}, 200, "text/csv; charset=utf-8", true},
		{"range of types", []generated.SuccessAnswer{{Status: "200", ContentTypes: []string{"image/*"}}}, 200, "image/png", true},
		{"outside the range of types", []generated.SuccessAnswer{{Status: "200", ContentTypes: []string{"image/*"}}}, 200, "text/html", false},
		{"any type", []generated.SuccessAnswer{{Status: "200", ContentTypes: []string{"*/*"}}}, 200, "text/html", true},
		{"any type but none", []generated.SuccessAnswer{{Status: "200", ContentTypes: []string{"*/*"}}}, 200, "", false},
		{"nothing declared", nil, 200, "text/html", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			resp := &http.Response{StatusCode: tt.status, Header: http.Header{"Content-Type": {tt.contentType}}}
			if got := declared(&generated.Operation{Success: tt.success}, resp); got != tt.want {
				t.Errorf("declared = %v, want %v", got, tt.want)
			}
		})
	}
}
