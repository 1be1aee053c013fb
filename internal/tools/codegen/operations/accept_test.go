package operations

import (
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
)

func TestAcceptFitsHeaders(t *testing.T) {
	op := &Operation{IntegerHeaders: []string{"X-Ratelimit-Limit"}}
	for _, tt := range []struct {
		name      string
		got, want http.Header
	}{
		{"nothing to do", http.Header{"Content-Type": {"application/json"}, "X-Ratelimit-Limit": {"200"}}, http.Header{"Content-Type": {"application/json"}, "X-Ratelimit-Limit": {"200"}}},
		{"no headers", http.Header{}, http.Header{}},
		{"media type in upper case", http.Header{"Content-Type": {"Application/JSON; Charset=UTF-8"}}, http.Header{"Content-Type": {"application/json; charset=utf-8"}}},
		{"more than a number", http.Header{"X-Ratelimit-Limit": {"200, 200;w=60"}}, http.Header{"X-Ratelimit-Limit": {"200"}}},
		{"a number with white space", http.Header{"X-Ratelimit-Limit": {" 200 "}}, http.Header{"X-Ratelimit-Limit": {"200"}}},
		{"no number", http.Header{"X-Ratelimit-Limit": {"abc"}}, http.Header{}},
		{"empty", http.Header{"X-Ratelimit-Limit": {""}}, http.Header{}},
		{"garbage under another name", http.Header{"X-Other": {"abc"}}, http.Header{"X-Other": {"abc"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ok := op.Accept(&http.Response{StatusCode: 200, Header: tt.got, Body: http.NoBody})
			if !ok || !maps.EqualFunc(tt.got, tt.want, slices.Equal) {
				t.Errorf("%v, accepted %v, want %v", tt.got, ok, tt.want)
			}
		})
	}
}

func TestAcceptRefusesNull(t *testing.T) {
	op := &Operation{Success: []SuccessAnswer{
		{Status: "200", ContentTypes: []string{"application/json", "text/csv"}},
		{Status: "202", ContentTypes: []string{"application/json"}, Null: true},
	}}
	for _, tt := range []struct {
		name, contentType, body string
		status                  int
		want                    string
	}{
		{"null", "application/json", "null", 200, ""},
		{"null with white space", "Application/JSON; charset=utf-8", " null\r\n", 200, ""},
		{"declared null", "application/json", "null", 202, "null"},
		{"null of text", "text/csv", "null", 200, "null"},
		{"short", "application/json", "{}", 200, "{}"},
		{"long", "application/json", strings.Repeat(" ", 100) + "null", 200, strings.Repeat(" ", 100) + "null"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			resp := &http.Response{StatusCode: tt.status, Header: http.Header{"Content-Type": {tt.contentType}}, Body: io.NopCloser(strings.NewReader(tt.body)), ContentLength: int64(len(tt.body))}
			ok := op.Accept(resp)
			if got, err := io.ReadAll(resp.Body); err != nil || !ok || string(got) != tt.want {
				t.Errorf("body %q, error %v, accepted %v, want %q", got, err, ok, tt.want)
			}
		})
	}
}

func TestAcceptDeclaredAnswers(t *testing.T) {
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
			resp := &http.Response{StatusCode: tt.status, Header: http.Header{"Content-Type": {tt.contentType}}, Body: http.NoBody}
			if got := op.Accept(resp); got != tt.want {
				t.Errorf("Accept of %d %q is %v, want %v", tt.status, tt.contentType, got, tt.want)
			}
		})
	}
}
