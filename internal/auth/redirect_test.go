package auth_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"testing"

	"github.com/sellerscenter/client-go/internal/auth"
)

const base = "https://api.example.com"

var errNotToday = errors.New("not today")

// TestRedirectPolicy asks about the redirect from the last of some requests to a target.
func TestRedirectPolicy(t *testing.T) {
	key := keyOf(t, marked)
	for _, tt := range []struct {
		name, method, target string
		hops                 int // before
		next                 func(*http.Request, []*http.Request) error
		want                 error
	}{
		{name: "GET", method: "GET", target: base + "/moved", hops: 1},
		{name: "HEAD", method: "HEAD", target: base + "/moved", hops: 1},
		{name: "ninth in a row", method: "GET", target: base + "/moved", hops: 9},
		{name: "allowed", method: "GET", target: base + "/moved", hops: 1, next: answer(nil)},
		{
			name: "refused", method: "GET", target: base + "/moved", hops: 1,
			next: answer(errNotToday), want: errNotToday,
		},
		{
			name: "tenth in a row", method: "GET", target: base + "/moved", hops: 10,
			next: answer(nil), want: http.ErrUseLastResponse,
		},
		{
			name: "POST", method: "POST", target: base + "/moved", hops: 1,
			next: answer(nil), want: http.ErrUseLastResponse,
		},
		{
			name: "PUT", method: "PUT", target: base + "/moved", hops: 1,
			next: answer(nil), want: http.ErrUseLastResponse,
		},
		{
			name: "another origin", method: "GET", target: "https://evil.example/", hops: 1,
			next: answer(nil), want: http.ErrUseLastResponse,
		},
		{
			name: "another origin at the second hop", method: "GET", target: "http://api.example.com/",
			hops: 2, next: answer(nil), want: http.ErrUseLastResponse,
		},
		{
			name: "the key in the URL", method: "GET", target: base + "/?key=" + url.QueryEscape(marked),
			hops: 1, next: answer(nil), want: http.ErrUseLastResponse,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			policy := auth.RedirectPolicy{Origin: originOf(t, base), KeyOf: contextKey, Next: tt.next}
			via := make([]*http.Request, tt.hops)
			for i := range via {
				via[i] = newRequest(t, key, tt.method, base)
			}
			req := newRequest(t, key, http.MethodGet, tt.target)
			if err := policy.Check(req, via); !errors.Is(err, tt.want) {
				t.Errorf("error %v, want %v", err, tt.want)
			}
			if !contextKey(req.Context()).Equal(key) {
				t.Error("the request has lost its key")
			}
		})
	}
}

// answer returns a policy of the caller's, which also gives the request a context of its own.
func answer(err error) func(*http.Request, []*http.Request) error {
	return func(r *http.Request, _ []*http.Request) error {
		*r = *r.WithContext(context.Background())
		return err
	}
}

type contextWithKey struct{}

func contextKey(ctx context.Context) auth.Key {
	key, _ := ctx.Value(contextWithKey{}).(auth.Key)
	return key
}

func newRequest(t testing.TB, key auth.Key, method, target string) *http.Request {
	t.Helper()
	ctx := context.WithValue(t.Context(), contextWithKey{}, key)
	req, err := http.NewRequestWithContext(ctx, method, target, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	return req
}
