package retry_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sellerscenter/client-go/internal/attempt"
	"github.com/sellerscenter/client-go/internal/auth"
	"github.com/sellerscenter/client-go/internal/operation"
	"github.com/sellerscenter/client-go/internal/retry"
)

// unavailable is a sender whose attempts are all answered with 503.
type unavailable struct{}

func (unavailable) Send(attempt.Attempt) attempt.Result {
	return attempt.Result{Response: &attempt.Response{Response: &http.Response{StatusCode: 503}}}
}

func do(t *testing.T, policy retry.Policy, keys auth.Source) retry.Outcome {
	t.Helper()
	const url = "https://sellers.example.com/api/v1/orders"
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	logger := slog.New(slog.DiscardHandler)
	r := &retry.Retrier{Policy: policy, Keys: keys, Logger: logger, Next: unavailable{}}
	return r.Do(attempt.Call{Request: req, Operation: new(operation.Operation)})
}

// TestLongBackoffIsSlept has a caller that is more patient than with a server's Retry-After.
func TestLongBackoffIsSlept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const hour = time.Hour
		start := time.Now()
		out := do(t, retry.Policy{MaxAttempts: 50, MinDelay: hour, MaxDelay: hour}, auth.Static(auth.Key{}))
		if out.Attempts != 50 || time.Since(start) < 10*hour {
			t.Errorf("%d attempts in %v, want 50 in about a day", out.Attempts, time.Since(start))
		}
	})
}

// TestKeySourceThatFailsLater keeps the last failure beside what ended the call.
func TestKeySourceThatFailsLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sealed := errors.New("vault is sealed")
		asked := 0
		keys := auth.FromFunc(func(context.Context) (string, error) {
			asked++
			if asked > 1 {
				return "", sealed
			}
			return "marked-key-0123456789abcdef", nil
		}, time.Minute)
		out := do(t, retry.Policy{MaxAttempts: 4, MinDelay: 1, MaxDelay: 1}, keys)
		if !errors.Is(out.Interrupted, sealed) || !errors.Is(out.Interrupted, auth.ErrSource) {
			t.Errorf("interrupted by %v, want the source's error", out.Interrupted)
		}
		if out.Attempts != 1 || out.Err != nil || out.Response == nil || out.Response.StatusCode != 503 {
			t.Errorf("outcome %+v, want the 503 of one attempt", out)
		}
	})
}

// TestIdempotentOperationIsRetriedLikeAPut: the spec says of it that repeating does no harm.
func TestIdempotentOperationIsRetriedLikeAPut(t *testing.T) {
	for _, idempotent := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			const url = "https://sellers.example.com/api/v1/orders"
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			key, err := auth.NewKey("a-key-of-a-seller")
			if err != nil {
				t.Fatal(err)
			}
			r := &retry.Retrier{
				Policy: retry.Policy{MaxAttempts: 3, MinDelay: time.Second, MaxDelay: time.Second},
				Keys:   auth.Static(key),
				Logger: slog.New(slog.DiscardHandler),
				Next:   unavailable{},
			}
			out := r.Do(attempt.Call{Request: req, Operation: &operation.Operation{Idempotent: idempotent}})
			wantAttempts := 1
			if idempotent {
				wantAttempts = 3
			}
			if out.Attempts != wantAttempts || out.Unknown == idempotent {
				t.Errorf("idempotent %v: %d attempts, unknown %v", idempotent, out.Attempts, out.Unknown)
			}
		})
	}
}
