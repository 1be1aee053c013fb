package attempt_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sellerscenter/client-go/internal/attempt"
	"github.com/sellerscenter/client-go/internal/auth"
	"github.com/sellerscenter/client-go/internal/operation"
)

// wire is an in-memory RoundTripper.
type wire func(*http.Request) (*http.Response, error)

func (w wire) RoundTrip(r *http.Request) (*http.Response, error) { return w(r) }

// send sends a GET through a transport, with a limit of 1000 bytes.
func send(t *testing.T, transport http.RoundTripper) attempt.Result {
	t.Helper()
	const url = "https://sellers.example.com/api/v1/orders"
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	key, err := auth.NewKey("marked-key-0123456789abcdef")
	if err != nil {
		t.Fatal(err)
	}
	sender := &attempt.Sender{
		Client: &http.Client{Transport: &auth.Transport{
			Base: transport, Origin: auth.OriginOf(req.URL), KeyOf: attempt.KeyOf,
		}},
		Keys:     auth.Static(key),
		Timeout:  time.Minute,
		MaxBytes: 1000,
	}
	return sender.Send(attempt.Attempt{Call: attempt.Call{Request: req, Operation: new(operation.Operation)}})
}

func TestBodiesAreBounded(t *testing.T) {
	for _, tt := range []struct {
		name         string
		status, size int
		read         int
		whole        bool
	}{
		{"a success", 200, 1000, 1000, true},
		{"a success that is too large", 200, 1001, 1001, false},
		{"a failure larger than a success may be", 404, 128 << 10, 128 << 10, true},
		{"a failure that is too large", 404, 1 << 20, 128<<10 + 1, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			body := strings.NewReader(strings.Repeat("x", tt.size))
			result := send(t, wire(func(*http.Request) (*http.Response, error) {
				return &http.Response{StatusCode: tt.status, Body: io.NopCloser(body)}, nil
			}))
			response := result.Response
			if read := tt.size - body.Len(); read != tt.read || response.Whole != tt.whole {
				t.Errorf("read %d bytes, whole: %v, want %d, %v", read, response.Whole, tt.read, tt.whole)
			}
			if len(response.Content) != tt.read {
				t.Errorf("content of %d bytes, want %d", len(response.Content), tt.read)
			}
			tooLarge := tt.status == 200 && !tt.whole
			if errors.As(result.Err, new(attempt.TooLargeError)) != tooLarge {
				t.Errorf("error %v, want one that the body is too large: %v", result.Err, tooLarge)
			}
		})
	}
}

// TestAnswersOfCarelessTransports has what breaks RoundTripper's contract.
func TestAnswersOfCarelessTransports(t *testing.T) {
	for _, tt := range []struct {
		name   string
		resp   *http.Response
		status int // 0 for an error
	}{
		{"nothing", nil, 0},
		{"a success without header or body", &http.Response{StatusCode: 200}, 200},
		{
			"a redirect to no URL, without a body",
			&http.Response{StatusCode: 302, Header: http.Header{"Location": {"https://%zz/"}}}, 302,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			result := send(t, wire(func(*http.Request) (*http.Response, error) { return tt.resp, nil }))
			if tt.status == 0 {
				if result.Response != nil || result.Err == nil {
					t.Errorf("got %+v, want an error", result)
				}
				return
			}
			if result.Err != nil || result.Response.StatusCode != tt.status || !result.Response.Whole {
				t.Errorf("got %+v, want a whole response with status code %d", result, tt.status)
			}
		})
	}
}

// TestFollowedRedirectsHaveNoBody keeps what leads to a connection out of the response.
func TestFollowedRedirectsHaveNoBody(t *testing.T) {
	hops := 0
	result := send(t, wire(func(*http.Request) (*http.Response, error) {
		hops++
		body := io.NopCloser(strings.NewReader("x"))
		resp := &http.Response{StatusCode: 200, Header: http.Header{}, Body: body}
		if hops < 3 {
			resp.StatusCode = 302
			resp.Header.Set("Location", "/moved")
		}
		return resp, nil
	}))
	if result.Err != nil || hops != 3 {
		t.Fatalf("error %v after %d hops", result.Err, hops)
	}
	redirects := 0
	for r := result.Response.Request; r.Response != nil; r = r.Response.Request {
		redirects++
		if r.Response.Body != http.NoBody {
			t.Errorf("a redirect keeps the body %T", r.Response.Body)
		}
	}
	if redirects != 2 {
		t.Errorf("the response leads to %d redirects, want 2", redirects)
	}
}
