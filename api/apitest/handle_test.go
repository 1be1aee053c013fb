package apitest_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/api/apitest"
)

func TestScriptedOperation(t *testing.T) {
	s := newServer(t)
	id := s.AddBatch(apitest.Batch{})
	s.Handle(resultsOperation, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("batch_request_id") != id.String() {
			t.Errorf("query %s", r.URL.RawQuery)
		}
		_, _ = io.WriteString(w, `{"batchRequestId":"`+id.String()+`","status":"retry","items":[]}`)
	})
	c := newClient(t, s, apitest.Key, once)
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
		t.Errorf("error %v, want the key to be checked", err)
	}

	s.Handle(resultsOperation, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		w.WriteHeader(http.StatusTeapot)
	})
	if _, err := results(t, c, id); err == nil || !strings.Contains(err.Error(), "418") {
		t.Errorf("error %v, want the last script's", err)
	}
	recorded := s.Requests()
	if len(recorded) != 5 || recorded[0].Operation != resultsOperation || recorded[4].Status != 418 {
		t.Errorf("recorded %+v", recorded)
	}
}

func TestHandleKnowsTheOperations(t *testing.T) {
	misnamed := func() { newServer(t).Handle("GetShipOrders", func(http.ResponseWriter, *http.Request) {}) }
	wantPanic(t, misnamed, `"GetShipOrders"`, resultsOperation)
}

func TestHandlerReadsTheBody(t *testing.T) {
	s := newServer(t)
	s.Handle(resultsOperation, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		_, _ = w.Write(body)
		s.Fail() // the server's own methods do not block in a handler
	})
	const sent = `{"order_items":[4294967311]}`
	if _, body, err := send(t, s, "GET", resultsPath, apitest.Key, sent); err != nil || body != sent {
		t.Errorf("body %q, error %v", body, err)
	}
	if got := s.Requests()[0]; string(got.Body) != sent {
		t.Errorf("recorded %q", got.Body)
	}
}

// TestFirstStatusOfAHandlerCounts, as in net/http.
func TestFirstStatusOfAHandlerCounts(t *testing.T) {
	s := newServer(t)
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
		s.Handle(resultsOperation, script)
		if resp, _ := get(t, s, resultsPath); resp.StatusCode != want {
			t.Errorf("status %d, want %d", resp.StatusCode, want)
		}
	}
}

// TestHandlerThatAborts: the connection ends without a response.
func TestHandlerThatAborts(t *testing.T) {
	s := newServer(t)
	s.Handle(resultsOperation, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	_, err := results(t, newClient(t, s, apitest.Key, once), uuid.New())
	recorded := s.Requests()
	if !errors.Is(err, io.EOF) || len(recorded) != 1 || recorded[0].Status != 0 {
		t.Errorf("error %v, recorded %+v", err, recorded)
	}
}
