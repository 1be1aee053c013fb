package api_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/sellerscenter/client-go/api"
)

func TestStatusSurvivesAnyBody(t *testing.T) {
	const ninja = `{"detail":[{"type":"uuid_parsing","loc":["query","batch_request_id"],` +
		`"msg":"Input should be a valid UUID"},{"loc":["body",0],"msg":"missing"}]}`
	const nginx = "<!DOCTYPE html><html><head><title>404: Not\n Found &amp; gone</title></head>" +
		"<body><h1>nginx</h1></body></html>"
	const untitled = "<html><style>p {}</style><body><p>Nothing <b>here</b>.</body></html>"
	const brotli = "\x1b\x1d\x00\xf8\x8d\x94no such batch\x6e\xde\x44\x55\x86\x96\x20\x6c\x6f\x3d\x02"
	const (
		json  = "application/json"
		html  = "text/html"
		plain = "text/plain"
	)
	for _, tt := range []struct {
		name, contentType, body, message string
	}{
		{"declared schema", json, `{"message":"batch request not found"}`, "batch request not found"},
		{"detail", json, `{"detail": "Not here"}`, "Not here"},
		{"error", json, `{"error": "no such batch"}`, "no such batch"},
		{"message list", json, `{"message": ["no such batch", "try later"]}`, "no such batch; try later"},
		{"lists in lists", json, `{"detail":[["no",["such"]],{"msg":"batch"},7,null]}`, "no; such; batch; ;"},
		{"Django Ninja's validation", json, ninja,
			"[query batch_request_id]: Input should be a valid UUID; [body 0]: missing"},
		{"loc without msg", json, `{"detail":[{"loc":["query"]}]}`, `{"detail":[{"loc":["query"]}]}`},
		{"nested", json, `{"error":{"code":7,"message":"no such batch"}}`, "no such batch"},
		{"message is a number", json, `{"message":7,"detail":"no such batch"}`, "no such batch"},
		{"message is empty", json, `{"message":"","detail":"no such batch"}`, "no such batch"},
		{"JSON string", json, `"no such batch"`, "no such batch"},
		{"JSON string of HTML", json, `"<title>x</title>"`, "<title>x</title>"},
		{"other JSON", json, `{"code":7}`, `{"code":7}`},
		{"JSON null", json, `null`, "Not Found"},
		{"empty object", json, `{}`, "Not Found"},
		{"JSON as text", plain, `{"message":"no such batch"}`, "no such batch"},
		{"byte order mark", json, byteOrderMark + `{"message":"no such batch"}`, "no such batch"},
		{"HTML", "text/html; charset=utf-8", nginx, "404: Not Found & gone"},
		{"HTML said to be JSON", json, "<html><title>404 Not here</title></html>", "404 Not here"},
		{"HTML without title", html, untitled, "Not Found"},
		{"HTML title with attributes", html, "<TITLE lang=en>bad &#27;[31m <b>gateway</TITLE>",
			"bad [31m gateway"},
		{"HTML cut in the title", html, "<html><title>Bad gate", "Bad gate"},
		{"cut HTML", html, "<html><he", "Not Found"},
		{"empty", json, "", "Not Found"},
		{"white space", plain, " \r\n ", "Not Found"},
		{"marks", plain, "...---...", "Not Found"},
		{"other digits", plain, "\u0664\u0660\u0664", "\u0664\u0660\u0664"},
		{"plain text", plain, "404 page not found\n", "404 page not found"},
		{"lines and control characters", plain, "no\r\nsuch\x1b[31m\x00 batch", "no such [31m batch"},
		{"right-to-left override", plain, "no such \u202ebatch\u202c", "no such batch"},
		{"cut JSON", json, `{"message":"no such`, `{"message":"no such`},
		{"invalid UTF-8", json, "{\"message\":\"no such b\xe4tch\"}", "no such b\uFFFDtch"},
		{"invalid UTF-8 text", plain, "no such b\xe4tch", "no such b\uFFFDtch"},
		{"no text at all", "application/octet-stream", "\x00\x01\x02", "Not Found"},
		{"gzip that is not said to be", html, zipped(nginx), "Not Found"},
		{"gzip", json + "+gzip", zipped(`{"message":"no"}`),
			"Not Found (Content-Encoding gzip)"},
		{"brotli", json + "+br", brotli, "Not Found (Content-Encoding br)"},
		{"two encodings", json + "+br, gzip", zipped(brotli),
			"Not Found (Content-Encoding br, gzip)"},
		{"no encoding", json + "+identity", `{"message":"no such batch"}`, "no such batch"},
		{"long", plain, strings.Repeat("nope ", 100), strings.Repeat("nope ", 48)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			contentType, encoding, _ := strings.Cut(tt.contentType, "+")
			c := newClient(t, reply(404, tt.body, "Content-Type", contentType, "X-Request-Id", "r-1",
				"Content-Encoding", encoding))
			resp, err := get(t.Context(), c)
			want := "sellerscenter: GET /api/v1/results/ship-orders: 404: " + tt.message + " (1 attempt)"
			if resp != nil || fmt.Sprint(err) != want || !errors.Is(err, api.ErrNotFound) {
				t.Errorf("error %q, want %q", err, want)
			}
			type parts struct{ url, id, message, body string }
			apiErr := answered(err)
			got := parts{apiErr.URL, apiErr.Header.Get("X-Request-Id"), apiErr.Message, string(apiErr.Body)}
			url := baseURL + operationPath + "?batch_request_id=" + batchID.String()
			if whole := (parts{url, "r-1", tt.message, tt.body}); got != whole {
				t.Errorf("error of %q, want %q", got, whole)
			}
		})
	}
}

func TestSentinels(t *testing.T) {
	all := []error{
		api.ErrBadRequest, api.ErrUnauthorized, api.ErrForbidden, api.ErrNotFound, api.ErrRateLimited,
		api.ErrServer, api.ErrResponseTooLarge, api.ErrOutcomeUnknown, api.ErrBatchFailed,
	}
	for status, want := range map[int]error{
		400: api.ErrBadRequest, 401: api.ErrUnauthorized, 403: api.ErrForbidden, 404: api.ErrNotFound,
		429: api.ErrRateLimited, 500: api.ErrServer, 501: api.ErrServer, 503: api.ErrServer,
		520: api.ErrServer, 599: api.ErrServer, 402: nil, 409: nil, 422: nil, 302: nil, 201: nil,
	} {
		err := fmt.Errorf("wrapped: %w", &api.Error{StatusCode: status})
		for _, s := range all {
			if is := errors.Is(err, s); is != errors.Is(s, want) {
				t.Errorf("status %d: errors.Is(err, %v) = %v", status, s, is)
			}
		}
	}
}

// TestTextOfHandMadeErrors has errors of fakes, which set only what a test needs.
func TestTextOfHandMadeErrors(t *testing.T) {
	for want, err := range map[string]*api.Error{
		"sellerscenter: 500: x":              {StatusCode: 500, Message: "x"},
		"sellerscenter: 500: x (2 attempts)": {StatusCode: 500, Message: "x", Attempts: 2},
		"sellerscenter: GET /a/b: 404":       {Method: "GET", URL: baseURL + "/a/b?c=d", StatusCode: 404},
		"sellerscenter: GET: 404: x":         {Method: "GET", StatusCode: 404, Message: "x"},
		"sellerscenter: /a: 404: x":          {URL: "/a", StatusCode: 404, Message: "x"},
		"sellerscenter: 404":                 {StatusCode: 404},
	} {
		if err.Error() != want {
			t.Errorf("error %q, want %q", err, want)
		}
	}
}

func FuzzErrorBody(f *testing.F) {
	for _, s := range []string{
		`{"message":["a"]}`, `{"detail":[{"loc":["x"],"msg":"y"}]}`, `{"loc":{"a":[1e999]},"msg":"x"}`,
		"<html><title>x</title>", "<a" + strings.Repeat(" a", 40), "", "b\xe4tch \xc0\xaf \xed\xa0\x80",
		"\xff\xfe{\x00}\x00", "null", "[[[[]]]]", zipped("{}"), strings.Repeat("\u00e4", 240),
		`{"message":"no\u0000such\u001b[31m\u2028batch\ud800"}`,
	} {
		f.Add(uint16(404), []byte(s))
	}
	f.Fuzz(func(t *testing.T, status uint16, body []byte) {
		code := 300 + int(status)%300
		_, err := get(t.Context(), newClient(t, reply(code, string(body)), noRetry))
		checkOutcome(t, err, outcome(code))
		if n := len([]rune(answered(err).Message)); n > 240 {
			t.Errorf("message of %d characters", n)
		}
	})
}
