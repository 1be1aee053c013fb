package api_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/generated"
)

func TestStatusSurvivesAnyBody(t *testing.T) {
	for _, tt := range []struct {
		name, contentType, body, message string
	}{
		{"declared schema", "application/json", `{"message":"batch request not found"}`, "batch request not found"},
		{"detail", "application/json", `{"detail": "Not Found"}`, "Not Found"},
		{"error", "application/json", `{"error": "no such batch"}`, "no such batch"},
		{"message list", "application/json", `{"message": ["no such batch", "try later"]}`, "no such batch; try later"},
		{"Django Ninja's validation", "application/json", `{"detail":[{"type":"uuid_parsing","loc":["query","batch_request_id"],"msg":"Input should be a valid UUID"},{"loc":["body",0],"msg":"missing"}]}`,
			"[query batch_request_id]: Input should be a valid UUID; [body 0]: missing"},
		{"nested", "application/json", `{"error":{"code":7,"message":"no such batch"}}`, "no such batch"},
		{"message is a number", "application/json", `{"message":7,"detail":"no such batch"}`, "no such batch"},
		{"JSON string", "application/json", `"no such batch"`, "no such batch"},
		{"other JSON", "application/json", `{"code":7}`, `{"code":7}`},
		{"JSON null", "application/json", `null`, "Not Found"},
		{"empty object", "application/json", `{}`, "Not Found"},
		{"JSON as text", "text/plain", `{"message":"no such batch"}`, "no such batch"},
		{"byte order mark", "application/json", "\ufeff" + `{"message":"no such batch"}`, "no such batch"},
		{"HTML", "text/html; charset=utf-8", "<!DOCTYPE html><html><head><title>404: Not\n Found &amp; gone</title></head><body><h1>nginx</h1></body></html>", "404: Not Found & gone"},
		{"HTML said to be JSON", "application/json", "<html><title>404 Not Found</title></html>", "404 Not Found"},
		{"HTML without title", "text/html", "<html><style>p {}</style><body><p>Nothing <b>here</b>.</body></html>", "Not Found"},
		{"cut HTML", "text/html", "<html><he", "Not Found"},
		{"empty", "application/json", "", "Not Found"},
		{"white space", "text/plain", " \r\n ", "Not Found"},
		{"plain text", "text/plain", "404 page not found\n", "404 page not found"},
		{"lines and control characters", "text/plain", "no\r\nsuch\x1b[31m\x00 batch", "no such [31m batch"},
		{"cut JSON", "application/json", `{"message":"no such`, `{"message":"no such`},
		{"invalid UTF-8", "application/json", "{\"message\":\"no such b\xe4tch\"}", "no such b\uFFFDtch"},
		{"invalid UTF-8 text", "text/plain", "no such b\xe4tch", "no such b\uFFFDtch"},
		{"no text at all", "application/octet-stream", "\x00\x01\x02", "Not Found"},
		{"long", "text/plain", strings.Repeat("nope ", 100), strings.Repeat("nope ", 48)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := newClient(t, handle(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", tt.contentType)
				w.Header().Set("X-Request-Id", "r-1")
				w.WriteHeader(http.StatusNotFound)
				_, _ = io.WriteString(w, tt.body)
			}))
			resp, err := get(t.Context(), c)
			var apiErr *api.Error
			if resp != nil || !errors.As(err, &apiErr) {
				t.Fatalf("response %v, error %v, want an *api.Error", resp, err)
			}
			if apiErr.StatusCode != 404 || apiErr.Method != "GET" || apiErr.Attempts != 1 || apiErr.Header.Get("X-Request-Id") != "r-1" ||
				apiErr.URL != baseURL+"/api/v1/results/ship-orders?batch_request_id="+batchID.String() {
				t.Errorf("error %#v", apiErr)
			}
			if apiErr.Message != tt.message {
				t.Errorf("message %q, want %q", apiErr.Message, tt.message)
			}
			if string(apiErr.Body) != tt.body {
				t.Errorf("body %q, want %q", apiErr.Body, tt.body)
			}
			if want := "sellerscenter: GET /api/v1/results/ship-orders: 404: " + tt.message + " (1 attempt)"; err.Error() != want {
				t.Errorf("error %q, want %q", err, want)
			}
			if !errors.Is(err, api.ErrNotFound) || errors.Is(err, api.ErrServer) {
				t.Errorf("error %v does not match ErrNotFound alone", err)
			}
		})
	}
}

func TestStatusSurvivesCutBody(t *testing.T) {
	c := newClient(t, wire(func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 404, Header: http.Header{}, Request: r, Body: io.NopCloser(io.MultiReader(
			strings.NewReader("no such ba"), failing{io.ErrUnexpectedEOF}))}, nil
	}))
	_, err := get(t.Context(), c)
	var apiErr *api.Error
	if !errors.As(err, &apiErr) || apiErr.Message != "no such" || apiErr.Attempts != 1 {
		t.Errorf("error %v, want the 404 with the words that arrived", err)
	}
}

// TestKeyCutShortStaysHidden: a server echoes the key, and the connection is lost within it.
func TestKeyCutShortStaysHidden(t *testing.T) {
	for _, status := range []int{200, 401, 503} {
		for end := 1; end <= len(markedKey); end++ {
			c := newClient(t, wire(func(r *http.Request) (*http.Response, error) {
				return &http.Response{StatusCode: status, Header: http.Header{}, Request: r, Body: io.NopCloser(io.MultiReader(
					strings.NewReader("bad key "+markedKey[:end]), failing{io.ErrUnexpectedEOF}))}, nil
			}), api.WithRetry(api.RetryPolicy{MaxAttempts: 1}))
			_, err := get(t.Context(), c)
			var apiErr *api.Error
			if answered := errors.As(err, &apiErr); answered != (status != 200) || answered && string(apiErr.Body) != "bad key " || strings.Contains(err.Error(), "bad key "+markedKey[:1]) {
				t.Errorf("status %d, %d bytes of the key: error %v", status, end, err)
			}
		}
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func TestErrorKeepsStartOfLongBody(t *testing.T) {
	c := newClient(t, handle(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, strings.Repeat("x", 1<<20))
	}))
	_, err := get(t.Context(), c)
	var apiErr *api.Error
	if !errors.As(err, &apiErr) || len(apiErr.Body) != 64<<10 {
		t.Errorf("body of %d bytes, want the first 64 KiB", len(apiErr.Body))
	}
}

func TestSentinels(t *testing.T) {
	all := []error{api.ErrBadRequest, api.ErrUnauthorized, api.ErrForbidden, api.ErrNotFound, api.ErrRateLimited, api.ErrServer, api.ErrResponseTooLarge, api.ErrOutcomeUnknown, api.ErrBatchFailed}
	for status, want := range map[int]error{
		400: api.ErrBadRequest, 401: api.ErrUnauthorized, 403: api.ErrForbidden, 404: api.ErrNotFound, 429: api.ErrRateLimited,
		500: api.ErrServer, 501: api.ErrServer, 502: api.ErrServer, 503: api.ErrServer, 520: api.ErrServer, 599: api.ErrServer,
		402: nil, 409: nil, 422: nil, 302: nil, 201: nil,
	} {
		err := fmt.Errorf("wrapped: %w", &api.Error{StatusCode: status})
		for _, s := range all {
			if is := errors.Is(err, s); is != errors.Is(s, want) {
				t.Errorf("status %d: errors.Is(err, %v) = %v", status, s, is)
			}
		}
	}
}

func TestDecode(t *testing.T) {
	c := newClient(t, handle(func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusBadRequest, `{"message":"batch_request_id is missing"}`)
	}))
	_, err := get(t.Context(), c)
	var apiErr *api.Error
	if !errors.As(err, &apiErr) {
		t.Fatal(err)
	}
	var schema generated.BadRequestSchema
	if err := apiErr.Decode(&schema); err != nil || schema.Message != "batch_request_id is missing" {
		t.Errorf("decoded %+v, error %v", schema, err)
	}
	if err := (&api.Error{StatusCode: 502, Body: []byte("<html>")}).Decode(&schema); err == nil {
		t.Error("HTML was decoded")
	}
}

func TestNilErrorMeansBodyIsSet(t *testing.T) {
	for _, tt := range []struct {
		status            int
		contentType, body string
		ok                bool
		want              string
	}{
		{200, "application/json", completed, true, ""},
		{200, "application/json; charset=utf-8", completed, true, ""},
		{200, "Application/JSON", completed, true, ""},
		{200, "text/html", "<html>maintenance</html>", false, `200: the spec declares [200 application/json] for GetShipOrderBatchResults, not content type "text/html"`},
		{200, "application/problem+json", completed, false, "application/problem+json"},
		{200, "", completed, false, `not content type ""`},
		{200, "application/json", "", false, "unexpected end of JSON input"},
		{200, "application/json", "<html>", false, "invalid character"},
		{200, "application/json", `{"items":"none"}`, false, "cannot unmarshal"},
		{201, "application/json", completed, false, "201: "},
		{204, "", "", false, "204: "},
		{206, "application/json", completed, false, "206: "},
	} {
		t.Run(fmt.Sprint(tt.status, " ", tt.contentType, " ", tt.want), func(t *testing.T) {
			sent := 0
			c := newClient(t, handle(func(w http.ResponseWriter, _ *http.Request) {
				sent++
				if tt.contentType != "" {
					w.Header().Set("Content-Type", tt.contentType)
				}
				w.WriteHeader(tt.status)
				_, _ = io.WriteString(w, tt.body)
			}))
			resp, err := get(t.Context(), c)
			if (err == nil) != tt.ok || err == nil && resp.JSON200 == nil {
				t.Fatalf("response %v, error %v, want success: %v", resp, err, tt.ok)
			}
			if err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %q, want it to say %q", err, tt.want)
			}
			if sent != 1 {
				t.Errorf("sent %d requests, want no retry", sent)
			}
		})
	}
}

func TestRateLimitHeadersDoNotLoseTheAnswer(t *testing.T) {
	number := func(n int64) *int64 { return &n }
	for _, tt := range []struct {
		value string
		want  *int64
	}{
		{"200", number(200)},
		{"200;w=60", number(200)},
		{"200, 200;w=60", number(200)},
		{"abc", nil},
		{"", nil},
		{"-1", nil},
		{"99999999999999999999", nil},
		{"1e3", nil},
	} {
		t.Run(tt.value, func(t *testing.T) {
			c := newClient(t, handle(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("X-RateLimit-Limit", tt.value)
				w.Header().Set("X-RateLimit-Remaining", tt.value)
				ok(w, r)
			}))
			resp, err := get(t.Context(), c)
			if err != nil || resp.JSON200.Status != generated.RequestStatusCompleted {
				t.Fatalf("response %v, error %v", resp, err)
			}
			for _, got := range []*int64{resp.HeadersDefault.XRateLimitLimit, resp.HeadersDefault.XRateLimitRemaining} {
				if (got == nil) != (tt.want == nil) || got != nil && *got != *tt.want {
					t.Errorf("header parsed as %v, want %v", got, tt.want)
				}
			}
		})
	}
}

func TestTooLargeResponse(t *testing.T) {
	for _, limit := range []int64{int64(len(completed)), int64(len(completed)) - 1} {
		sent := 0
		c := newClient(t, handle(func(w http.ResponseWriter, r *http.Request) {
			sent++
			ok(w, r)
		}), api.WithMaxResponseBytes(limit))
		_, err := get(t.Context(), c)
		var apiErr *api.Error
		switch tooLarge := limit < int64(len(completed)); {
		case !tooLarge && err != nil:
			t.Errorf("at the limit: %v", err)
		case tooLarge && (!errors.Is(err, api.ErrResponseTooLarge) || !errors.As(err, &apiErr) || apiErr.StatusCode != 200 || sent != 1):
			t.Errorf("over the limit: error %v after %d requests, want one that ends in ErrResponseTooLarge", err, sent)
		}
	}
}

func TestNetworkFailureKeepsItsChain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		refused := &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
		c := newClient(t, wire(func(*http.Request) (*http.Response, error) { return nil, refused }))
		_, err := get(t.Context(), c)
		var op *net.OpError
		var urlErr *url.Error
		if !errors.As(err, &op) || !errors.As(err, &urlErr) || !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("error %v lost its chain", err)
		}
		if want := "sellerscenter: GET /api/v1/results/ship-orders: dial tcp: connection refused (4 attempts)"; err.Error() != want {
			t.Errorf("error %q, want %q", err, want)
		}
		if errors.Is(err, api.ErrOutcomeUnknown) {
			t.Error("the outcome of a GET is not unknown")
		}
	})
}

func TestDelayBeyondDeadlineEndsCallAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		c := newClient(t, handle(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "90")
			writeJSON(w, http.StatusTooManyRequests, `{"message":"slow down"}`)
		}))
		start := time.Now()
		_, err := get(ctx, c)
		var apiErr *api.Error
		if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, api.ErrRateLimited) || !errors.As(err, &apiErr) || apiErr.RetryAfter != 90*time.Second {
			t.Errorf("error %v, want deadline exceeded and the 429", err)
		}
		if time.Since(start) != 0 {
			t.Errorf("returned after %v", time.Since(start))
		}
		if want := "sellerscenter: GET /api/v1/results/ship-orders: context deadline exceeded: 429: slow down (1 attempt)"; err.Error() != want {
			t.Errorf("error %q, want %q", err, want)
		}
	})
}

func TestLongRetryAfterIsReturned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, handle(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "121")
			w.WriteHeader(http.StatusServiceUnavailable)
		}))
		start := time.Now()
		_, err := get(t.Context(), c)
		var apiErr *api.Error
		if !errors.As(err, &apiErr) || apiErr.RetryAfter != 121*time.Second || apiErr.Attempts != 1 || time.Since(start) != 0 {
			t.Errorf("error %#v after %v", err, time.Since(start))
		}
	})
}

func TestOutcomeOfLostPostIsUnknown(t *testing.T) {
	reset := &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
	lost := func(r *http.Request) (*http.Response, error) {
		if trace := httptrace.ContextClientTrace(r.Context()); trace != nil {
			trace.GetConn("")
			trace.WroteHeaders()
		}
		return nil, reset
	}
	for _, tt := range []struct {
		name    string
		method  string
		wire    wire
		unknown bool
		text    string
	}{
		{"POST lost after writing", "POST", lost, true, "outcome unknown: read tcp: connection reset by peer (1 attempt)"},
		{"PATCH lost after writing", "PATCH", lost, true, "(1 attempt)"},
		{"GET lost after writing", "GET", lost, false, "(4 attempts)"},
		{"POST refused", "POST", func(*http.Request) (*http.Response, error) {
			return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
		}, false, "(4 attempts)"},
		{"POST answered", "POST", handle(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(502) }), false, "502: Bad Gateway (1 attempt)"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				req, err := http.NewRequestWithContext(t.Context(), tt.method, baseURL+"/api/v1/orders/ship", strings.NewReader(`{}`))
				if err != nil {
					t.Fatal(err)
				}
				_, err = doer(t, newClient(t, tt.wire)).Do(req)
				if errors.Is(err, api.ErrOutcomeUnknown) != tt.unknown || !strings.HasSuffix(fmt.Sprint(err), tt.text) {
					t.Errorf("error %v, want outcome unknown: %v, and %q", err, tt.unknown, tt.text)
				}
				if tt.unknown && !errors.Is(err, syscall.ECONNRESET) {
					t.Errorf("error %v lost its chain", err)
				}
			})
		})
	}
}

func TestCancelledPostIsUnknownAndCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		req, err := http.NewRequestWithContext(ctx, "POST", baseURL+"/api/v1/orders/ship", strings.NewReader(`{}`))
		if err != nil {
			t.Fatal(err)
		}
		_, err = doer(t, newClient(t, wire(func(r *http.Request) (*http.Response, error) {
			httptrace.ContextClientTrace(r.Context()).WroteHeaders()
			cancel()
			<-r.Context().Done()
			return nil, r.Context().Err()
		}))).Do(req)
		if !errors.Is(err, context.Canceled) || !errors.Is(err, api.ErrOutcomeUnknown) {
			t.Errorf("error %v, want canceled and outcome unknown", err)
		}
		if want := "sellerscenter: POST /api/v1/orders/ship: outcome unknown: context canceled (1 attempt)"; fmt.Sprint(err) != want {
			t.Errorf("error %q, want %q", err, want)
		}
	})
}

func TestBatchError(t *testing.T) {
	err := error(&api.BatchError{ID: batchID, Status: generated.RequestStatusFailed, Err: api.ErrBatchFailed})
	if !errors.Is(err, api.ErrBatchFailed) || !strings.Contains(err.Error(), batchID.String()) || !strings.Contains(err.Error(), `last status "failed"`) {
		t.Errorf("error %v", err)
	}
}

func FuzzErrorBody(f *testing.F) {
	for _, s := range []string{`{"message":["a"]}`, `{"detail":[{"loc":["x"],"msg":"y"}]}`, "<html><title>x</title>", "", "\xff\xfe{\x00}\x00", "null", "[[[[]]]]"} {
		f.Add(uint16(404), []byte(s))
	}
	f.Fuzz(func(t *testing.T, status uint16, body []byte) {
		code := 300 + int(status)%300
		c := newClient(t, handle(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(code)
			_, _ = w.Write(body)
		}), api.WithRetry(api.RetryPolicy{MaxAttempts: 1}))
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
