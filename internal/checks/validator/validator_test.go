package validator

import (
	"errors"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/api/apitest"
	"github.com/sellerscenter/client-go/generated"
)

func newClient(t testing.TB, transport http.RoundTripper, opts ...api.Option) *api.Client {
	t.Helper()
	opts = append(opts, api.WithHTTPClient(&http.Client{Transport: transport}))
	client, err := api.New(apitest.URL, apitest.Key, opts...)
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
		judge := newJudge(t)
		judge.LimitRequests(200) // for its headers
		client := newClient(t, judge)
		responses := 0
		for _, batch := range batches {
			faults := []apitest.Fault{
				{Status: 503, Body: "<html>Service Unavailable</html>"},
				{Status: 429, Header: http.Header{"X-RateLimit-Limit": {"200"}}},
			}
			judge.Fail(faults...)
			responses += len(faults) + len(batch.Statuses)
			got, err := client.WaitShipOrderBatch(t.Context(), judge.AddBatch(batch))
			isFailed := slices.Contains(batch.Statuses, api.StatusFailed)
			if got == nil || !reflect.DeepEqual(got.Items, batch.Items) ||
				errors.Is(err, api.ErrBatchFailed) != isFailed || isFailed != (err != nil) {
				t.Errorf("result %+v, error %v, want the items %+v", got, err, batch.Items)
			}
		}
		_, notFound := client.WaitShipOrderBatch(t.Context(), uuid.New())
		judge.SetKey("another-key-0123456789")
		_, unauthorized := client.WaitShipOrderBatch(t.Context(), uuid.New())
		if !errors.Is(notFound, api.ErrNotFound) || !errors.Is(unauthorized, api.ErrUnauthorized) {
			t.Errorf("errors %v, %v, want a 404 and a 401", notFound, unauthorized)
		}
		judge.check(t, "", responses+2)
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
			judge := newJudge(t)
			judge.Fail(tt.response)
			transport := http.RoundTripper(judge)
			if tt.keyless {
				transport = keyless{next: judge}
			}
			client := newClient(t, transport, api.WithRetry(api.RetryPolicy{MaxAttempts: 1}))
			_, _ = client.GetShipOrderBatchResultsWithResponse(t.Context(), tt.params)
			judge.check(t, tt.found, 1)
		})
	}
}

// TestRefusalsKeepToTheSpec is about the fake server's own responses: to requests that the client
// does not send, and beyond the limit.
func TestRefusalsKeepToTheSpec(t *testing.T) {
	judge := newJudge(t)
	judge.LimitRequests(5)
	judge.lenient = true
	known := "?batch_request_id=" + judge.AddBatch(apitest.Batch{}).String()
	requests := []struct {
		query, key string
		want       int
	}{
		{"", apitest.Key, 400},
		{"?batch_request_id=4711", apitest.Key, 400},
		{known, "wrong-key", 401},
		{"?batch_request_id=" + uuid.NewString(), apitest.Key, 404},
		{known, apitest.Key, 200},
		{known, apitest.Key, 429},
	}
	for _, tt := range requests {
		url := apitest.URL + "/api/v1/results/ship-orders" + tt.query
		req, err := http.NewRequest(http.MethodGet, url, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("X-API-Key", tt.key)
		resp, err := judge.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		media := resp.Header.Get("Content-Type")
		if resp.StatusCode != tt.want || !strings.HasPrefix(media, "application/json") {
			t.Errorf("%s: %d %s, want %d application/json", tt.query, resp.StatusCode, media, tt.want)
		}
	}
	judge.check(t, "", len(requests))
}
