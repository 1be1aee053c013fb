package api_test

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"log/slog"
	"math"
	"net/http"
	"slices"

	"strings"

	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/generated"
)

// every makes polls at a fixed interval, so that a wait takes exactly as long as its row says.
func every(d time.Duration) api.WaitOption { return api.WithPollInterval(d, d) }

// contextEnd ends a context after a time, by its deadline or by a cancel.
type contextEnd struct {
	after  time.Duration
	cancel bool
}

func (e contextEnd) of(ctx context.Context) (context.Context, context.CancelFunc) {
	if e.after > 0 && !e.cancel {
		return context.WithTimeout(ctx, e.after)
	}
	ctx, cancel := context.WithCancel(ctx)
	if e.cancel {
		time.AfterFunc(e.after, cancel)
	}
	return ctx, cancel
}

// waitCase is what the polls of a wait find, and how the wait ends.
type waitCase struct {
	name   string
	polls  string // what each poll is answered with, as serve says, separated by a comma and a blank
	wait   []api.WaitOption
	client []api.Option
	end    contextEnd
	want   ending
	is     []error // what the wait's error matches
}

// ending is how a wait ends.
type ending struct {
	result   string // its status, empty for none
	requests int
	took     time.Duration
	err      string // its text after the batch's id, where GET stands for the operation
}

// checkWaits runs waits that poll every second unless they say otherwise.
func checkWaits(t *testing.T, cases []waitCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) { synctest.Test(t, c.check) })
	}
}

func (c waitCase) check(t *testing.T) {
	ctx, cancel := c.end.of(t.Context())
	defer cancel()
	var log strings.Builder
	logger := api.WithLogger(slog.New(slog.NewTextHandler(&log, nil)))
	s := serve(strings.Split(c.polls, ", ")...)
	client := newClient(t, s, append([]api.Option{noRetry, logger}, c.client...)...)
	opts := append([]api.WaitOption{every(time.Second)}, c.wait...)
	batch, err := client.WaitShipOrderBatch(ctx, batchID, opts...)

	got := ending{requests: len(s.arrived), took: time.Since(s.start), err: afterBatch(err)}
	if batch != nil {
		got.result = string(batch.Status)
	}
	isNot := func(target error) bool { return !errors.Is(err, target) }
	if got != c.want || slices.ContainsFunc(c.is, isNot) {
		t.Errorf("the wait ended with\n%+v, want\n%+v that matches %v", got, c.want, c.is)
	}
	if strings.Contains(log.String()+got.err, markedKey) {
		t.Errorf("the key shows in an error or a log record:\n%s\n%s", got.err, &log)
	}
}

// afterBatch returns what the text of a *BatchError of the batch says after its id.
func afterBatch(err error) string {
	var batchErr *api.BatchError
	if !errors.As(err, &batchErr) || batchErr.ID != batchID {
		return textOf(err)
	}
	text := strings.TrimPrefix(err.Error(), "sellerscenter: batch "+batchID.String()+": ")
	return strings.ReplaceAll(text, "GET "+operationPath+":", "GET")
}

// textOf returns an error's text, nothing for nil.
func textOf(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestWaitEndsWithTheBatch(t *testing.T) {
	checkWaits(t, []waitCase{
		{name: "completed at once", polls: "completed", want: ending{"completed", 1, 0, ""}},
		{
			name: "in progress", polls: "pending, processing, retry, completed",
			want: ending{"completed", 4, 3 * time.Second, ""},
		},
		{name: "unknown status", polls: "paused, completed", want: ending{"completed", 2, time.Second, ""}},
		{
			name: "failed", polls: "processing, failed", is: []error{api.ErrBatchFailed},
			want: ending{"failed", 2, time.Second, "failed after 2 polls (last status failed)"},
		},
		{
			name: "failed at once", polls: "failed", is: []error{api.ErrBatchFailed},
			want: ending{"failed", 1, 0, "failed after 1 poll (last status failed)"},
		},
	})
}

// TestWaitBearsWhatMayPass: after a response, or after a good poll, more may pass than before.
func TestWaitBearsWhatMayPass(t *testing.T) {
	borne := func(name, polls string, opts ...api.WaitOption) waitCase {
		requests := strings.Count(polls, ", ") + 1
		took := time.Duration(requests-1) * time.Second
		return waitCase{name: name, polls: polls, wait: opts, want: ending{"completed", requests, took, ""}}
	}
	manyTimes404 := strings.Repeat("404, ", 1000)
	fourMinutes := strings.Repeat("503, ", 240)
	checkWaits(t, []waitCase{
		borne("responses", "503, 429, 500, 408, 524, completed"),
		borne("no connection", "refused, completed"),
		borne("a host that vanishes after a good poll", "pending, no host, completed"),
		borne("a host that vanishes after a 503", "503, no host, completed"),
		borne("failures with a good poll between", fourMinutes+"pending, "+fourMinutes+"completed"),
		borne("404 within the grace", "404, 404, completed", api.WithNotFoundGrace(10*time.Second)),
		borne("404 within the longest grace", "404, completed", api.WithNotFoundGrace(math.MaxInt64)),
		borne("404 for long", manyTimes404+"completed", api.WithNotFoundGrace(time.Hour)),
		borne("then a 503", manyTimes404+"503, completed", api.WithNotFoundGrace(time.Hour)),
	})
}

// TestWaitEndsAtWhatWillNotPass: no patience helps where each further poll would meet the same.
func TestWaitEndsAtWhatWillNotPass(t *testing.T) {
	ends := func(polls string, requests int, says string, is ...error) waitCase {
		took := time.Duration(requests-1) * time.Second
		want := ending{"", requests, took, "ended after " + says + " (1 attempt)"}
		return waitCase{name: polls, polls: polls, want: want, is: is}
	}
	grace := ends("404", 3, "3 polls: GET 404: no", api.ErrNotFound)
	grace.name = "404 beyond the grace"
	grace.wait = []api.WaitOption{api.WithNotFoundGrace(2 * time.Second)}
	checkWaits(t, []waitCase{
		grace,
		ends("404", 1, "1 poll: GET 404: no", api.ErrNotFound),
		ends("pending, 400", 2, "2 polls (last status pending): GET 400: no", api.ErrBadRequest),
		ends("401", 1, "1 poll: GET 401: no", api.ErrUnauthorized),
		ends("pending, 401", 2, "2 polls (last status pending): GET 401: no", api.ErrUnauthorized),
		ends("403", 1, "1 poll: GET 403: no", api.ErrForbidden),
		ends("422", 1, "1 poll: GET 422: no"),
		ends("501", 1, "1 poll: GET 501: no", api.ErrServer),
		ends("no host", 1, "1 poll: GET dial: lookup : no such host", failures["no host"]),
		ends("untrusted", 1, "1 poll: GET tls: failed to verify certificate: "+
			"x509: certificate signed by unknown authority", failures["untrusted"]),
		ends("not TLS", 1, "1 poll: GET http: server gave HTTP response to HTTPS client",
			failures["not TLS"]),
	})
}

// TestPatienceOfAWait: a wait bears failures for five minutes, counted from the beginning of the
// first, and five of them.
func TestPatienceOfAWait(t *testing.T) {
	const (
		second = time.Second
		is503  = " polls (last status processing): GET 503: no (1 attempt)"
	)
	quarterly := []api.WaitOption{every(15 * time.Minute)}
	checkWaits(t, []waitCase{
		{
			name: "503 for four minutes", polls: "processing, " + strings.Repeat("503, ", 240) + "completed",
			want: ending{"completed", 242, 241 * second, ""},
		},
		{
			name: "503 for good", polls: "processing, 503", is: []error{api.ErrServer},
			want: ending{"", 302, 301 * second, "gave up after 5m of failures and 302" + is503},
		},
		{
			name: "two with a Retry-After", polls: "processing, 503/310, 503/310, completed",
			want: ending{"completed", 4, 621 * second, ""},
		},
		{
			name: "a Retry-After for good", polls: "processing, 503/310",
			want: ending{"", 6, 1241 * second, "gave up after 20m of failures and 6" + is503},
		},
		{
			name: "a long interval", polls: "processing, 503, 503, completed", wait: quarterly,
			want: ending{"completed", 4, 45 * time.Minute, ""},
		},
		{
			name: "a long interval for good", polls: "processing, 503", wait: quarterly,
			want: ending{"", 6, 75 * time.Minute, "gave up after 1h0m of failures and 6" + is503},
		},
		{
			name: "too slow to respond", polls: "processing, hang", is: []error{context.DeadlineExceeded},
			want: ending{"", 11, 310 * second, "gave up after 5m of failures and 11 polls " +
				"(last status processing): GET no complete response within 30s: " +
				"context deadline exceeded (1 attempt)"},
		},
		{
			name: "a success that is not the batch", polls: "processing, {}",
			want: ending{"", 302, 301 * second, "gave up after 5m of failures and 302 polls " +
				"(last status processing): GET 200: the server answered without a status (1 attempt)"},
		},
	})
}

// TestWaitErrorTexts has waits that their context ends. The last failure is kept, a poll that was not
// sent does not count, and nothing is repeated that a server has put in place of a status.
func TestWaitErrorTexts(t *testing.T) {
	const ms = time.Millisecond
	cancelled := func(polls, says string) waitCase {
		return waitCase{
			name: polls + ", cancelled", polls: polls, end: contextEnd{1500 * ms, true},
			want: ending{"", 2, 1500 * ms, "canceled after 2 polls" + says}, is: []error{context.Canceled},
		}
	}
	late := func(polls, says string, is ...error) waitCase {
		return waitCase{
			name: polls, polls: polls, end: contextEnd{4500 * ms, false},
			want: ending{"", 5, 3750 * ms, "deadline exceeded after 5 polls" + says},
			is:   append(is, context.DeadlineExceeded),
		}
	}
	oneAMinute := func(c waitCase, want ending) waitCase {
		c.name += ", then not sent"
		c.client = []api.Option{api.WithRateLimit(1)}
		c.want = want
		return c
	}
	checkWaits(t, []waitCase{
		cancelled("processing, pending", " (last status pending)"),
		cancelled("pending, 503", " (last status pending): GET 503: no (1 attempt)"),
		cancelled("503, pending", " (last status pending)"),
		cancelled("pending, hang", " (last status pending)"),
		late("pending, processing", " (last status processing)"),
		late("pending, 503", " (last status pending): GET 503: no (1 attempt)", api.ErrServer),
		late("502", ": GET 502: no (1 attempt)", api.ErrServer),
		late("partially_completed", " (last status partially_completed)"),
		late(markedKey, " (last status unknown)"),
		late("a\nb", " (last status unknown)"),
		late(strings.Repeat("x", 99), " (last status unknown)"),
		oneAMinute(late("502", "", api.ErrServer), ending{"", 1, 3750 * ms,
			"deadline exceeded after 1 poll: GET 502: no (1 attempt)"}),
		oneAMinute(late("429/1", "", api.ErrRateLimited), ending{"", 1, 3750 * ms,
			"deadline exceeded after 1 poll: GET 429: no (1 attempt)"}),
		oneAMinute(late("refused", "", failures["refused"]), ending{"", 1, 4500 * ms,
			"deadline exceeded after 1 poll: GET dial tcp: connect: connection refused (1 attempt)"}),
	})
}

// TestKeySourceThatFailsInAWait: a source that gave a key before may give one again.
func TestKeySourceThatFailsInAWait(t *testing.T) {
	sealed := errors.New("vault is sealed")
	failing := func(first, last int) api.Option { // questions
		asked := 0
		return api.WithKeySource(func(context.Context) (string, error) {
			asked++
			if asked >= first && asked <= last {
				return "", sealed
			}
			return markedKey, nil
		})
	}
	checkWaits(t, []waitCase{
		{
			name: "once", polls: "pending, completed", client: []api.Option{failing(2, 2)},
			want: ending{"completed", 2, 2 * time.Second, ""},
		},
		{
			name: "once, before a retry", polls: "503/1, completed",
			client: []api.Option{failing(2, 2), api.WithRetry(api.RetryPolicy{})},
			want:   ending{"completed", 2, 2 * time.Second, ""},
		},
		{
			name: "for good", polls: "pending", client: []api.Option{failing(2, math.MaxInt)},
			is: []error{sealed},
			want: ending{"", 1, 301 * time.Second,
				"gave up after 5m of failures and 302 polls (last status pending): " +
					"GET key source: vault is sealed (not sent)"},
		},
		{
			name: "at first", polls: "pending", client: []api.Option{failing(1, 1)}, is: []error{sealed},
			want: ending{"", 0, 0, "ended after 1 poll: GET key source: vault is sealed (not sent)"},
		},
	})
}

// TestSuccessThatIsNotTheBatch: after a good poll it may pass, before one it does not.
func TestSuccessThatIsNotTheBatch(t *testing.T) {
	const (
		noStatus = "200: the server answered without a status"
		page     = "<html><title>Maintenance</title></html>"
		syntax   = "200: the body does not decode: unexpected end of JSON input"
	)
	id := batchID.String()
	other := uuid.NewString()
	for _, tt := range []struct{ name, answer, says string }{
		{"empty", "=", syntax},
		{"blank", "= \r\n", syntax},
		{"null", "=null", "the body does not decode: the body is null"},
		{"an empty object", "={}", noStatus},
		{"a message", `={"message":"down for a day"}`, noStatus + ": down for a day"},
		{"an error", `={"error":{"detail":["down"]}}`, noStatus + ": down"},
		{"no status", `={"batchRequestId":"` + id + `","items":[]}`, noStatus},
		{"null for a status", `={"status":null,"items":[]}`, noStatus},
		{"a number for a status", `={"status":7}`, "RequestStatus"},
		{"a page as JSON", "=" + page, "beginning of value: Maintenance"},
		{"a page", page, `not content type "text/html": Maintenance`},
		{
			"another batch", `={"batchRequestId":"` + other + `","status":"completed","items":[]}`,
			"200: the server answered for batch " + other,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := serve("processing", tt.answer, "completed")
				_, between := newClient(t, s).WaitShipOrderBatch(t.Context(), batchID)
				_, first := newClient(t, serve(tt.answer)).WaitShipOrderBatch(t.Context(), batchID)
				text := afterBatch(first)
				if between != nil || !strings.HasPrefix(text, "ended after 1 poll: GET ") ||
					!strings.Contains(text, tt.says+" (1 attempt)") {
					t.Errorf("error %v between good polls, at first %q, want %q", between, text, tt.says)
				}
				if body := string(answered(first).Body); body != strings.TrimPrefix(tt.answer, "=") {
					t.Errorf("the error has the body %q", body)
				}
			})
		})
	}
}

// TestOwnPoll has poll functions as users write them.
func TestOwnPoll(t *testing.T) {
	type poll = func(context.Context, *api.Client) (api.BatchStatus, error)
	own := errors.New("no such carrier: DHL_STD_NATIONAL")
	call := func(ctx context.Context, c *api.Client) (api.BatchStatus, error) {
		resp, err := get(ctx, c)
		if err != nil {
			return "", fmt.Errorf("poll: %w", err)
		}
		return api.BatchStatus(resp.JSON200.Status), nil
	}
	impatient := func(ctx context.Context, c *api.Client) (api.BatchStatus, error) {
		ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
		defer cancel()
		return call(ctx, c)
	}
	for _, tt := range []struct {
		name, answers string
		poll          poll
		polls         int
		err           string
	}{
		{"no status between good polls", "pending, {}, completed", call, 3, ""},
		{"no status at first", "{}", call, 1, "ended after 1 poll: the server answered without a status"},
		{"a page between good polls", "pending, <html>, completed", call, 3, ""},
		{"its own timeout", "hang, completed", impatient, 2, ""},
		{
			"its own error", "completed",
			func(context.Context, *api.Client) (api.BatchStatus, error) { return "", own }, 1,
			"ended after 1 poll: " + own.Error(),
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				polls := 0
				c := newClient(t, serve(strings.Split(tt.answers, ", ")...))
				result, err := api.Wait(t.Context(), c, batchID,
					func(ctx context.Context, _ uuid.UUID) (int, api.BatchStatus, error) {
						polls++
						status, err := tt.poll(ctx, c)
						return polls, status, err
					})
				text := afterBatch(err)
				if polls != tt.polls || text != tt.err || err == nil && result != polls {
					t.Errorf("%d after %d polls, error %q, want %+v", result, polls, text, tt)
				}
			})
		})
	}
}

// TestWaitForNothing: the likeliest of these mistakes is a field that was never set.
func TestWaitForNothing(t *testing.T) {
	polled := 0
	poll := func(context.Context, uuid.UUID) (int, api.BatchStatus, error) {
		polled++
		return 1, api.StatusCompleted, nil
	}
	c := newClient(t, serve("completed"))
	for _, tt := range []struct {
		batches iter.Seq2[int, error]
		says    string
	}{
		{api.WaitAll(t.Context(), c, []uuid.UUID{uuid.Nil}, poll), "the batch's id is nil;"},
		{api.WaitAll[int](t.Context(), c, newIDs(1), nil), "the client or the poll function is nil"},
		{api.WaitAll(t.Context(), nil, newIDs(1), poll), "the client or the poll function is nil"},
	} {
		for _, err := range tt.batches {
			isOurs := errors.As(err, new(*api.BatchError))
			if !isOurs || !strings.Contains(err.Error(), tt.says) || polled > 0 {
				t.Errorf("%d polls, error %v, want a *BatchError that says %q", polled, err, tt.says)
			}
		}
	}
}

// TestPollsBypassCaches: a cache in between could answer for ever with the first poll's status.
func TestPollsBypassCaches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got []string
		c := newClient(t, after(func(r *http.Request) {
			got = append(got, strings.Join(r.Header.Values("Cache-Control"), ", "))
		}, serve("completed", "pending", "completed").RoundTrip))
		_, direct := get(t.Context(), c)
		_, err := c.WaitShipOrderBatch(t.Context(), batchID)
		want := []string{"", "no-cache", "no-cache"} // a call of the user's is the user's affair
		if direct != nil || err != nil || !slices.Equal(got, want) {
			t.Errorf("errors %v, %v, Cache-Control %q of a call and two polls", direct, err, got)
		}
	})
}

// fakeMethods is a fake of a user's.
type fakeMethods struct {
	generated.ClientWithResponsesInterface

	response *generated.GetShipOrderBatchResultsResponse
}

func (f fakeMethods) GetShipOrderBatchResultsWithResponse(
	context.Context, *generated.GetShipOrderBatchResultsParams, ...generated.RequestEditorFn,
) (*generated.GetShipOrderBatchResultsResponse, error) {
	return f.response, nil
}

func TestFakeWithoutTheBatchIsAnError(t *testing.T) {
	type response = generated.GetShipOrderBatchResultsResponse
	const noResult = "the client returned neither a result nor an error; is it a fake?"
	other := generated.ShipmentOrderResultsResponseSchema{BatchRequestID: uuid.New(), Status: "completed"}
	without := generated.ShipmentOrderResultsResponseSchema{}
	for _, tt := range []struct {
		response *response
		says     string
	}{
		{nil, noResult},
		{&response{}, noResult},
		{&response{JSON200: &without}, "the server answered without a status"},
		{&response{JSON200: &other}, "the server answered for batch " + other.BatchRequestID.String()},
	} {
		c := &api.Client{ClientWithResponsesInterface: fakeMethods{response: tt.response}}
		batch, err := c.WaitShipOrderBatch(t.Context(), batchID)
		if text := afterBatch(err); batch != nil || text != "ended after 1 poll: "+tt.says {
			t.Errorf("result %v, error %q, want %q", batch, text, tt.says)
		}
	}
}
