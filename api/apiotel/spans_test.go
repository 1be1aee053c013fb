package apiotel_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/api/apitest"
)

// atOnce retries without a delay, so that durations are known.
var atOnce = api.WithRetry(api.RetryPolicy{MinDelay: 1, MaxDelay: 1})

// TestSpans looks at all that spans have.
func TestSpans(t *testing.T) {
	call := func(ctx context.Context, f *fixture) { _ = f.call(ctx) }
	inLine := func(ctx context.Context, f *fixture) {
		_ = f.call(ctx)
		impatient, cancel := context.WithCancel(ctx)
		defer time.AfterFunc(5*time.Second, cancel).Stop()
		_ = f.call(impatient)
		_ = f.call(ctx)
	}
	wait := func(ctx context.Context, f *fixture) {
		_, _ = f.client.WaitShipOrderBatch(ctx, batchID, api.WithPollInterval(time.Second, time.Second))
	}
	for _, tt := range []struct {
		name   string
		opts   []api.Option
		faults []apitest.Fault
		do     func(context.Context, *fixture)
		want   []string
	}{
		{name: "success", do: call, want: []string{
			`  CALL sc.attempts=1 sc.queue.duration=0 0s internal`,
			`    ATTEMPT TOLD status=200 HTTP/1.1 0s client`,
		}},
		{name: "503 and 429, then success", do: call, faults: []apitest.Fault{
			{Status: 503, Body: "<html>busy</html>", Delay: 2 * time.Second},
			{Status: 429, Header: http.Header{"Retry-After": {"7"}}},
		}, want: []string{
			`  CALL sc.attempts=3 sc.queue.duration=0 9s internal`,
			`    ATTEMPT TOLD status=503 HTTP/1.1 error.type=503 Error "" 2s client`,
			`    ATTEMPT resend=1 TOLD status=429 HTTP/1.1 error.type=429 Error "" 0s client`,
			`    ATTEMPT resend=2 TOLD status=200 HTTP/1.1 0s client`,
		}},
		{name: "cut, then success", do: call, faults: []apitest.Fault{{Cut: true}}, want: []string{
			`  CALL sc.attempts=2 sc.queue.duration=0 0s internal`,
			`    ATTEMPT TOLD error.type=connection Error "body of the response with status code 200: ` +
				`unexpected EOF" 0s client`,
			`    ATTEMPT resend=1 TOLD status=200 HTTP/1.1 0s client`,
		}},
		{name: "404", do: call, faults: []apitest.Fault{{Status: 404}}, want: []string{
			`  CALL sc.attempts=1 sc.queue.duration=0 error.type=404 ` +
				`Error "sellerscenter: GET /...: 404: Not Found (1 attempt)" 0s internal`,
			`    ATTEMPT TOLD status=404 HTTP/1.1 error.type=404 Error "" 0s client`,
		}},
		{name: "nothing but 503", do: call, faults: []apitest.Fault{
			{Status: 503}, {Status: 503}, {Status: 503}, {Status: 503},
		}, want: []string{
			`  CALL sc.attempts=4 sc.queue.duration=0 error.type=503 ` +
				`Error "sellerscenter: GET /...: 503: Service Unavailable (4 attempts)" 0s internal`,
			`    ATTEMPT TOLD status=503 HTTP/1.1 error.type=503 Error "" 0s client`,
			`    ATTEMPT resend=1 TOLD status=503 HTTP/1.1 error.type=503 Error "" 0s client`,
			`    ATTEMPT resend=2 TOLD status=503 HTTP/1.1 error.type=503 Error "" 0s client`,
			`    ATTEMPT resend=3 TOLD status=503 HTTP/1.1 error.type=503 Error "" 0s client`,
		}},
		{name: "in line", do: inLine, opts: []api.Option{api.WithRateLimit(1)}, want: []string{
			`  CALL sc.attempts=1 sc.queue.duration=0 0s internal`,
			`    ATTEMPT TOLD status=200 HTTP/1.1 0s client`,
			`  CALL sc.attempts=0 sc.queue.duration=5 error.type=canceled Error "sellerscenter: GET /...: ` +
				`waiting for the rate limit: context canceled (not sent)" 5s internal`,
			`  CALL sc.attempts=1 sc.queue.duration=55.01 55.01s internal`,
			`    ATTEMPT TOLD status=200 HTTP/1.1 0s client`,
		}},
		{name: "wait", do: wait, faults: []apitest.Fault{
			{}, {Status: 502, Delay: time.Second},
		}, want: []string{
			`  WAIT sc.batch.id=BATCH sc.batch.status=completed sc.polls=2 2s internal`,
			`    CALL sc.batch.id=BATCH sc.attempts=1 sc.queue.duration=0 0s internal`,
			`      ATTEMPT sc.batch.id=BATCH TOLD status=200 HTTP/1.1 0s client`,
			`    CALL sc.batch.id=BATCH sc.attempts=2 sc.queue.duration=0 1s internal`,
			`      ATTEMPT sc.batch.id=BATCH TOLD status=502 HTTP/1.1 error.type=502 Error "" 1s client`,
			`      ATTEMPT sc.batch.id=BATCH resend=1 TOLD status=200 HTTP/1.1 0s client`,
		}},
		{name: "wait that a 403 ends", do: wait, faults: []apitest.Fault{{Status: 403}}, want: []string{
			`  WAIT sc.batch.id=BATCH sc.batch.status=none sc.polls=1 error.type=403 ` +
				`Error "sellerscenter: batch BATCH: ended after 1 poll: ` +
				`GET /...: 403: Forbidden (1 attempt)" 0s internal`,
			`    CALL sc.batch.id=BATCH sc.attempts=1 sc.queue.duration=0 error.type=403 ` +
				`Error "sellerscenter: GET /...: 403: Forbidden (1 attempt)" 0s internal`,
			`      ATTEMPT sc.batch.id=BATCH TOLD status=403 HTTP/1.1 error.type=403 Error "" 0s client`,
		}},
		{name: "wait for a batch that fails", do: wait, faults: []apitest.Fault{
			{Body: `{"batchRequestId": "` + batch + `", "status": "failed", "items": []}`},
		}, want: []string{
			`  WAIT sc.batch.id=BATCH sc.batch.status=failed sc.polls=1 error.type=batch_failed ` +
				`Error "sellerscenter: batch BATCH: failed after 1 poll (last status failed)" 0s internal`,
			`    CALL sc.batch.id=BATCH sc.attempts=1 sc.queue.duration=0 0s internal`,
			`      ATTEMPT sc.batch.id=BATCH TOLD status=200 HTTP/1.1 0s client`,
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFixture(t, append(tt.opts, atOnce))
				f.server.Fail(tt.faults...)
				got := f.under(t, func(ctx context.Context) { tt.do(ctx, f) })
				if !slices.Equal(got, tt.want) {
					t.Errorf("spans\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(tt.want, "\n"))
				}
			})
		})
	}
}

// TestAttemptEndsWithItsBody sends the body of a response three seconds after its header.
func TestAttemptEndsWithItsBody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, nil)
		f.send = func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 403, Proto: "HTTP/2.0", Body: slowBody{}}, nil
		}
		spans := f.under(t, func(ctx context.Context) { _ = f.call(ctx) })
		const want = `    ATTEMPT TOLD status=403 HTTP/2 error.type=403 Error "" 3s client`
		if spans[1] != want || !strings.Contains(f.metrics(t), "TARGET: 1 in 3 s") {
			t.Errorf("spans\n%s\nmetrics\n%s", spans, f.metrics(t))
		}
	})
}

// slowBody is an empty body that takes three seconds to read.
type slowBody struct{}

func (slowBody) Read([]byte) (int, error) {
	time.Sleep(3 * time.Second)
	return 0, io.EOF
}

func (slowBody) Close() error { return nil }

// TestSpansOfManyWaits lets the polls of twenty waits overlap, many of which are sent again, and
// stops the last wait.
func TestSpansOfManyWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, nil)
		const waits = 20
		statuses := []api.BatchStatus{api.StatusPending, api.StatusProcessing, api.StatusCompleted}
		var ids []uuid.UUID
		for range waits {
			ids = append(ids, f.server.AddBatch(apitest.Batch{Statuses: statuses}))
			f.server.Fail(apitest.Fault{Delay: time.Second}, apitest.Fault{Status: 503})
		}
		lines := f.under(t, func(ctx context.Context) {
			left := waits
			for range f.client.WaitShipOrderBatches(ctx, ids) { //nolint:errcheck // seen in the spans
				left--
				if left == 1 {
					break
				}
			}
		})
		text := strings.Join(lines, "\n") + "\n"
		got := fmt.Sprintf("%d resent, %d completed, %d canceled, %d without an end",
			strings.Count(text, " resend="),
			strings.Count(text, "sc.batch.status=completed"),
			strings.Count(text, "error.type=canceled Error \"sellerscenter: batch"),
			strings.Count(text, " -"))
		if got != "20 resent, 19 completed, 1 canceled, 0 without an end" {
			t.Error(got)
		}
		for _, wait := range strings.Split(text, "  WAIT ")[1:] {
			id, _, _ := strings.Cut(wait, " ")
			if strings.Count(wait, id) != strings.Count(wait, "\n") {
				t.Errorf("calls or attempts of another batch below the wait for %s:\n%s", id, wait)
			}
		}
	})
}
