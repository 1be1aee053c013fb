package retry_test

import (
	"errors"
	"log/slog"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sellerscenter/client-go/internal/attempt"
	"github.com/sellerscenter/client-go/internal/operation"
	"github.com/sellerscenter/client-go/internal/retry"
)

// unavailable is a sender whose attempts are all answered with 503.
type unavailable struct{}

func (unavailable) Send(attempt.Attempt) attempt.Result {
	return attempt.Result{Response: &attempt.Response{Response: &http.Response{StatusCode: 503}}}
}

func do(t *testing.T, policy retry.Policy, next retry.Sender) retry.Outcome {
	t.Helper()
	const url = "https://sellers.example.com/api/v1/orders"
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r := &retry.Retrier{Policy: policy, Logger: slog.New(slog.DiscardHandler), Next: next}
	return r.Do(attempt.Call{Request: req, Operation: new(operation.Operation)})
}

// TestLongBackoffIsSlept has a caller that is more patient than with a server's Retry-After.
func TestLongBackoffIsSlept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const hour = time.Hour
		start := time.Now()
		out := do(t, retry.Policy{MaxAttempts: 50, MinDelay: hour, MaxDelay: hour}, unavailable{})
		if out.Attempts != 50 || time.Since(start) < 10*hour {
			t.Errorf("%d attempts in %v, want 50 in about a day", out.Attempts, time.Since(start))
		}
	})
}

// sealing is a sender whose second attempt is not sent.
type sealing struct{}

var errSealed = errors.New("vault is sealed")

func (sealing) Send(a attempt.Attempt) attempt.Result {
	if a.Number > 1 {
		return attempt.Result{NotSent: true, Err: errSealed}
	}
	return unavailable{}.Send(a)
}

// TestAttemptThatIsNotSent keeps the last failure beside what ended the call.
func TestAttemptThatIsNotSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out := do(t, retry.Policy{MaxAttempts: 4, MinDelay: 1, MaxDelay: 1}, sealing{})
		if !errors.Is(out.Interrupted, errSealed) {
			t.Errorf("interrupted by %v, want %v", out.Interrupted, errSealed)
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
			r := &retry.Retrier{
				Policy: retry.Policy{MaxAttempts: 3, MinDelay: time.Second, MaxDelay: time.Second},
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
