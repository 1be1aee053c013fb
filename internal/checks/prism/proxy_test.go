package prism

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/api/apitest"
	"github.com/sellerscenter/client-go/generated"
)

// violation is how the type of every problem begins that Prism itself answers.
const violation = "https://stoplight.io/prism/errors#"

// startProxy starts Prism between the client and upstream. With --errors a violation of the spec, in the request or the answer,
// becomes an error answer.
func startProxy(t testing.TB, upstream http.Handler, flags ...string) *process {
	t.Helper()
	server := httptest.NewServer(upstream)
	t.Cleanup(server.Close)
	proxy, err := start("proxy", append(flags, "--errors", "../../../openapi.yaml", server.URL)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(proxy.stop)
	return proxy
}

// judge is the client's transport, and looks in every answer for what Prism found.
type judge struct {
	next http.RoundTripper

	mu       sync.Mutex
	answers  int
	findings []string
}

func (j *judge) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := j.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(resp.Body)
	if err := errors.Join(err, resp.Body.Close()); err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))

	var problem struct{ Type string }
	_ = json.Unmarshal(body, &problem) // what is no JSON is no problem of Prism's
	found := resp.Header.Get("Sl-Violations")
	if strings.HasPrefix(problem.Type, violation) {
		found += string(body)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.answers++
	if found != "" && !slices.Contains(j.findings, found) { // polls repeat
		j.findings = append(j.findings, found)
	}
	return resp, nil
}

func newClient(t testing.TB, proxy *process, key string, transport http.RoundTripper, opts ...api.Option) *api.Client {
	t.Helper()
	client, err := api.New(proxy.url, key, append([]api.Option{
		api.WithHTTPClient(&http.Client{Transport: transport}),
		api.WithRateLimit(60_000), // beyond what the test sends, so that polls need not be paced
		api.WithRetry(api.RetryPolicy{MinDelay: time.Millisecond, MaxDelay: time.Millisecond}),
	}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// item is complete, as the spec has it. Ids are above 2³² but not above 2⁵³, where Prism, being JavaScript, would round them.
func item(id int64, tracking string, errs ...string) generated.ShipmentResultItemSchema {
	return generated.ShipmentResultItemSchema{Success: len(errs) == 0, Errors: append([]string{}, errs...), RequestItem: generated.ShipmentItemSchema{
		OrderItems: []int64{id}, CarrierKey: "DHL_STD_NATIONAL", ShipmentTrackingKey: tracking, ReturnTrackingKey: "R" + tracking,
	}}
}

func TestWaitsKeepToTheSpec(t *testing.T) {
	const pending, processing, retry, completed, failed = generated.RequestStatusPending, generated.RequestStatusProcessing,
		generated.RequestStatusRetry, generated.RequestStatusCompleted, generated.RequestStatusFailed
	server := apitest.NewServer()
	server.LimitRequests(60_000) // for its headers
	proxy := startProxy(t, server)
	judge := &judge{next: http.DefaultTransport}
	client := newClient(t, proxy, apitest.Key, judge)
	// A violation is a 500 to the client, and a wait would bear it for minutes.
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()

	t.Run("batches", func(t *testing.T) {
		batches := map[uuid.UUID]apitest.Batch{}
		ids := []uuid.UUID{uuid.New()} // unknown to the server
		for _, b := range []apitest.Batch{
			{Statuses: []generated.RequestStatus{pending, processing, retry, completed}, Items: []generated.ShipmentResultItemSchema{
				item(4294967297, "00340434161094042557"), item(4294967298, "01475012345678", "carrier key is not active", "order item is already shipped"),
			}},
			{Statuses: []generated.RequestStatus{pending, processing, retry, failed}, Items: []generated.ShipmentResultItemSchema{item(9007199254740991, "H1001970003456701013", "order item is unknown")}},
			{Statuses: []generated.RequestStatus{retry, retry, completed}, Items: []generated.ShipmentResultItemSchema{}},
			{Statuses: []generated.RequestStatus{completed}, Items: []generated.ShipmentResultItemSchema{item(4294967299, "1Z999AA10123456784")}},
		} {
			id := server.AddBatch(b)
			batches[id], ids = b, append(ids, id)
		}
		server.Fail(apitest.Fault{Status: 503, Body: "<html>Service Unavailable</html>"},
			apitest.Fault{Status: 429, Header: http.Header{"Retry-After": {"0"}, "X-RateLimit-Limit": {"60000"}}})

		seen := map[uuid.UUID][]generated.RequestStatus{} // by progress, which goes on while the loop's body runs
		var ended, unknown int
		for got, err := range client.WaitShipOrderBatches(ctx, ids, api.WithPollInterval(5*time.Millisecond, 20*time.Millisecond),
			api.WithProgress(func(p api.Progress) { seen[p.ID] = append(seen[p.ID], p.Status) })) {
			if got == nil {
				unknown++
				var batchErr *api.BatchError
				if !errors.As(err, &batchErr) || batchErr.ID != ids[0] || !errors.Is(err, api.ErrNotFound) {
					t.Errorf("error %v, want a 404 of batch %s", err, ids[0])
				}
				continue
			}
			ended++
			want := batches[got.BatchRequestID]
			end := want.Statuses[len(want.Statuses)-1]
			if got.Status != end || errors.Is(err, api.ErrBatchFailed) != (end == failed) || !reflect.DeepEqual(got.Items, want.Items) {
				t.Errorf("result %+v, error %v, want %s with %+v", got, err, end, want.Items)
			}
		}
		if ended != len(batches) || unknown != 1 {
			t.Errorf("%d batches ended with a result and %d without, want %d and the unknown one", ended, unknown, len(batches))
		}
		for _, id := range ids {
			want := batches[id].Statuses
			if id == ids[0] {
				want = []generated.RequestStatus{""} // a poll that saw none
			}
			if !slices.Equal(seen[id], want) {
				t.Errorf("progress %v, want %v", seen[id], want)
			}
		}
	})

	for _, tt := range []struct {
		name     string
		key      string
		faults   []apitest.Fault
		sentinel error
		message  string
	}{
		{"400", apitest.Key, []apitest.Fault{{Status: 400, Body: `{"message":"the batch is of another seller"}`, Header: http.Header{"Content-Type": {"application/json"}}}}, api.ErrBadRequest, "the batch is of another seller"},
		{"401", "wrong-key", nil, api.ErrUnauthorized, "invalid API key"},
		{"404", apitest.Key, nil, api.ErrNotFound, "batch request not found"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			server.Fail(tt.faults...)
			_, err := newClient(t, proxy, tt.key, judge).WaitShipOrderBatch(ctx, uuid.New())
			var apiErr *api.Error
			if !errors.Is(err, tt.sentinel) || !errors.As(err, &apiErr) || apiErr.Message != tt.message || apiErr.Attempts != 1 {
				t.Errorf("error %v, want %q after one attempt", err, tt.message)
			}
		})
	}

	const polls, retries, refusals = 4 + 4 + 3 + 1 + 1, 2, 3
	if n := len(server.Requests()); judge.answers != polls+retries+refusals || n != judge.answers {
		t.Errorf("%d answers came through the proxy, %d from the server, want %d", judge.answers, n, polls+retries+refusals)
	}
	if len(judge.findings) > 0 {
		t.Errorf("Prism found violations:\n%s", strings.Join(judge.findings, "\n"))
	}
	if proxy.stop(); strings.Contains(proxy.log.String(), "Violation") || strings.Contains(proxy.log.String(), violation) {
		t.Errorf("Prism logged violations:\n%s", proxy.log.String())
	}
}

// TestProxyFindsViolations shows that the judge of the other test can find some.
func TestProxyFindsViolations(t *testing.T) {
	server := apitest.NewServer()
	proxy := startProxy(t, server)
	id := server.AddBatch(apitest.Batch{})
	answer := func(status int, body string) []apitest.Fault {
		return []apitest.Fault{{Status: status, Body: body, Header: http.Header{"Content-Type": {"application/json"}}}}
	}
	known := &generated.GetShipOrderBatchResultsParams{BatchRequestID: id}
	for _, tt := range []struct {
		name   string
		params *generated.GetShipOrderBatchResultsParams
		next   http.RoundTripper
		faults []apitest.Fault
		found  string
		status int // that the client sees
	}{
		{"none", known, http.DefaultTransport, nil, "", 200},
		{"answer without a status", known, http.DefaultTransport, answer(200, `{"batchRequestId":"`+id.String()+`","items":[]}`), "must have required property 'status'", 500},
		{"answer of an unknown status", known, http.DefaultTransport, answer(200, `{"batchRequestId":"`+id.String()+`","status":"cancelled","items":[]}`), "must be equal to one of the allowed values", 500},
		{"error without a message", known, http.DefaultTransport, answer(404, `{"detail":"no such batch"}`), "must have required property 'message'", 500},
		{"rate limit that is no integer", known, http.DefaultTransport, []apitest.Fault{{Status: 429, Header: http.Header{"X-RateLimit-Limit": {"200, 200;w=60"}}}}, "x-ratelimit-limit must be integer", 500},
		{"request without a batch", nil, http.DefaultTransport, nil, "must have required property 'batch_request_id'", 422},
		{"request without a key", known, keyless{}, nil, "UNAUTHORIZED", 401},
	} {
		t.Run(tt.name, func(t *testing.T) {
			server.Fail(tt.faults...)
			judge := &judge{next: tt.next}
			_, err := newClient(t, proxy, apitest.Key, judge, api.WithRetry(api.RetryPolicy{MaxAttempts: 1})).GetShipOrderBatchResultsWithResponse(t.Context(), tt.params)
			status := 200
			var apiErr *api.Error
			if errors.As(err, &apiErr) {
				status = apiErr.StatusCode
			}
			findings := strings.Join(judge.findings, "\n")
			if found := len(judge.findings) > 0; found != (tt.found != "") || !strings.Contains(findings, tt.found) || status != tt.status {
				t.Errorf("status %d, error %v, findings %q, want status %d and %q", status, err, findings, tt.status, tt.found)
			}
		})
	}
	if proxy.stop(); !strings.Contains(proxy.log.String(), violation) {
		t.Errorf("Prism logged no violations:\n%s", proxy.log.String())
	}
}

// TestRefusalsKeepToTheSpec: what the fake server answers of itself to requests that the client does not send, and beyond the limit.
func TestRefusalsKeepToTheSpec(t *testing.T) {
	server := apitest.NewServer()
	judge := &judge{next: http.DefaultTransport}
	proxy := startProxy(t, server, "--validate-request=false") // of requests; answers it judges all the same
	known := server.AddBatch(apitest.Batch{}).String()
	for i, tt := range []struct {
		query, key string
		limit      int
		want       int
	}{
		{"", apitest.Key, 0, 400},
		{"?batch_request_id=4711", apitest.Key, 0, 400},
		{"?batch_request_id=" + known, "wrong-key", 0, 401},
		{"?batch_request_id=" + uuid.NewString(), apitest.Key, 0, 404},
		{"?batch_request_id=" + known, apitest.Key, 1, 200},
		{"?batch_request_id=" + known, apitest.Key, 0, 429},
	} {
		if tt.limit > 0 {
			server.LimitRequests(tt.limit)
		}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, proxy.url+"/api/v1/results/ship-orders"+tt.query, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("X-API-Key", tt.key)
		resp, err := judge.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		if media, _, _ := strings.Cut(resp.Header.Get("Content-Type"), ";"); resp.StatusCode != tt.want || media != "application/json" {
			t.Errorf("answer %d: %d %s, want %d application/json", i, resp.StatusCode, media, tt.want)
		}
	}
	if len(judge.findings) > 0 {
		t.Errorf("Prism found violations:\n%s", strings.Join(judge.findings, "\n"))
	}
}
