package api_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/generated"
)

const byteOrderMark = "\ufeff"

func TestNilErrorMeansBodyIsSet(t *testing.T) {
	for _, tt := range []struct {
		name              string
		status            int
		contentType, body string
		says              string // of the error; empty for success
		not               string // what the error must not say
	}{
		{name: "declared", status: 200, contentType: "application/json", body: completed},
		{name: "charset", status: 200, contentType: "application/json; charset=utf-8", body: completed},
		{name: "upper case", status: 200, contentType: "Application/JSON", body: completed},
		{
			name: "joined by a proxy", status: 200, contentType: "application/json, application/json",
			body: completed,
		},
		{
			name: "joined by a proxy, with parameters", status: 200, body: completed,
			contentType: "application/json; charset=utf-8, application/json",
		},
		{
			name: "byte order mark", status: 200, contentType: "application/json",
			body: byteOrderMark + completed,
		},
		{
			name: "HTML", status: 200, contentType: "text/html", body: "<html>maintenance</html>",
			says: "the spec declares [200 application/json] for GetShipOrderBatchResults, " +
				`not content type "text/html"`,
		},
		{
			name: "other JSON", status: 200, contentType: "application/problem+json", body: completed,
			says: "application/problem+json",
		},
		{name: "no content type", status: 200, body: completed, says: `not content type ""`},
		{name: "empty", status: 200, contentType: "application/json", says: "unexpected end of JSON input"},
		{
			name: "byte order mark alone", status: 200, contentType: "application/json", body: byteOrderMark,
			says: "unexpected end",
		},
		{
			name: "HTML for JSON", status: 200, contentType: "application/json", body: "<html>",
			says: "invalid character",
		},
		{
			name: "other type", status: 200, contentType: "application/json", body: `{"items":"none"}`,
			says: "cannot unmarshal",
		},
		{
			name: "null", status: 200, contentType: "application/json", body: " null\n", says: "null",
			not: "unexpected end",
		},
		{
			name: "201", status: 201, contentType: "application/json", body: completed, says: "201",
			not: "content type",
		},
		{
			name: "202", status: 202, contentType: "application/json", body: completed, says: "202",
			not: "content type",
		},
		{
			name: "202 in HTML", status: 202, contentType: "text/html", body: "<html>", says: "202",
			not: "content type",
		},
		{name: "204", status: 204, says: "204", not: "content type"},
		{
			name: "206", status: 206, contentType: "application/json", body: completed, says: "206",
			not: "content type",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			requests := 0
			c := newClient(t, counted(&requests, handle(func(w http.ResponseWriter, _ *http.Request) {
				if tt.contentType != "" {
					w.Header().Set("Content-Type", tt.contentType)
				}
				w.WriteHeader(tt.status)
				_, _ = io.WriteString(w, tt.body)
			})))
			resp, err := get(t.Context(), c)
			if requests != 1 {
				t.Errorf("sent %d requests, want no retry", requests)
			}
			if tt.says == "" {
				if err != nil || resp.JSON200 == nil ||
					resp.JSON200.Status != generated.RequestStatusCompleted {
					t.Errorf("response %v, error %v, want success", resp, err)
				}
				return
			}
			apiErr := answered(err)
			if resp != nil || apiErr.StatusCode != tt.status || apiErr.Attempts != 1 {
				t.Fatalf("response %v, error %v, want an *api.Error with status %d", resp, err, tt.status)
			}
			prefix := fmt.Sprintf("sellerscenter: GET /api/v1/results/ship-orders: %d: ", tt.status)
			if !strings.HasPrefix(err.Error(), prefix) || !strings.HasSuffix(err.Error(), " (1 attempt)") {
				t.Errorf("error %q does not begin with %q and end in the attempts", err, prefix)
			}
			says := func(text string) bool { return strings.Contains(apiErr.Message, text) }
			if !says(tt.says) || tt.not != "" && says(tt.not) {
				t.Errorf("message %q, want it to say %q, and not %q", apiErr.Message, tt.says, tt.not)
			}
			if string(apiErr.Body) != tt.body {
				t.Errorf("body %q, want %q", apiErr.Body, tt.body)
			}
		})
	}
}

// TestParsedResponseHasNoBodyToShow: orders do not get into a log that prints the response.
func TestParsedResponseHasNoBodyToShow(t *testing.T) {
	resp, err := get(t.Context(), newClient(t, okReply))
	if err != nil {
		t.Fatal(err)
	}
	if shown := fmt.Sprintf("%+v", resp.HTTPResponse); strings.Contains(shown, "DHL_STD_NATIONAL") {
		t.Errorf("printed as %s", shown)
	}
	left, err := io.ReadAll(resp.HTTPResponse.Body)
	if err != nil || len(left) > 0 || string(resp.Body) != completed {
		t.Errorf("%q is left of the body %q, error %v", left, resp.Body, err)
	}
}

func TestUndecodableSuccessKeepsTheCause(t *testing.T) {
	for body, cause := range map[string]any{
		"":                        new(*json.SyntaxError),
		"<html>":                  new(*json.SyntaxError),
		`{"items":"none"}`:        new(*json.UnmarshalTypeError),
		`[]`:                      new(*json.UnmarshalTypeError),
		`{"items":[{"success":`:   new(*json.SyntaxError),
		`{"status":7,"items":[]}`: new(*json.UnmarshalTypeError),
	} {
		synctest.Test(t, func(t *testing.T) {
			_, err := get(t.Context(), newClient(t, inTurn(reply(503, ""), reply(200, body))))
			if answered(err).StatusCode != 200 || answered(err).Attempts != 2 || !errors.As(err, cause) {
				t.Errorf("%s: error %#v, want an *api.Error of 2 attempts that wraps a %T", body, err, cause)
			}
			if errors.Is(err, api.ErrOutcomeUnknown) || !strings.HasSuffix(fmt.Sprint(err), "(2 attempts)") {
				t.Errorf("%s: error %v", body, err)
			}
		})
	}
}

func TestRateLimitHeadersDoNotLoseTheAnswer(t *testing.T) {
	for value, want := range map[string]int64{
		"200": 200, "200;w=60": 200, "200, 200;w=60": 200,
		"abc": -1, "": -1, "-1": -1, "99999999999999999999": -1, "1e3": -1, // -1 for none
	} {
		t.Run(value, func(t *testing.T) {
			told := reply(200, completed, "X-RateLimit-Limit", value, "X-RateLimit-Remaining", value)
			c := newClient(t, told)
			resp, err := get(t.Context(), c)
			if err != nil || resp.JSON200.Status != generated.RequestStatusCompleted {
				t.Fatalf("response %v, error %v", resp, err)
			}
			parsed := resp.HeadersDefault
			for _, got := range []*int64{parsed.XRateLimitLimit, parsed.XRateLimitRemaining} {
				if (got == nil) != (want < 0) || got != nil && *got != want {
					t.Errorf("header parsed as %v, want %v", got, want)
				}
			}
		})
	}
}

func TestTooLargeResponse(t *testing.T) {
	for _, limit := range []int64{int64(len(completed)), math.MaxInt64 - 1, math.MaxInt64} {
		if _, err := get(t.Context(), newClient(t, handle(ok), api.WithMaxResponseBytes(limit))); err != nil {
			t.Errorf("limit of %d bytes: %v", limit, err)
		}
	}
	requests := 0
	c := newClient(t, counted(&requests, handle(ok)), api.WithMaxResponseBytes(int64(len(completed))-1))
	_, err := get(t.Context(), c)
	if !errors.Is(err, api.ErrResponseTooLarge) || answered(err).StatusCode != 200 || requests != 1 {
		t.Errorf("error %v after %d requests, want one that ends in ErrResponseTooLarge", err, requests)
	}
}

// TestDefaultLimit has a body of each size beside the limit that is chosen by what decoding costs.
func TestDefaultLimit(t *testing.T) {
	const most = 4 << 20
	for size, isTooLarge := range map[int]bool{2 << 20: false, most: false, most + 1: true} {
		body := completed + strings.Repeat(" ", size-len(completed))
		_, err := get(t.Context(), newClient(t, reply(200, body)))
		if errors.Is(err, api.ErrResponseTooLarge) != isTooLarge || (err != nil) != isTooLarge {
			t.Errorf("body of %d bytes: error %v, want ErrResponseTooLarge: %v", size, err, isTooLarge)
		}
	}
}

func TestBodyArrivesWhole(t *testing.T) {
	for _, size := range []int{0, 1, 512, 1 << 20, 3<<20 + 7} {
		want := make([]byte, size)
		for i := range want {
			want[i] = byte(i * 40_503 >> 8)
		}
		for name, reader := range map[string]func(io.Reader) io.Reader{
			"as much as there is room for": func(r io.Reader) io.Reader { return r },
			"half of it":                   iotest.HalfReader,
			"the end with the last bytes":  iotest.DataErrReader,
		} {
			for _, length := range []int{-1, size, size / 2, math.MaxInt} {
				c := newClient(t, wire(func(r *http.Request) (*http.Response, error) {
					return &http.Response{
						StatusCode: 200, Header: http.Header{}, ContentLength: int64(length), Request: r,
						Body: io.NopCloser(reader(bytes.NewReader(want))),
					}, nil
				}), api.WithMaxResponseBytes(int64(max(size, 1))))
				resp, err := submit(t.Context(), t, c, "POST", "")
				if err != nil {
					t.Fatalf("%d bytes, %s: %v", size, name, err)
				}
				if got, err := io.ReadAll(resp.Body); err != nil || !bytes.Equal(got, want) {
					t.Errorf("%d bytes, length %d, %s: got %d other ones, error %v",
						size, length, name, len(got), err)
				}
			}
		}
	}
}

// TestErrorOfALargeSuccessKeepsLittle: what an error holds is no more than what it shows, though a
// success that does not decode may be as long as the limit allows.
func TestErrorOfALargeSuccessKeepsLittle(t *testing.T) {
	c := newClient(t, handle(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(bytes.Repeat([]byte("["), 3<<20))
	}))
	_, err := get(t.Context(), c)
	var apiErr *api.Error
	if !errors.As(err, &apiErr) {
		t.Fatalf("error %v", err)
	}
	if len(apiErr.Body) != 64<<10 || cap(apiErr.Body) > 256<<10 {
		t.Errorf("%d bytes in %d, want 64 KiB and not much more", len(apiErr.Body), cap(apiErr.Body))
	}
}
