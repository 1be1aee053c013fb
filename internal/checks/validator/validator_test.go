package validator

import (
	"errors"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/api/apitest"
	"github.com/sellerscenter/client-go/generated"
)

func newClient(t testing.TB, key string, transport http.RoundTripper, opts ...api.Option) *api.Client {
	t.Helper()
	opts = append(opts, api.WithHTTPClient(&http.Client{Transport: transport}))
	client, err := api.New(apitest.URL, key, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func item(id int64, errs ...string) generated.ShipmentResultItemSchema {
	return generated.ShipmentResultItemSchema{
		Success: len(errs) == 0,
		Errors:  append([]string{}, errs...),
		RequestItem: generated.ShipmentItemSchema{
			OrderItems:          []int64{id},
			CarrierKey:          "DHL_STD_NATIONAL",
			ShipmentTrackingKey: "00340434161094042557",
			ReturnTrackingKey:   "R00340434161094042557",
		},
	}
}

var batches = []apitest.Batch{
	{
		Statuses: []api.BatchStatus{
			api.StatusPending, api.StatusProcessing, api.StatusRetry, api.StatusCompleted,
		},
		Items: []generated.ShipmentResultItemSchema{
			item(4294967297),
			item(9007199254740993, "carrier key is not active", "order item is already shipped"),
		},
	},
	{
		Statuses: []api.BatchStatus{api.StatusProcessing, api.StatusFailed},
		Items:    []generated.ShipmentResultItemSchema{item(9007199254740991, "order item is unknown")},
	},
	{
		Statuses: []api.BatchStatus{api.StatusCompleted},
		Items:    []generated.ShipmentResultItemSchema{},
	},
}

func TestWaitsKeepToTheSpec(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := apitest.NewServer()
		defer server.Close()
		server.LimitRequests(200) // for its headers
		judge := newJudge(t, server.HTTPClient().Transport)
		for _, batch := range batches {
			id := server.AddBatch(batch)
			server.Fail(
				apitest.Fault{Status: 503, Body: "<html>Service Unavailable</html>"},
				apitest.Fault{Status: 429, Header: http.Header{"X-RateLimit-Limit": {"200"}}},
			)
			got, err := newClient(t, apitest.Key, judge).WaitShipOrderBatch(t.Context(), id)
			end := batch.Statuses[len(batch.Statuses)-1]
			if errors.Is(err, api.ErrBatchFailed) != (end == api.StatusFailed) || got == nil {
				t.Fatalf("result %+v, error %v, want %s", got, err, end)
			}
			if !reflect.DeepEqual(got.Items, batch.Items) {
				t.Errorf("items %+v, want %+v", got.Items, batch.Items)
			}
		}
		for key, sentinel := range map[string]error{
			apitest.Key: api.ErrNotFound,
			"wrong-key": api.ErrUnauthorized,
		} {
			_, err := newClient(t, key, judge).WaitShipOrderBatch(t.Context(), uuid.New())
			if !errors.Is(err, sentinel) {
				t.Errorf("error %v, want %v", err, sentinel)
			}
		}
		const (
			polls    = 4 + 2 + 1
			faults   = 2 * 3
			refusals = 2
			want     = polls + faults + refusals
		)
		if n := len(server.Requests()); judge.responses != want || n != want {
			t.Errorf("%d responses were judged, of %d requests, want %d", judge.responses, n, want)
		}
		if len(judge.findings) > 0 {
			t.Errorf("violations of the spec:\n%v", errors.Join(judge.findings...))
		}
	})
}

// keyless takes the key away again, below the client.
type keyless struct{ next http.RoundTripper }

func (k keyless) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Del("X-API-Key")
	return k.next.RoundTrip(r)
}

const knownID = "0d7c3f4e-1f5b-4c8e-9b61-6f1a2c3d4e5f"

var known = &generated.GetShipOrderBatchResultsParams{BatchRequestID: uuid.MustParse(knownID)}

func reply(status int, body string) apitest.Fault {
	header := http.Header{"Content-Type": {"application/json"}}
	return apitest.Fault{Status: status, Body: body, Header: header}
}

func result(status, items string) apitest.Fault {
	return reply(200, `{"batchRequestId":"`+knownID+`","status":"`+status+`","items":`+items+`}`)
}

var violations = []struct {
	name     string
	params   *generated.GetShipOrderBatchResultsParams
	keyless  bool
	response apitest.Fault
	found    string
}{
	{name: "none", params: known, response: result("pending", `[]`)},
	{
		name:     "response without a status",
		params:   known,
		response: reply(200, `{"batchRequestId":"`+knownID+`","items":[]}`),
		found:    "status",
	},
	{name: "unknown status", params: known, response: result("cancelled", `[]`), found: "status"},
	{name: "items that are null", params: known, response: result("pending", `null`), found: "items"},
	{
		name:     "response that is no JSON",
		params:   known,
		response: apitest.Fault{Status: 200, Body: "<html>"},
		found:    "Content-Type",
	},
	{
		name:     "error without a message",
		params:   known,
		response: reply(404, `{"detail":"no such batch"}`),
		found:    "message",
	},
	{
		name:     "rate limit that is no integer",
		params:   known,
		response: apitest.Fault{Status: 429, Header: http.Header{"X-RateLimit-Limit": {"200, 200;w=60"}}},
		found:    "X-RateLimit-Limit",
	},
	{name: "request without a batch", response: result("pending", `[]`), found: "batch_request_id"},
	{
		name:     "request without a key",
		params:   known,
		keyless:  true,
		response: result("pending", `[]`),
		found:    "security",
	},
}

// TestValidatorFindsViolations shows that the judge of the other tests can find some.
func TestValidatorFindsViolations(t *testing.T) {
	for _, tt := range violations {
		t.Run(tt.name, func(t *testing.T) {
			server := apitest.NewServer()
			defer server.Close()
			server.Fail(tt.response)
			judge := newJudge(t, server.HTTPClient().Transport)
			transport := http.RoundTripper(judge)
			if tt.keyless {
				transport = keyless{next: judge}
			}
			once := api.WithRetry(api.RetryPolicy{MaxAttempts: 1})
			client := newClient(t, apitest.Key, transport, once)
			_, _ = client.GetShipOrderBatchResultsWithResponse(t.Context(), tt.params)
			found := errors.Join(judge.findings...)
			if tt.found == "" && found != nil {
				t.Errorf("found %v, want nothing", found)
			}
			if tt.found != "" && (found == nil || !strings.Contains(found.Error(), tt.found)) {
				t.Errorf("found %v, want %q", found, tt.found)
			}
			if judge.responses != 1 {
				t.Errorf("%d responses were judged, want one", judge.responses)
			}
		})
	}
}

// TestRefusalsKeepToTheSpec is about the fake server's own responses: to requests that the client
// does not send, and beyond the limit.
func TestRefusalsKeepToTheSpec(t *testing.T) {
	server := apitest.NewServer()
	defer server.Close()
	judge := newJudge(t, server.HTTPClient().Transport)
	judge.lenient = true
	batch := server.AddBatch(apitest.Batch{}).String()
	for _, tt := range []struct {
		query string
		key   string
		limit int
		want  int
	}{
		{query: "", key: apitest.Key, want: 400},
		{query: "?batch_request_id=4711", key: apitest.Key, want: 400},
		{query: "?batch_request_id=" + batch, key: "wrong-key", want: 401},
		{query: "?batch_request_id=" + uuid.NewString(), key: apitest.Key, want: 404},
		{query: "?batch_request_id=" + batch, key: apitest.Key, limit: 1, want: 200},
		{query: "?batch_request_id=" + batch, key: apitest.Key, want: 429},
	} {
		if tt.limit > 0 {
			server.LimitRequests(tt.limit)
		}
		url := apitest.URL + "/api/v1/results/ship-orders" + tt.query
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
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
			t.Errorf("%s: %d %s, want %d application/json", tt.query, resp.StatusCode, media, tt.want)
		}
	}
	if len(judge.findings) > 0 {
		t.Errorf("violations of the spec:\n%v", errors.Join(judge.findings...))
	}
}
