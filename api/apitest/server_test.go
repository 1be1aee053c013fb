package apitest_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/api/apitest"
	"github.com/sellerscenter/client-go/generated"
)

func newClient(t testing.TB, s *apitest.Server, key string, opts ...api.Option) *api.Client {
	t.Helper()
	c, err := api.New(apitest.URL, key, append(opts, api.WithHTTPClient(s.HTTPClient()))...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func results(t testing.TB, c *api.Client, id uuid.UUID) (*generated.ShipmentOrderResultsResponseSchema, error) {
	t.Helper()
	resp, err := c.GetShipOrderBatchResultsWithResponse(t.Context(), &generated.GetShipOrderBatchResultsParams{BatchRequestID: id})
	if err != nil {
		return nil, err
	}
	return resp.JSON200, nil
}

func TestBatchGoesThroughItsStatuses(t *testing.T) {
	s := apitest.NewServer()
	defer s.Close()
	id := s.AddBatch(apitest.Batch{
		Statuses: []generated.RequestStatus{generated.RequestStatusPending, generated.RequestStatusProcessing, generated.RequestStatusFailed},
		Items:    []generated.ShipmentResultItemSchema{{Errors: []string{"order item is unknown"}, RequestItem: generated.ShipmentItemSchema{OrderItems: []int64{9007199254740993}}}},
	})
	c := newClient(t, s, apitest.Key)
	for _, want := range []struct {
		status generated.RequestStatus
		items  int
	}{{"pending", 0}, {"processing", 0}, {"failed", 1}, {"failed", 1}} {
		got, err := results(t, c, id)
		if err != nil || got.BatchRequestID != id || got.Status != want.status || len(got.Items) != want.items {
			t.Fatalf("results %+v, error %v, want status %s and %d items", got, err, want.status, want.items)
		}
		if want.items > 0 && got.Items[0].RequestItem.OrderItems[0] != 9007199254740993 {
			t.Errorf("item %+v", got.Items[0])
		}
	}
}

func TestRefusals(t *testing.T) {
	s := apitest.NewServer()
	defer s.Close()
	if _, err := results(t, newClient(t, s, "wrong-key"), s.AddBatch(apitest.Batch{})); !errors.Is(err, api.ErrUnauthorized) {
		t.Errorf("wrong key: error %v", err)
	}
	c := newClient(t, s, apitest.Key)
	if _, err := results(t, c, uuid.New()); !errors.Is(err, api.ErrNotFound) {
		t.Errorf("unknown batch: error %v", err)
	}
	if _, err := c.GetShipOrderBatchResultsWithResponse(t.Context(), nil); !errors.Is(err, api.ErrBadRequest) {
		t.Errorf("no batch: error %v", err)
	}
	for url, status := range map[string]int{"/api/v1/no-such-operation": 501, "/api/v1/results/ship-orders": 405} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, apitest.URL+url, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("X-API-Key", apitest.Key)
		resp, err := s.HTTPClient().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		if err := resp.Body.Close(); err != nil || resp.StatusCode != status {
			t.Errorf("POST %s: status %d, want %d", url, resp.StatusCode, status)
		}
	}
	var got []int
	for _, r := range s.Requests() {
		got = append(got, r.Status)
	}
	if len(got) != 5 || got[0] != 401 || got[1] != 404 || got[2] != 400 {
		t.Errorf("recorded statuses %v", got)
	}
}

// TestListsAreNeverNull: the spec declares lists, and a client in another language would stumble over null.
func TestListsAreNeverNull(t *testing.T) {
	s := apitest.NewServer()
	defer s.Close()
	for _, items := range [][]generated.ShipmentResultItemSchema{nil, {{}}} {
		id := s.AddBatch(apitest.Batch{Items: items})
		resp, err := newClient(t, s, apitest.Key).GetShipOrderBatchResultsWithResponse(t.Context(), &generated.GetShipOrderBatchResultsParams{BatchRequestID: id})
		if err != nil || strings.Contains(string(resp.Body), "null") || len(resp.JSON200.Items) != len(items) {
			t.Errorf("%d items: error %v, body %s", len(items), err, resp.Body)
		}
	}
}

func TestAddBatchKeepsNothingOfItsArgument(t *testing.T) {
	s := apitest.NewServer()
	defer s.Close()
	statuses := []generated.RequestStatus{"completed"}
	items := []generated.ShipmentResultItemSchema{{RequestItem: generated.ShipmentItemSchema{OrderItems: []int64{1}}, Errors: []string{"before"}}}
	id := s.AddBatch(apitest.Batch{Statuses: statuses, Items: items})
	statuses[0], items[0].RequestItem.OrderItems[0], items[0].Errors[0] = "failed", 2, "after"
	got, err := results(t, newClient(t, s, apitest.Key), id)
	if err != nil || got.Status != "completed" || got.Items[0].RequestItem.OrderItems[0] != 1 || got.Items[0].Errors[0] != "before" {
		t.Errorf("results %+v, error %v, want those of before", got, err)
	}
}

func TestScriptedOperation(t *testing.T) {
	s := apitest.NewServer()
	defer s.Close()
	id := s.AddBatch(apitest.Batch{})
	s.Handle("GetShipOrderBatchResults", func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("batch_request_id") != id.String() {
			t.Errorf("query %s", r.URL.RawQuery)
		}
		_, _ = io.WriteString(w, `{"batchRequestId":"`+id.String()+`","status":"retry","items":[]}`)
	})
	c := newClient(t, s, apitest.Key, api.WithRetry(api.RetryPolicy{MaxAttempts: 1}))
	if got, err := results(t, c, id); err != nil || got.Status != "retry" {
		t.Errorf("results %+v, error %v, want those of the script", got, err)
	}
	s.Fail(apitest.Fault{Status: 502}, apitest.Fault{Cut: true})
	if _, err := results(t, c, id); !errors.Is(err, api.ErrServer) {
		t.Errorf("error %v, want the fault", err)
	}
	if _, err := results(t, c, id); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("error %v, want a cut body", err)
	}
	if _, err := results(t, newClient(t, s, "wrong-key"), id); !errors.Is(err, api.ErrUnauthorized) {
		t.Errorf("error %v, want the key to be asked for", err)
	}
	s.Handle("GetShipOrderBatchResults", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		w.WriteHeader(http.StatusTeapot)
	})
	if _, err := results(t, c, id); err == nil || !strings.Contains(err.Error(), "418") {
		t.Errorf("error %v, want the last script's", err)
	}
	if n := s.Requests(); len(n) != 5 || n[0].Operation != "GetShipOrderBatchResults" || n[4].Status != http.StatusTeapot {
		t.Errorf("recorded %+v", n)
	}
}

func TestHandleKnowsTheOperations(t *testing.T) {
	defer func() {
		if text := fmt.Sprint(recover()); !strings.Contains(text, `"GetShipOrders"`) || !strings.Contains(text, "GetShipOrderBatchResults") {
			t.Errorf("panic %q, want one that tells which operations there are", text)
		}
	}()
	apitest.NewServer().Handle("GetShipOrders", func(http.ResponseWriter, *http.Request) {})
}

func TestKeyRotates(t *testing.T) {
	s := apitest.NewServer()
	defer s.Close()
	id := s.AddBatch(apitest.Batch{})
	s.SetKey("another-key-0123456789")
	if _, err := results(t, newClient(t, s, apitest.Key), id); !errors.Is(err, api.ErrUnauthorized) {
		t.Errorf("old key: error %v", err)
	}
	if _, err := results(t, newClient(t, s, "another-key-0123456789"), id); err != nil {
		t.Errorf("new key: error %v", err)
	}
}

func TestServesOverASocketAndUnderAPrefix(t *testing.T) {
	s := apitest.NewServer()
	server := httptest.NewServer(s)
	defer server.Close()
	c, err := api.New(server.URL+"/gateway/scapi", apitest.Key)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := results(t, c, s.AddBatch(apitest.Batch{})); err != nil {
		t.Error(err)
	}
	if got := s.Requests()[0]; !strings.HasPrefix(got.URL, "/gateway/scapi/api/v1/results/ship-orders?") || got.Operation != "GetShipOrderBatchResults" {
		t.Errorf("recorded %+v", got)
	}
}

func TestRequestsKeepTheirBody(t *testing.T) {
	s := apitest.NewServer()
	defer s.Close()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, apitest.URL+"/api/v1/no-such-operation", strings.NewReader(`{"order_items":[]}`))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := s.HTTPClient().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if got := s.Requests()[0]; string(got.Body) != `{"order_items":[]}` || got.Operation != "" || got.Method != "POST" {
		t.Errorf("recorded %+v", got)
	}
}

func TestExampleInBubble(t *testing.T) { nightlyReport(t) }

func TestFaultsInBubble(t *testing.T) {
	for _, tt := range []struct {
		name  string
		fault apitest.Fault
		check func(error) bool
		took  time.Duration
	}{
		{"status", apitest.Fault{Status: 418, Body: "teapot"}, func(err error) bool {
			var apiErr *api.Error
			return errors.As(err, &apiErr) && apiErr.StatusCode == 418 && apiErr.Message == "teapot"
		}, 0},
		{"cut", apitest.Fault{Cut: true}, func(err error) bool { return errors.Is(err, io.ErrUnexpectedEOF) }, 0},
		{"delay", apitest.Fault{Delay: time.Hour}, func(err error) bool { return err == nil }, time.Hour},
		{"header", apitest.Fault{Header: http.Header{"Content-Type": {"text/html"}}}, func(err error) bool {
			var apiErr *api.Error
			return errors.As(err, &apiErr) && apiErr.StatusCode == 200
		}, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := apitest.NewServer()
				defer s.Close()
				id := s.AddBatch(apitest.Batch{})
				c := newClient(t, s, apitest.Key, api.WithAttemptTimeout(0), api.WithRetry(api.RetryPolicy{MaxAttempts: 1}))
				s.Fail(tt.fault)
				start := time.Now()
				if _, err := results(t, c, id); !tt.check(err) {
					t.Errorf("error %v", err)
				}
				if d := time.Since(start); d != tt.took {
					t.Errorf("took %v, want %v", d, tt.took)
				}
				if _, err := results(t, c, id); err != nil {
					t.Errorf("after the fault: %v", err)
				}
			})
		})
	}
}

func TestDelayEndsWithTheRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := apitest.NewServer()
		defer s.Close()
		s.Fail(apitest.Fault{Delay: 24 * time.Hour})
		c := newClient(t, s, apitest.Key, api.WithAttemptTimeout(time.Second), api.WithRetry(api.RetryPolicy{MaxAttempts: 2, MinDelay: 1, MaxDelay: 1}))
		start := time.Now()
		if _, err := results(t, c, s.AddBatch(apitest.Batch{})); err != nil {
			t.Errorf("second attempt: %v", err)
		}
		if d := time.Since(start).Round(time.Millisecond); d != time.Second {
			t.Errorf("took %v, want 1s", d)
		}
	})
}

func TestLimitIsASlidingWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := apitest.NewServer()
		defer s.Close()
		s.LimitRequests(3)
		id := s.AddBatch(apitest.Batch{})
		c := newClient(t, s, apitest.Key, api.WithoutRateLimit(), api.WithRetry(api.RetryPolicy{MaxAttempts: 1}))
		for i, want := range []bool{true, true, true, false} {
			if _, err := results(t, c, id); errors.Is(err, api.ErrRateLimited) == want {
				t.Errorf("request %d: error %v", i+1, err)
			}
			time.Sleep(10 * time.Second)
		}
		_, err := results(t, c, id)
		var apiErr *api.Error
		if !errors.As(err, &apiErr) || apiErr.RetryAfter != 40*time.Second || apiErr.Header.Get("X-RateLimit-Remaining") != "0" || apiErr.Header.Get("X-RateLimit-Limit") != "3" {
			t.Errorf("error %+v, want a 429 that says when", err)
		}
		time.Sleep(apiErr.RetryAfter)
		if _, err := results(t, c, id); err != nil {
			t.Errorf("after Retry-After: %v", err)
		}
	})
}
