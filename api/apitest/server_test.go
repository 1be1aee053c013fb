package apitest_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/api/apitest"
	"github.com/sellerscenter/client-go/generated"
)

func TestClientSeesRefusals(t *testing.T) {
	s := newServer(t)
	wrongKey := newClient(t, s, "wrong-key")
	if _, err := results(t, wrongKey, s.AddBatch(apitest.Batch{})); !errors.Is(err, api.ErrUnauthorized) {
		t.Errorf("wrong key: error %v", err)
	}
	c := newClient(t, s, apitest.Key)
	if _, err := results(t, c, uuid.New()); !errors.Is(err, api.ErrNotFound) {
		t.Errorf("unknown batch: error %v", err)
	}
	_, err := c.GetShipOrderBatchResultsWithResponse(t.Context(), nil)
	if !errors.Is(err, api.ErrBadRequest) {
		t.Errorf("no batch: error %v", err)
	}
	var got []int
	for _, r := range s.Requests() {
		got = append(got, r.Status)
	}
	if !slices.Equal(got, []int{401, 404, 400}) {
		t.Errorf("recorded statuses %v", got)
	}
}

// TestRefusalsSayWhy, in the schema that the spec declares for errors.
func TestRefusalsSayWhy(t *testing.T) {
	s := newServer(t)
	const key = apitest.Key
	for _, tt := range []struct {
		method, path, key string
		status            int
		message           string
	}{
		{"GET", resultsPath, key, 400, "batch_request_id must be a UUID"},
		{"GET", resultsPath + "?batch_request_id=4711", key, 400, "batch_request_id must be a UUID"},
		{"GET", resultsPath, "wrong-key", 401, "invalid API key"},
		{"GET", resultsOf(uuid.New()), key, 404, "batch request not found"},
		{"DELETE", resultsPath, key, 405, "method not allowed"},
		{"POST", resultsPath, key, 405, "method not allowed"},
		{"GET", "/api/v2/orders", key, 501, "apitest: the spec declares no operation GET /api/v2/orders"},
	} {
		resp, body, err := send(t, s, tt.method, tt.path, tt.key, "")
		if err != nil {
			t.Fatal(err)
		}
		var refusal generated.BadRequestSchema
		if err := json.Unmarshal([]byte(body), &refusal); err != nil {
			t.Errorf("%s %s: body %s: %v", tt.method, tt.path, body, err)
		}
		contentType := resp.Header.Get("Content-Type")
		if resp.StatusCode != tt.status || refusal.Message != tt.message ||
			!strings.HasPrefix(contentType, "application/json") {
			t.Errorf("%s %s: %d %s %s, want %d %q",
				tt.method, tt.path, resp.StatusCode, contentType, body, tt.status, tt.message)
		}
	}
}

func TestOnlyTheKeyItselfIsAccepted(t *testing.T) {
	s := newServer(t)
	path := resultsOf(s.AddBatch(apitest.Batch{}))
	for key, want := range map[string]int{
		apitest.Key:                  200,
		"":                           401,
		apitest.Key[:7]:              401,
		apitest.Key + "0":            401,
		strings.ToUpper(apitest.Key): 401,
	} {
		if resp, _, _ := send(t, s, "GET", path, key, ""); resp.StatusCode != want {
			t.Errorf("key %q: status %d, want %d", key, resp.StatusCode, want)
		}
	}
}

func TestKeyRotates(t *testing.T) {
	const rotated = "another-key-0123456789"
	s := newServer(t)
	id := s.AddBatch(apitest.Batch{})
	s.SetKey(rotated)
	if _, err := results(t, newClient(t, s, apitest.Key), id); !errors.Is(err, api.ErrUnauthorized) {
		t.Errorf("old key: error %v", err)
	}
	if _, err := results(t, newClient(t, s, rotated), id); err != nil {
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
	got := s.Requests()[0]
	if !strings.HasPrefix(got.URL, "/gateway/scapi"+resultsPath+"?") || got.Operation != resultsOperation {
		t.Errorf("recorded %+v", got)
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
				_ = r.Header.Get("X-API-Key")
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
					resp, _, err := send(t, s, "GET", resultsOf(id), apitest.Key, "")
					if err != nil || resp.StatusCode != 200 {
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
