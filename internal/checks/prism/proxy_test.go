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

// violation is how the type of every problem begins that Prism itself responds with.
const violation = "https://stoplight.io/prism/errors#"

// startProxy starts Prism between the client and upstream. With --errors a violation of the spec, in
// the request or the response, becomes an error response.
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

// judge is the client's transport, and looks in every response for what Prism found.
type judge struct {
	next http.RoundTripper

	mu        sync.Mutex
	responses int
	findings  []string
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
	_ = json.Unmarshal(body, &problem) // a problem of Prism's is JSON
	found := resp.Header.Get("Sl-Violations")
	if strings.HasPrefix(problem.Type, violation) {
		found += string(body)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.responses++
	if found != "" && !slices.Contains(j.findings, found) { // polls repeat
		j.findings = append(j.findings, found)
	}
	return resp, nil
}

func newClient(
	t testing.TB, proxy *process, key string, transport http.RoundTripper, opts ...api.Option,
) *api.Client {
	t.Helper()
	opts = append([]api.Option{
		api.WithHTTPClient(&http.Client{Transport: transport}),
		api.WithRateLimit(60_000), // beyond what the test sends, so that polls need not be paced
		api.WithRetry(api.RetryPolicy{MinDelay: time.Millisecond, MaxDelay: time.Millisecond}),
	}, opts...)
	client, err := api.New(proxy.url, key, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// item is complete, as the spec has it. Ids are above 2³² but not above 2⁵³, where Prism, being
// JavaScript, would round them.
func item(id int64, tracking string, errs ...string) generated.ShipmentResultItemSchema {
	return generated.ShipmentResultItemSchema{
		Success: len(errs) == 0,
		Errors:  append([]string{}, errs...),
		RequestItem: generated.ShipmentItemSchema{
			OrderItems:          []int64{id},
			CarrierKey:          "DHL_STD_NATIONAL",
			ShipmentTrackingKey: tracking,
			ReturnTrackingKey:   "R" + tracking,
		},
	}
}

// scripted is a batch as the server knows it and as the client is to find it.
type scripted struct {
	statuses []api.BatchStatus
	items    []generated.ShipmentResultItemSchema
}

var scriptedBatches = []scripted{
	{
		statuses: []api.BatchStatus{
			api.StatusPending, api.StatusProcessing, api.StatusRetry, api.StatusCompleted,
		},
		items: []generated.ShipmentResultItemSchema{
			item(4294967297, "00340434161094042557"),
			item(4294967298, "01475012345678", "carrier key is not active", "order item is already shipped"),
		},
	},
	{
		statuses: []api.BatchStatus{
			api.StatusPending, api.StatusProcessing, api.StatusRetry, api.StatusFailed,
		},
		items: []generated.ShipmentResultItemSchema{
			item(9007199254740991, "H1001970003456701013", "order item is unknown"),
		},
	},
	{
		statuses: []api.BatchStatus{api.StatusRetry, api.StatusRetry, api.StatusCompleted},
		items:    []generated.ShipmentResultItemSchema{},
	},
	{
		statuses: []api.BatchStatus{api.StatusCompleted},
		items:    []generated.ShipmentResultItemSchema{item(4294967299, "1Z999AA10123456784")},
	},
}

// waitForScripted waits for all scripted batches and one that the server does not know, through two
// responses that are faults.
func waitForScripted(ctx context.Context, t *testing.T, server *apitest.Server, client *api.Client) {
	t.Helper()
	batches := map[uuid.UUID]scripted{}
	unknown := uuid.New()
	ids := []uuid.UUID{unknown}
	for _, b := range scriptedBatches {
		id := server.AddBatch(apitest.Batch{Statuses: b.statuses, Items: b.items})
		batches[id] = b
		ids = append(ids, id)
	}
	server.Fail(
		apitest.Fault{Status: 503, Body: "<html>Service Unavailable</html>"},
		apitest.Fault{Status: 429, Header: http.Header{
			"Retry-After":       {"0"},
			"X-RateLimit-Limit": {"60000"},
		}},
	)

	seen := map[uuid.UUID][]api.BatchStatus{} // by progress, which goes on while the loop's body runs
	progress := api.WithProgress(func(p api.Progress) { seen[p.ID] = append(seen[p.ID], p.Status) })
	interval := api.WithPollInterval(5*time.Millisecond, 20*time.Millisecond)
	ended := 0
	refused := 0
	for got, err := range client.WaitShipOrderBatches(ctx, ids, interval, progress) {
		if got == nil {
			refused++
			var batchErr *api.BatchError
			if !errors.As(err, &batchErr) || batchErr.ID != unknown || !errors.Is(err, api.ErrNotFound) {
				t.Errorf("error %v, want a 404 of batch %s", err, unknown)
			}
			continue
		}
		ended++
		want := batches[got.BatchRequestID]
		end := want.statuses[len(want.statuses)-1]
		if string(got.Status) != string(end) || !reflect.DeepEqual(got.Items, want.items) {
			t.Errorf("result %+v, want %s with %+v", got, end, want.items)
		}
		if errors.Is(err, api.ErrBatchFailed) != (end == api.StatusFailed) {
			t.Errorf("%s, error %v", end, err)
		}
	}
	if ended != len(batches) || refused != 1 {
		t.Errorf("%d batches ended with a result, %d without, want %d and 1", ended, refused, len(batches))
	}
	for id, want := range batches {
		if !slices.Equal(seen[id], want.statuses) {
			t.Errorf("progress %v, want %v", seen[id], want.statuses)
		}
	}
	if want := []api.BatchStatus{""}; !slices.Equal(seen[unknown], want) {
		t.Errorf("progress of the unknown batch %q, want %q: a poll that saw none", seen[unknown], want)
	}
}

func TestWaitsKeepToTheSpec(t *testing.T) {
	server := apitest.NewServer()
	server.LimitRequests(60_000) // for its headers
	proxy := startProxy(t, server)
	judge := &judge{next: http.DefaultTransport}
	client := newClient(t, proxy, apitest.Key, judge)
	// A violation is a 500 to the client, and a wait would bear it for minutes.
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()

	t.Run("batches", func(t *testing.T) { waitForScripted(ctx, t, server, client) })

	anothers := apitest.Fault{
		Status: 400,
		Body:   `{"message":"the batch is of another seller"}`,
		Header: http.Header{"Content-Type": {"application/json"}},
	}
	for _, tt := range []struct {
		name     string
		key      string
		faults   []apitest.Fault
		sentinel error
		message  string
	}{
		{
			name:     "400",
			key:      apitest.Key,
			faults:   []apitest.Fault{anothers},
			sentinel: api.ErrBadRequest,
			message:  "the batch is of another seller",
		},
		{name: "401", key: "wrong-key", sentinel: api.ErrUnauthorized, message: "invalid API key"},
		{name: "404", key: apitest.Key, sentinel: api.ErrNotFound, message: "batch request not found"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			server.Fail(tt.faults...)
			_, err := newClient(t, proxy, tt.key, judge).WaitShipOrderBatch(ctx, uuid.New())
			var apiErr *api.Error
			if !errors.Is(err, tt.sentinel) || !errors.As(err, &apiErr) {
				t.Fatalf("error %v, want %v", err, tt.sentinel)
			}
			if apiErr.Message != tt.message || apiErr.Attempts != 1 {
				t.Errorf("error %v, want %q after one attempt", err, tt.message)
			}
		})
	}

	const (
		polls    = 4 + 4 + 3 + 1 + 1
		retries  = 2
		refusals = 3
		want     = polls + retries + refusals
	)
	if n := len(server.Requests()); judge.responses != want || n != want {
		t.Errorf("%d responses came through the proxy, %d from the server, want %d", judge.responses, n, want)
	}
	if len(judge.findings) > 0 {
		t.Errorf("Prism found violations:\n%s", strings.Join(judge.findings, "\n"))
	}
	proxy.stop()
	log := proxy.log.String()
	if strings.Contains(log, "Violation") || strings.Contains(log, violation) {
		t.Errorf("Prism logged violations:\n%s", log)
	}
}

// TestProxyFindsViolations shows that the judge of the other test can find some.
func TestProxyFindsViolations(t *testing.T) {
	server := apitest.NewServer()
	proxy := startProxy(t, server)
	id := server.AddBatch(apitest.Batch{})
	response := func(status int, body string) []apitest.Fault {
		header := http.Header{"Content-Type": {"application/json"}}
		return []apitest.Fault{{Status: status, Body: body, Header: header}}
	}
	known := &generated.GetShipOrderBatchResultsParams{BatchRequestID: id}
	for _, tt := range []struct {
		name    string
		params  *generated.GetShipOrderBatchResultsParams
		keyless bool
		faults  []apitest.Fault
		found   string
		status  int // that the client sees
	}{
		{
			name:   "none",
			params: known,
			status: 200,
		},
		{
			name:   "response without a status",
			params: known,
			faults: response(200, `{"batchRequestId":"`+id.String()+`","items":[]}`),
			found:  "must have required property 'status'",
			status: 500,
		},
		{
			name:   "response with an unknown status",
			params: known,
			faults: response(200, `{"batchRequestId":"`+id.String()+`","status":"cancelled","items":[]}`),
			found:  "must be equal to one of the allowed values",
			status: 500,
		},
		{
			name:   "error without a message",
			params: known,
			faults: response(404, `{"detail":"no such batch"}`),
			found:  "must have required property 'message'",
			status: 500,
		},
		{
			name:   "rate limit that is no integer",
			params: known,
			faults: []apitest.Fault{{
				Status: 429,
				Header: http.Header{"X-RateLimit-Limit": {"200, 200;w=60"}},
			}},
			found:  "x-ratelimit-limit must be integer",
			status: 500,
		},
		{
			name:   "request without a batch",
			found:  "must have required property 'batch_request_id'",
			status: 422,
		},
		{
			name:    "request without a key",
			params:  known,
			keyless: true,
			found:   "UNAUTHORIZED",
			status:  401,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			server.Fail(tt.faults...)
			judge := &judge{next: http.DefaultTransport}
			if tt.keyless {
				judge.next = keyless{}
			}
			once := api.WithRetry(api.RetryPolicy{MaxAttempts: 1})
			client := newClient(t, proxy, apitest.Key, judge, once)
			_, err := client.GetShipOrderBatchResultsWithResponse(t.Context(), tt.params)
			status := 200
			var apiErr *api.Error
			if errors.As(err, &apiErr) {
				status = apiErr.StatusCode
			}
			if status != tt.status {
				t.Errorf("status code %d, error %v, want %d", status, err, tt.status)
			}
			findings := strings.Join(judge.findings, "\n")
			if (findings == "") != (tt.found == "") || !strings.Contains(findings, tt.found) {
				t.Errorf("findings %q, want %q", findings, tt.found)
			}
		})
	}
	proxy.stop()
	if log := proxy.log.String(); !strings.Contains(log, violation) {
		t.Errorf("Prism logged no violations:\n%s", log)
	}
}

// TestRefusalsKeepToTheSpec is about the fake server's own responses: to requests that the client does
// not send, and beyond the limit.
func TestRefusalsKeepToTheSpec(t *testing.T) {
	server := apitest.NewServer()
	judge := &judge{next: http.DefaultTransport}
	proxy := startProxy(t, server, "--validate-request=false") // it judges responses all the same
	known := server.AddBatch(apitest.Batch{}).String()
	for i, tt := range []struct {
		query string
		key   string
		limit int
		want  int
	}{
		{query: "", key: apitest.Key, want: 400},
		{query: "?batch_request_id=4711", key: apitest.Key, want: 400},
		{query: "?batch_request_id=" + known, key: "wrong-key", want: 401},
		{query: "?batch_request_id=" + uuid.NewString(), key: apitest.Key, want: 404},
		{query: "?batch_request_id=" + known, key: apitest.Key, limit: 1, want: 200},
		{query: "?batch_request_id=" + known, key: apitest.Key, want: 429},
	} {
		if tt.limit > 0 {
			server.LimitRequests(tt.limit)
		}
		url := proxy.url + "/api/v1/results/ship-orders" + tt.query
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("X-API-Key", tt.key)
		resp, err := judge.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		media, _, _ := strings.Cut(resp.Header.Get("Content-Type"), ";")
		if resp.StatusCode != tt.want || media != "application/json" {
			t.Errorf("response %d: %d %s, want %d application/json", i, resp.StatusCode, media, tt.want)
		}
	}
	if len(judge.findings) > 0 {
		t.Errorf("Prism found violations:\n%s", strings.Join(judge.findings, "\n"))
	}
}
