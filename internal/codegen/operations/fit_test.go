package operations

import (
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
)

func TestFitHeaders(t *testing.T) {
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
			op.Fit(&http.Response{StatusCode: 200, Header: tt.got, Body: http.NoBody})
			if !maps.EqualFunc(tt.got, tt.want, slices.Equal) {
				t.Errorf("%v, want %v", tt.got, tt.want)
			}
		})
	}
}

func TestFitRefusesNull(t *testing.T) {
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
			op.Fit(resp)
			if got, err := io.ReadAll(resp.Body); err != nil || string(got) != tt.want {
				t.Errorf("body %q, error %v, want %q", got, err, tt.want)
			}
		})
	}
}
