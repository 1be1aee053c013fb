package api_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/generated"
)

func TestStatusSurvivesAnyBody(t *testing.T) {
	const ninja = `{"detail":[{"type":"uuid_parsing","loc":["query","batch_request_id"],` +
		`"msg":"Input should be a valid UUID"},{"loc":["body",0],"msg":"missing"}]}`
	const nginx = "<!DOCTYPE html><html><head><title>404: Not\n Found &amp; gone</title></head>" +
		"<body><h1>nginx</h1></body></html>"
	for _, tt := range []struct {
		name, contentType, body, message string
	}{
		{
			"declared schema", "application/json", `{"message":"batch request not found"}`,
			"batch request not found",
		},
		{"detail", "application/json", `{"detail": "Not Found"}`, "Not Found"},
		{"error", "application/json", `{"error": "no such batch"}`, "no such batch"},
		{
			"message list", "application/json", `{"message": ["no such batch", "try later"]}`,
			"no such batch; try later",
		},
		{
			"Django Ninja's validation", "application/json", ninja,
			"[query batch_request_id]: Input should be a valid UUID; [body 0]: missing",
		},
		{"nested", "application/json", `{"error":{"code":7,"message":"no such batch"}}`, "no such batch"},
		{
			"message is a number", "application/json", `{"message":7,"detail":"no such batch"}`,
			"no such batch",
		},
		{"JSON string", "application/json", `"no such batch"`, "no such batch"},
		{"other JSON", "application/json", `{"code":7}`, `{"code":7}`},
		{"JSON null", "application/json", `null`, "Not Found"},
		{"empty object", "application/json", `{}`, "Not Found"},
		{"JSON as text", "text/plain", `{"message":"no such batch"}`, "no such batch"},
		{
			"byte order mark", "application/json", byteOrderMark + `{"message":"no such batch"}`,
			"no such batch",
		},
		{"HTML", "text/html; charset=utf-8", nginx, "404: Not Found & gone"},
		{
			"HTML said to be JSON", "application/json", "<html><title>404 Not Found</title></html>",
			"404 Not Found",
		},
		{
			"HTML without title", "text/html",
			"<html><style>p {}</style><body><p>Nothing <b>here</b>.</body></html>", "Not Found",
		},
		{"cut HTML", "text/html", "<html><he", "Not Found"},
		{"empty", "application/json", "", "Not Found"},
		{"white space", "text/plain", " \r\n ", "Not Found"},
		{"plain text", "text/plain", "404 page not found\n", "404 page not found"},
		{"lines and control characters", "text/plain", "no\r\nsuch\x1b[31m\x00 batch", "no such [31m batch"},
		{"cut JSON", "application/json", `{"message":"no such`, `{"message":"no such`},
		{"invalid UTF-8", "application/json", "{\"message\":\"no such b\xe4tch\"}", "no such b\uFFFDtch"},
		{"invalid UTF-8 text", "text/plain", "no such b\xe4tch", "no such b\uFFFDtch"},
		{"no text at all", "application/octet-stream", "\x00\x01\x02", "Not Found"},
		{"gzip that is not said to be", "text/html", zipped(nginx), "Not Found"},
		{"long", "text/plain", strings.Repeat("nope ", 100), strings.Repeat("nope ", 48)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := newClient(t, reply(404, tt.body, "Content-Type", tt.contentType, "X-Request-Id", "r-1"))
			resp, err := get(t.Context(), c)
			var apiErr *api.Error
			if resp != nil || !errors.As(err, &apiErr) {
				t.Fatalf("response %v, error %v, want an *api.Error", resp, err)
			}
			called := apiErr.Method + " " + strings.TrimPrefix(apiErr.URL, baseURL)
			if called != "GET /api/v1/results/ship-orders?batch_request_id="+batchID.String() {
				t.Errorf("error of %s", called)
			}
			if apiErr.StatusCode != 404 || apiErr.Attempts != 1 ||
				apiErr.Header.Get("X-Request-Id") != "r-1" {
				t.Errorf("error %#v", apiErr)
			}
			if apiErr.Message != tt.message {
				t.Errorf("message %q, want %q", apiErr.Message, tt.message)
			}
			if string(apiErr.Body) != tt.body {
				t.Errorf("body %q, want %q", apiErr.Body, tt.body)
			}
			want := "sellerscenter: GET /api/v1/results/ship-orders: 404: " + tt.message + " (1 attempt)"
			if err.Error() != want {
				t.Errorf("error %q, want %q", err, want)
			}
			if !errors.Is(err, api.ErrNotFound) || errors.Is(err, api.ErrServer) {
				t.Errorf("error %v does not match ErrNotFound alone", err)
			}
		})
	}
}

// TestMessageOfAnEncodedBody has bodies that nobody decoded: a proxy sent them to a client that
// asked for no encoding.
func TestMessageOfAnEncodedBody(t *testing.T) {
	const brotli = "\x1b\x1d\x00\xf8\x8d\x94no such batch\x6e\xde\x44\x55\x86\x96\x20\x6c\x6f\x3d\x02"
	for _, tt := range []struct{ encoding, body string }{
		{"gzip", zipped(`{"message":"no such batch"}`)},
		{"x-gzip", zipped(completed)},
		{"deflate", "x\x9c\xabV*.I,)-V\xb2R\x00\x00"},
		{"br", brotli},
		{"br, gzip", zipped(brotli)},
		{"zstd", "(\xb5/\xfd\x04\x00i\x00\x00no such batch"},
	} {
		for status, says := range map[int]string{404: "Not Found", 200: "does not decode"} {
			t.Run(fmt.Sprint(tt.encoding, "/", status), func(t *testing.T) {
				c := newClient(t, reply(status, tt.body, "Content-Encoding", tt.encoding))
				_, err := get(t.Context(), c)
				var apiErr *api.Error
				if !errors.As(err, &apiErr) || string(apiErr.Body) != tt.body {
					t.Fatalf("error %#v, want an *api.Error with the body as it came", err)
				}
				m := apiErr.Message
				tidy := len(m) < 120 && !strings.Contains(m, "\uFFFD")
				names := strings.Contains(m, "Content-Encoding "+tt.encoding)
				if !tidy || !names || !strings.Contains(m, says) {
					t.Errorf("message %q, want one that says %q, and the encoding", m, says)
				}
			})
		}
	}
}

// failing is a body that ends with an error.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// cut returns a wire whose response ends after text with a lost connection.
func cut(status int, text string) wire {
	return func(*http.Request) (*http.Response, error) {
		body := io.MultiReader(strings.NewReader(text), failing{io.ErrUnexpectedEOF})
		return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(body)}, nil
	}
}

func TestStatusSurvivesCutBody(t *testing.T) {
	_, err := get(t.Context(), newClient(t, cut(404, "no such batch, or")))
	if !strings.HasPrefix(answered(err).Message, "no such batch") || answered(err).Attempts != 1 {
		t.Errorf("error %v, want the 404 with the words that arrived", err)
	}
}

func TestErrorKeepsStartOfLongBody(t *testing.T) {
	_, err := get(t.Context(), newClient(t, reply(404, strings.Repeat("x", 1<<20))))
	if len(answered(err).Body) != 64<<10 {
		t.Errorf("error %.300v, want the first 64 KiB of the body", err)
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
	for _, tt := range []struct {
		err  api.Error
		want string // empty for any tidy text
	}{
		{api.Error{StatusCode: 500, Message: "x"}, "sellerscenter: 500: x"},
		{api.Error{StatusCode: 500, Message: "x", Attempts: 2}, "sellerscenter: 500: x (2 attempts)"},
		{
			api.Error{Method: "GET", URL: baseURL + "/a/b?c=d", StatusCode: 404, Message: "x", Attempts: 1},
			"sellerscenter: GET /a/b: 404: x (1 attempt)",
		},
		{api.Error{Method: "GET", StatusCode: 404, Message: "x"}, ""},
		{api.Error{URL: "/a", StatusCode: 404, Message: "x"}, ""},
		{api.Error{StatusCode: 404}, ""},
	} {
		got := tt.err.Error()
		if tt.want != "" && got != tt.want {
			t.Errorf("error %q, want %q", got, tt.want)
		}
		untidy := strings.Contains(got, "  ") || strings.Contains(got, " :") || strings.Contains(got, "(0")
		if untidy || strings.TrimRight(got, ": ") != got || !strings.HasPrefix(got, "sellerscenter: ") {
			t.Errorf("error %q has blanks in it", got)
		}
	}
}

func TestDecode(t *testing.T) {
	_, err := get(t.Context(), newClient(t, reply(400, `{"message":"batch_request_id is missing"}`)))
	var schema generated.BadRequestSchema
	if err := answered(err).Decode(&schema); err != nil || schema.Message != "batch_request_id is missing" {
		t.Errorf("decoded %+v, error %v", schema, err)
	}
	if err := (&api.Error{StatusCode: 502, Body: []byte("<html>")}).Decode(&schema); err == nil {
		t.Error("HTML was decoded")
	}
}

func TestNetworkFailureKeepsItsChain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, err := get(t.Context(), newClient(t, fail(errRefused)))
		var op *net.OpError
		var urlErr *url.Error
		if !errors.As(err, &op) || !errors.As(err, &urlErr) || !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("error %v lost its chain", err)
		}
		want := "sellerscenter: GET /api/v1/results/ship-orders: dial tcp: connection refused (4 attempts)"
		if err.Error() != want || errors.Is(err, api.ErrOutcomeUnknown) {
			t.Errorf("error %q, want %q", err, want)
		}
	})
}

func FuzzErrorBody(f *testing.F) {
	for _, s := range []string{
		`{"message":["a"]}`, `{"detail":[{"loc":["x"],"msg":"y"}]}`, "<html><title>x</title>", "",
		"\xff\xfe{\x00}\x00", "null", "[[[[]]]]", zipped("{}"),
	} {
		f.Add(uint16(404), []byte(s))
	}
	f.Fuzz(func(t *testing.T, status uint16, body []byte) {
		code := 300 + int(status)%300
		c := newClient(t, handle(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(code)
			_, _ = w.Write(body)
		}), noRetry)
		_, err := get(t.Context(), c)
		var apiErr *api.Error
		if !errors.As(err, &apiErr) || apiErr.StatusCode != code {
			t.Fatalf("status %d, body %q: error %v", code, body, err)
		}
		if m := apiErr.Message; m == "" || len([]rune(m)) > 240 || strings.ContainsAny(m, "\r\n\x00\x1b") {
			t.Errorf("message %q", m)
		}
	})
}
