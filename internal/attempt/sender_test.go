package attempt_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
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

// send sends a request through a transport, with a limit of 1000 bytes. The source of its key is free
// of what the attempt's own context has: it may itself send requests.
func send(t *testing.T, method string, transport http.RoundTripper) attempt.Result {
	t.Helper()
	req := httptest.NewRequest(method, "https://sellers.example.com/api/v1/orders", http.NoBody)
	req.RequestURI = "" // which only a server's request has
	sender := &attempt.Sender{
		Client: &http.Client{Transport: &auth.Transport{
			Base: transport, Origin: auth.OriginOf(req.URL), KeyOf: attempt.KeyOf,
		}},
		Keys: func(ctx context.Context) (auth.Key, error) {
			if httptrace.ContextClientTrace(ctx) != nil || attempt.FromContext(ctx).Number != 0 {
				t.Error("the key source is asked within the attempt")
			}
			return auth.NewKey("marked-key-0123456789abcdef")
		},
		Timeout:  time.Minute,
		MaxBytes: 1000,
	}
	call := attempt.Call{Request: req, Operation: new(operation.Operation)}
	return sender.Send(attempt.Attempt{Call: call, Number: 1})
}

func TestBodiesAreBounded(t *testing.T) {
	for _, tt := range []struct {
		name         string
		status, size int
		read         int
		whole        bool
		tooLarge     bool
	}{
		{"a success", 200, 1000, 1000, true, false},
		{"a success that is too large", 200, 1001, 1001, false, true},
		{"a failure larger than a success may be", 404, 128 << 10, 128 << 10, true, false},
		{"a failure that is too large", 404, 1 << 20, 128<<10 + 1, false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			body := strings.NewReader(strings.Repeat("x", tt.size))
			result := send(t, "GET", wire(func(*http.Request) (*http.Response, error) {
				return &http.Response{StatusCode: tt.status, Body: io.NopCloser(body)}, nil
			}))
			content := len(result.Response.Content)
			read := tt.size - body.Len()
			tooLarge := errors.As(result.Err, new(attempt.TooLargeError))
			if content != tt.read || read != tt.read || result.Response.Whole != tt.whole ||
				tooLarge != tt.tooLarge {
				t.Errorf("kept %d bytes of %d, whole: %v, error %v, want %+v",
					content, read, result.Response.Whole, result.Err, tt)
			}
		})
	}
}

// TestFollowedRedirectHasNoBody keeps what leads to a connection out of the response.
func TestFollowedRedirectHasNoBody(t *testing.T) {
	result := send(t, "GET", wire(func(r *http.Request) (*http.Response, error) {
		body := io.NopCloser(strings.NewReader("x"))
		if r.URL.Path == "/moved" {
			return &http.Response{StatusCode: 200, Body: body}, nil
		}
		return &http.Response{StatusCode: 302, Header: http.Header{"Location": {"/moved"}}, Body: body}, nil
	}))
	if result.Err != nil || result.Response.Request.Response.Body != http.NoBody {
		t.Errorf("error %v, or the redirect keeps its body", result.Err)
	}
}
