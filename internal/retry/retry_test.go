package retry

import (
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/internal/attempt"
	"github.com/sellerscenter/client-go/internal/operation"
)

// script is a sender whose attempts end one after the other as it says, the last of them for ever.
type script []attempt.Result

func (s script) Send(a attempt.Attempt) attempt.Result { return s[min(a.Number, len(s))-1] }

func answer(status int, retryAfter string) attempt.Result {
	return attempt.Result{Response: response(status, http.Header{"Retry-After": {retryAfter}})}
}

// ending is how a call ended.
type ending struct {
	attempts    int
	unknown     bool
	interrupted error
	answered    bool // the last failure is a response
	told        time.Duration
}

// TestDo has attempts that end as they are told to, with a backoff of an hour.
func TestDo(t *testing.T) {
	sealed := errors.New("vault is sealed")
	refused := answer(503, "")
	slow := attempt.Result{Response: refused.Response, Duration: slowPoll + 1}
	inTime := attempt.Result{Response: refused.Response, Duration: slowPoll}
	for _, tt := range []struct {
		name, method string
		idempotent   bool // what the spec says
		batch        uuid.UUID
		script       script
		least        time.Duration // that the call takes
		want         ending
	}{
		{name: "long backoff is slept", script: script{refused},
			least: 10 * time.Hour, want: ending{attempts: 50, answered: true}},
		{name: "Retry-After of 0 leaves the backoff", script: script{answer(429, "0")},
			least: 10 * time.Hour, want: ending{attempts: 50, answered: true}},
		{name: "Retry-After of two minutes is slept", script: script{answer(503, "120"), answer(200, "")},
			least: 2 * time.Minute, want: ending{attempts: 2, answered: true}},
		{name: "Retry-After of more is told", script: script{answer(503, "121"), answer(200, "")},
			want: ending{attempts: 1, answered: true, told: 121 * time.Second}},
		{name: "attempt that is not sent keeps the last failure",
			script: script{refused, {NotSent: true, Err: sealed}},
			want:   ending{attempts: 1, interrupted: sealed, answered: true}},
		{name: "POST", method: "POST", script: script{refused},
			want: ending{attempts: 1, unknown: true, answered: true}},
		{name: "POST that is marked idempotent", method: "POST", idempotent: true, script: script{refused},
			want: ending{attempts: 50, answered: true}},
		{name: "POST lost after one that was throttled", method: "POST",
			script: script{answer(429, ""), {Err: io.EOF}}, want: ending{attempts: 2, unknown: true}},
		{name: "slow call", script: script{slow}, want: ending{attempts: 50, answered: true}},
		{name: "slow poll", batch: uuid.New(), script: script{slow},
			want: ending{attempts: 1, answered: true}},
		{name: "poll in time", batch: uuid.New(), script: script{inTime},
			want: ending{attempts: 50, answered: true}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := &Retrier{
					Policy: Policy{MaxAttempts: 50, MinDelay: time.Hour, MaxDelay: time.Hour},
					Logger: slog.New(slog.DiscardHandler),
					Next:   tt.script,
				}
				start := time.Now()
				out := r.Do(attempt.Call{
					Request:   httptest.NewRequest(tt.method, "https://sellers.example.com/orders", nil),
					Operation: &operation.Operation{Idempotent: tt.idempotent},
					Batch:     tt.batch,
				})
				got := ending{out.Attempts, out.Unknown, out.Interrupted, out.Response != nil, out.RetryAfter}
				if took := time.Since(start); got != tt.want || took < tt.least {
					t.Errorf("%+v after %v, want %+v after %v or more", got, took, tt.want, tt.least)
				}
			})
		})
	}
}
