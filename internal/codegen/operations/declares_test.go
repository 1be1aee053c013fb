package operations

import "testing"

func TestDeclares(t *testing.T) {
	for _, tt := range []struct {
		name        string
		success     []SuccessAnswer
		status      int
		contentType string
		want        bool
	}{
		{"second of two", []SuccessAnswer{{Status: "200", ContentTypes: []string{"application/json"}}, {Status: "202"}}, 202, "text/html", true},
		{"status of none", []SuccessAnswer{{Status: "202"}}, 200, "", false},
		{"without a body", []SuccessAnswer{{Status: "204"}}, 204, "", true},
		{"range of statuses", []SuccessAnswer{{Status: "2XX", ContentTypes: []string{"application/json"}}}, 206, "application/json", true},
		{"default", []SuccessAnswer{{Status: "default", ContentTypes: []string{"application/json"}}}, 200, "application/json", true},
		{"default with another type", []SuccessAnswer{{Status: "default", ContentTypes: []string{"application/json"}}}, 200, "text/html", false},
		{"one of two types", []SuccessAnswer{{Status: "200", ContentTypes: []string{"application/json", "text/csv"}}}, 200, "text/csv; charset=utf-8", true},
		{"range of types", []SuccessAnswer{{Status: "200", ContentTypes: []string{"image/*"}}}, 200, "image/png", true},
		{"outside the range of types", []SuccessAnswer{{Status: "200", ContentTypes: []string{"image/*"}}}, 200, "text/html", false},
		{"any type", []SuccessAnswer{{Status: "200", ContentTypes: []string{"*/*"}}}, 200, "text/html", true},
		{"any type but none", []SuccessAnswer{{Status: "200", ContentTypes: []string{"*/*"}}}, 200, "", false},
		{"nothing declared", nil, 200, "text/html", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			op := &Operation{Success: tt.success}
			if got := op.Declares(tt.status, tt.contentType); got != tt.want {
				t.Errorf("Declares(%d, %q) = %v, want %v", tt.status, tt.contentType, got, tt.want)
			}
		})
	}
}
