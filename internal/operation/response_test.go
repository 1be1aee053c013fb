package operation

import (
	"maps"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"
)

func declare(status string, contentTypes ...string) Success {
	return Success{Status: status, ContentTypes: contentTypes}
}

func TestDeclared(t *testing.T) {
	const json = "application/json"
	for _, tt := range []struct {
		name        string
		success     []Success
		status      int
		contentType string
		want        string // the declared success, or what the error says
	}{
		{"second of two", []Success{declare("200", json), declare("202")}, 202, "text/html", "202"},
		{"status of none", []Success{declare("202")}, 200, "",
			"the spec declares [202] for GetOrder, not status code 200"},
		{"without a body", []Success{declare("204")}, 204, "", "204"},
		{"range of statuses", []Success{declare("2XX", json)}, 206, json, "2XX " + json},
		{"range before the status", []Success{declare("2xx"), declare("200")}, 200, json, "200"},
		{"default", []Success{declare("default", json)}, 200, json, "default " + json},
		{"default, another type", []Success{declare("default", json)}, 200, "text/html",
			`the spec declares [default application/json] for GetOrder, not content type "text/html"`},
		{"one of two types", []Success{declare("200", json, "text/csv")}, 200, "text/csv; charset=utf-8",
			"200 " + json + " or text/csv"},
		{"type in upper case", []Success{declare("200", json)}, 200, "Application/JSON", "200 " + json},
		{"type twice", []Success{declare("200", json)}, 200, json + ", " + json, "200 " + json},
		{"declared with a parameter", []Success{declare("200", "text/csv; header=present")}, 200,
			"text/csv", "200 text/csv; header=present"},
		{"range of types", []Success{declare("200", "image/*")}, 200, "image/png", "200 image/*"},
		{"outside the range of types", []Success{declare("200", "image/*")}, 200, "text/html",
			`the spec declares [200 image/*] for GetOrder, not content type "text/html"`},
		{"any type", []Success{declare("200", "*/*")}, 200, "text/html", "200 */*"},
		{"any type, but none given", []Success{declare("200", "*/*")}, 200, "",
			`the spec declares [200 */*] for GetOrder, not content type ""`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			op := &Operation{Name: "GetOrder", Success: tt.success}
			declared, err := op.Declared(tt.status, tt.contentType)
			got := declared.String()
			if err != nil {
				got += err.Error()
			}
			if got != tt.want {
				t.Errorf("Declared(%d, %q) is %q, want %q", tt.status, tt.contentType, got, tt.want)
			}
		})
	}
	if got, err := new(Operation).Declared(200, "text/html"); err != nil || !got.Nullable {
		t.Errorf("of nothing declared: %+v, %v", got, err)
	}
}

func TestLowerMediaType(t *testing.T) {
	for _, tt := range []struct {
		name      string
		got, want http.Header
	}{
		{"nothing to do",
			http.Header{"Content-Type": {"application/json"}, "X-Other": {"ABC"}},
			http.Header{"Content-Type": {"application/json"}, "X-Other": {"ABC"}}},
		{"no headers", http.Header{}, http.Header{}},
		{"media type in upper case",
			http.Header{"Content-Type": {"Application/JSON; Charset=UTF-8"}},
			http.Header{"Content-Type": {"application/json; Charset=UTF-8"}}},
		{"boundary in upper case",
			http.Header{"Content-Type": {"Multipart/mixed; boundary=AbC"}},
			http.Header{"Content-Type": {"multipart/mixed; boundary=AbC"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			LowerMediaType(tt.got)
			if !maps.EqualFunc(tt.got, tt.want, slices.Equal) {
				t.Errorf("%v, want %v", tt.got, tt.want)
			}
		})
	}
}

// TestLowerCaseIsNotWrittenAgain shows a write to the race detector.
func TestLowerCaseIsNotWrittenAgain(t *testing.T) {
	shared := http.Header{"Content-Type": {"application/json"}}
	var calls sync.WaitGroup
	for range 2 {
		calls.Go(func() { LowerMediaType(shared) })
	}
	calls.Wait()
}

// TestHeaderValue has the types that a header can be declared with.
func TestHeaderValue(t *testing.T) {
	type kind int32 // of an enum
	for _, tt := range []struct {
		value string
		into  any
		want  string
	}{
		{"200, 200;w=60", new(int64), "200"},
		{" 200 ", new(int64), "200"},
		{"abc", new(int64), ""},
		{"-1", new(int64), ""},
		{"200, 200;w=60", new(*int64), "200"},
		{"-1", new(*int64), ""},
		{"9223372036854775808", new(int64), ""},
		{"2;w=60", new(kind), "2"},
		{"2;w=60", new(uint8), "2"},
		{"200;w=60", new(string), "200;w=60"},
		{"1, 2", new([]int64), "1, 2"},
		{"1.50", new(float64), "1.50"},
		{"2026-03-04", new(time.Time), "2026-03-04"},
	} {
		if got := HeaderValue(tt.value, tt.into); got != tt.want {
			t.Errorf("%q into a %T: %q, want %q", tt.value, tt.into, got, tt.want)
		}
	}
}
