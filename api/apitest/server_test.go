package apitest_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/api/apitest"
)

// TestRefusalsSayWhy, in the schema that the spec declares for errors.
func TestRefusalsSayWhy(t *testing.T) {
	const key = "another-key-0123456789"
	s := newServer(t)
	s.SetKey(key) // and no longer the one before
	for _, tt := range []struct {
		method, path, key string
		status            int
		message           string
	}{
		{"GET", resultsPath, key, 400, "batch_request_id must be a UUID"},
		{"GET", resultsPath + "?batch_request_id=4711", key, 400, "batch_request_id must be a UUID"},
		{"GET", resultsPath, apitest.Key, 401, "invalid API key"},
		{"GET", resultsPath, "", 401, "invalid API key"},
		{"GET", resultsPath, key[:7], 401, "invalid API key"},
		{"GET", resultsPath, key + "0", 401, "invalid API key"},
		{"GET", resultsPath, strings.ToUpper(key), 401, "invalid API key"},
		{"GET", resultsOf(uuid.New()), key, 404, "batch request not found"},
		{"DELETE", resultsPath, key, 405, "method not allowed"},
		{"GET", "/api/v2/orders", key, 501, "apitest: the spec declares no operation GET /api/v2/orders"},
	} {
		resp, body, err := send(t, s, tt.method, tt.path, tt.key, "")
		isJSON := strings.HasPrefix(resp.Header.Get("Content-Type"), "application/json;")
		if resp.StatusCode != tt.status || body != `{"message":"`+tt.message+`"}` || !isJSON || err != nil {
			t.Errorf("response %d %v %s, error %v, want %+v", resp.StatusCode, resp.Header, body, err, tt)
		}
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
	id := s.AddBatch(apitest.Batch{})
	err = results(t.Context(), c, id)
	got := s.Requests()[0]
	if err != nil || got.URL != "/gateway/scapi"+resultsOf(id) || got.Operation != resultsOperation {
		t.Errorf("error %v, recorded %+v", err, got)
	}
}

// TestConcurrentUse is for the race detector. One method is used at a time, beside requests, since
// the others' locks would hide a race.
func TestConcurrentUse(t *testing.T) {
	s := apitest.NewServer()
	id := s.AddBatch(apitest.Batch{})
	statuses := slices.Repeat([]api.BatchStatus{"pending"}, 50)
	var users sync.WaitGroup
	for _, use := range []func(){
		func() { s.AddBatch(apitest.Batch{ID: id, Statuses: statuses}) },
		func() { s.SetKey(apitest.Key) },
		func() { s.LimitRequests(10_000) },
		func() { s.Fail(apitest.Fault{}) },
		func() { s.Handle(resultsOperation, func(http.ResponseWriter, *http.Request) {}) },
		func() {
			for _, r := range s.Requests() {
				_ = r.Status
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
					if status, _ := get(t, s, resultsOf(id)); status != 200 {
						t.Errorf("status %d", status)
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
