package apitest_test

import (
	"errors"
	"io"
	"net/http"
	"testing"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/api/apitest"
)

// TestScriptedOperation: a script comes in place of a batch or of the script before. It is called
// after the key was checked, reads the body, and its first status counts, as in net/http.
func TestScriptedOperation(t *testing.T) {
	s := newServer(t)
	echo := func(w http.ResponseWriter, r *http.Request) {
		s.Fail() // the server's own methods do not block in a handler
		_, _ = io.Copy(w, r.Body)
		w.WriteHeader(http.StatusTeapot)
	}
	plain := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		w.WriteHeader(http.StatusEarlyHints)
		w.WriteHeader(http.StatusOK)
		w.WriteHeader(http.StatusTeapot)
	}
	const (
		jsonType = "application/json; charset=utf-8"
		sent     = `{"order_items":[4294967311]}`
		refused  = `{"message":"invalid API key"}`
	)
	for _, tt := range []struct {
		script            http.HandlerFunc
		fault             apitest.Fault
		key               string
		status            int
		contentType, body string
	}{
		{echo, apitest.Fault{}, apitest.Key, 200, jsonType, sent},
		{plain, apitest.Fault{}, apitest.Key, 200, "text/plain", ""},
		{plain, apitest.Fault{Status: 502}, apitest.Key, 502, "", ""},
		{plain, apitest.Fault{}, "wrong-key", 401, jsonType, refused},
	} {
		s.Handle(resultsOperation, tt.script)
		s.Fail(tt.fault)
		resp, body, err := send(t, s, "GET", resultsPath, tt.key, sent)
		contentType := resp.Header.Get("Content-Type")
		if resp.StatusCode != tt.status || contentType != tt.contentType || body != tt.body || err != nil {
			t.Errorf("%d %s %q, error %v, want %+v", resp.StatusCode, contentType, body, err, tt)
		}
	}
}

// TestHandlerThatAborts: the connection ends without a response.
func TestHandlerThatAborts(t *testing.T) {
	s := newServer(t)
	s.Handle(resultsOperation, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	err := results(t.Context(), newClient(t, s, once), uuid.New())
	recorded := s.Requests()
	if !errors.Is(err, io.EOF) || len(recorded) != 1 || recorded[0].Status != 0 {
		t.Errorf("error %v, recorded %+v", err, recorded)
	}
}
