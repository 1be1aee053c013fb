package operations

import (
	"maps"
	"net/http"
	"slices"
	"testing"
)

func TestFit(t *testing.T) {
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
			op.Fit(tt.got)
			if !maps.EqualFunc(tt.got, tt.want, slices.Equal) {
				t.Errorf("%v, want %v", tt.got, tt.want)
			}
		})
	}
}
