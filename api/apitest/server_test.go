package apitest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
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

const resultsPath = "/api/v1/results/ship-orders"

// send sends a request past the client, and returns the answer with what could be read of its body.
func send(t testing.TB, s *apitest.Server, method, path, key, body string) (*http.Response, string, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, apitest.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if key != "" {
		req.Header.Set("X-API-Key", key)
	}
	resp, err := s.HTTPClient().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	return resp, string(got), err
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

func TestOnlyTheKeyItselfIsAccepted(t *testing.T) {
	s := apitest.NewServer()
	defer s.Close()
	path := resultsPath + "?batch_request_id=" + s.AddBatch(apitest.Batch{}).String()
	for key, want := range map[string]int{apitest.Key: 200, "": 401, apitest.Key[:7]: 401, apitest.Key + "0": 401, strings.ToUpper(apitest.Key): 401} {
		if resp, _, _ := send(t, s, "GET", path, key, ""); resp.StatusCode != want {
			t.Errorf("key %q: status %d, want %d", key, resp.StatusCode, want)
		}
	}
}

// TestRefusalsSayWhy, in the schema that the spec declares for errors.
func TestRefusalsSayWhy(t *testing.T) {
	s := apitest.NewServer()
	defer s.Close()
	for _, tt := range []struct {
		method, path, key string
		status            int
		message           string
	}{
		{"GET", resultsPath, apitest.Key, 400, "batch_request_id must be a UUID"},
		{"GET", resultsPath + "?batch_request_id=4711", apitest.Key, 400, "batch_request_id must be a UUID"},
		{"GET", resultsPath, "wrong-key", 401, "invalid API key"},
		{"GET", resultsPath + "?batch_request_id=" + uuid.NewString(), apitest.Key, 404, "batch request not found"},
		{"DELETE", resultsPath, apitest.Key, 405, "method not allowed"},
		{"GET", "/api/v2/orders", apitest.Key, 501, "apitest: the spec declares no operation GET /api/v2/orders"},
	} {
		resp, body, err := send(t, s, tt.method, tt.path, tt.key, "")
		var refusal generated.BadRequestSchema
		if err := errors.Join(err, json.Unmarshal([]byte(body), &refusal)); err != nil || resp.StatusCode != tt.status || refusal.Message != tt.message || !strings.HasPrefix(resp.Header.Get("Content-Type"), "application/json") {
			t.Errorf("%s %s: %d %s, error %v, want %d %q", tt.method, tt.path, resp.StatusCode, body, err, tt.status, tt.message)
		}
	}
}

// TestRequestIsRecordedOnArrival, and its status when it is answered: never, if the client goes away before.
func TestRequestIsRecordedOnArrival(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := apitest.NewServer()
		defer s.Close()
		id := s.AddBatch(apitest.Batch{})
		c := newClient(t, s, apitest.Key, api.WithAttemptTimeout(0))
		s.Fail(apitest.Fault{Delay: time.Hour}, apitest.Fault{Delay: time.Hour})
		time.Sleep(time.Minute)
		arrived := time.Now()
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		for _, ctx := range []context.Context{t.Context(), ctx} {
			go func() {
				_, err := c.GetShipOrderBatchResultsWithResponse(ctx, &generated.GetShipOrderBatchResultsParams{BatchRequestID: id})
				done <- err
			}()
			synctest.Wait()
		}
		if got := s.Requests(); len(got) != 2 || !got[0].Time.Equal(arrived) || got[0].Status != 0 || got[0].Header.Get("X-API-Key") != apitest.Key {
			t.Errorf("recorded %+v before the answers", got)
		}
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
		if got := s.Requests(); len(got) != 2 || got[0].Status != 200 || got[1].Status != 0 || !got[0].Time.Equal(arrived) {
			t.Errorf("recorded %+v", got)
		}
	})
}

func TestHandlerReadsTheBody(t *testing.T) {
	s := apitest.NewServer()
	defer s.Close()
	s.Handle("GetShipOrderBatchResults", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		_, _ = w.Write(body)
		s.Fail() // the server's own methods do not block in a handler
	})
	if _, body, err := send(t, s, "GET", resultsPath, apitest.Key, `{"order_items":[4294967311]}`); err != nil || body != `{"order_items":[4294967311]}` {
		t.Errorf("body %q, error %v", body, err)
	}
	if got := s.Requests()[0]; string(got.Body) != `{"order_items":[4294967311]}` {
		t.Errorf("recorded %q", got.Body)
	}
}

// TestConcurrentUse is for the race detector. Each method has a goroutine of its own, since the others' locks would hide a race.
func TestConcurrentUse(t *testing.T) {
	s := apitest.NewServer()
	id := s.AddBatch(apitest.Batch{})
	path := resultsPath + "?batch_request_id=" + id.String()
	var users sync.WaitGroup
	for _, use := range []func(){
		func() {
			s.AddBatch(apitest.Batch{ID: id, Statuses: slices.Repeat([]generated.RequestStatus{"pending"}, 50)})
		},
		func() { s.SetKey(apitest.Key) },
		func() { s.LimitRequests(10_000) },
		func() { s.Fail(apitest.Fault{}) },
		func() { s.Handle("GetShipOrderBatchResults", func(http.ResponseWriter, *http.Request) {}) },
		func() {
			for _, r := range s.Requests() {
				_, _ = r.Header.Get("X-API-Key"), r.Status
			}
		},
	} {
		users.Go(func() {
			for range 50 {
				use()
			}
		})
		for range 2 {
			users.Go(func() {
				for range 25 {
					if resp, _, err := send(t, s, "GET", path, apitest.Key, ""); err != nil || resp.StatusCode != 200 {
						t.Errorf("status %d, error %v", resp.StatusCode, err)
					}
				}
			})
		}
		users.Wait()
	}
	users.Go(s.Close)
	users.Go(func() { s.HTTPClient() })
	users.Wait()
}

// TestFirstStatusOfAHandlerCounts, as in net/http.
func TestFirstStatusOfAHandlerCounts(t *testing.T) {
	s := apitest.NewServer()
	defer s.Close()
	for want, script := range map[int]http.HandlerFunc{
		202: func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusEarlyHints)
			w.WriteHeader(http.StatusAccepted)
			w.WriteHeader(http.StatusTeapot)
		},
		200: func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "{}")
			w.WriteHeader(http.StatusTeapot)
		},
	} {
		s.Handle("GetShipOrderBatchResults", script)
		if resp, _, err := send(t, s, "GET", resultsPath, apitest.Key, ""); err != nil || resp.StatusCode != want {
			t.Errorf("status %d, error %v, want %d", resp.StatusCode, err, want)
		}
	}
}

// TestHandlerThatAborts: the connection ends without an answer.
func TestHandlerThatAborts(t *testing.T) {
	s := apitest.NewServer()
	defer s.Close()
	s.Handle("GetShipOrderBatchResults", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	_, err := results(t, newClient(t, s, apitest.Key, api.WithRetry(api.RetryPolicy{MaxAttempts: 1})), uuid.New())
	if got := s.Requests(); !errors.Is(err, io.EOF) || len(got) != 1 || got[0].Status != 0 {
		t.Errorf("error %v, recorded %+v", err, got)
	}
}
