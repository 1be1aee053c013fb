package apitest_test

import (
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/api/apitest"
)

// outcome is what a fault makes of a response.
type outcome struct {
	status      int
	contentType string
	body        string
	remaining   string // X-RateLimit-Remaining
	err         error  // of reading the body
	took        time.Duration
}

func TestFaults(t *testing.T) {
	const (
		jsonType = "application/json; charset=utf-8"
		htmlType = "text/html; charset=utf-8"
		textType = "text/plain; charset=utf-8"
		page     = "<html>Bad Gateway</html>"
		batch    = `{"batchRequestId":"6f1f7a3e-3c1d-4a53-9d8e-0f6f5c1f4f7e","status":"completed","items":[]}`
	)
	id := uuid.MustParse("6f1f7a3e-3c1d-4a53-9d8e-0f6f5c1f4f7e")
	set := http.Header{"x-ratelimit-remaining": {"-1"}, "Content-Type": nil}
	cut := io.ErrUnexpectedEOF
	for _, tt := range []struct {
		name  string
		fault apitest.Fault
		want  outcome
	}{
		{"none", apitest.Fault{}, outcome{200, jsonType, batch, "9", nil, 0}},
		{"delay", apitest.Fault{Delay: time.Hour}, outcome{200, jsonType, batch, "9", nil, time.Hour}},
		{"own header", apitest.Fault{Header: set}, outcome{200, "", batch, "-1", nil, 0}},
		{"cut", apitest.Fault{Cut: true}, outcome{200, jsonType, batch[:45], "9", cut, 0}},
		{"gateway status", apitest.Fault{Status: 999}, outcome{999, "", "", "", nil, 0}},
		{"gateway page", apitest.Fault{Status: 502, Body: page}, outcome{502, htmlType, page, "", nil, 0}},
		{"own page", apitest.Fault{Status: 200, Body: page}, outcome{200, htmlType, page, "", nil, 0}},
		{"gateway JSON", apitest.Fault{Status: 400, Body: `{}`}, outcome{400, jsonType, `{}`, "", nil, 0}},
		{"JSON of a success", apitest.Fault{Body: `{}`}, outcome{200, jsonType, `{}`, "", nil, 0}},
		{
			"gateway text, late and cut",
			apitest.Fault{Status: 502, Body: "Bad Gateway!", Cut: true, Delay: time.Hour},
			outcome{502, textType, "Bad Ga", "", cut, time.Hour},
		},
		{"nothing, cut", apitest.Fault{Status: 502, Cut: true}, outcome{502, "", "", "", cut, 0}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t)
				s.LimitRequests(10)
				s.AddBatch(apitest.Batch{ID: id})
				s.Fail(tt.fault)
				start := time.Now()
				resp, body, err := send(t, s, "GET", resultsOf(id), apitest.Key, "")
				got := outcome{
					resp.StatusCode, resp.Header.Get("Content-Type"), body,
					resp.Header.Get("X-RateLimit-Remaining"), err, time.Since(start),
				}
				if got != tt.want || resp.ContentLength < int64(len(body)) {
					t.Errorf("response of %d bytes\n%+v, want\n%+v", resp.ContentLength, got, tt.want)
				}
			})
		})
	}
}

// TestFaultOfAnOperation waits for a response of that operation. The others are in order.
func TestFaultOfAnOperation(t *testing.T) {
	s := newServer(t)
	s.Fail(
		apitest.Fault{Operation: resultsOperation, Status: 500},
		apitest.Fault{Operation: resultsOperation, Status: 501},
		apitest.Fault{Status: 502}, apitest.Fault{Status: 503})
	const elsewhere = "/api/v1/no-such"
	for _, want := range []struct {
		path   string
		status int
	}{{elsewhere, 502}, {resultsPath, 500}, {elsewhere, 503}, {resultsPath, 501}} {
		if status, _ := get(t, s, want.path); status != want.status {
			t.Errorf("%s: %d, want %d", want.path, status, want.status)
		}
	}
}
