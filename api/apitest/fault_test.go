package apitest_test

import (
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/api/apitest"
)

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

func TestFaultsQueue(t *testing.T) {
	s := apitest.NewServer()
	defer s.Close()
	faults := []apitest.Fault{{Status: 500}, {}}
	s.Fail(faults...)
	faults[0].Status = 599 // the server has its own
	s.Fail(apitest.Fault{Status: 502}, apitest.Fault{Status: 503})
	path := resultsPath + "?batch_request_id=" + s.AddBatch(apitest.Batch{}).String()
	for i, want := range []int{500, 200, 502, 503, 200} {
		if resp, _, _ := send(t, s, "GET", path, apitest.Key, ""); resp.StatusCode != want {
			t.Errorf("answer %d: status %d, want %d", i, resp.StatusCode, want)
		}
	}
}

func TestFaultHeaders(t *testing.T) {
	s := apitest.NewServer()
	defer s.Close()
	s.LimitRequests(10)
	s.Fail(
		apitest.Fault{Header: http.Header{"x-ratelimit-remaining": {"-1"}, "X-RateLimit-Limit": {"10", "abc"}, "Content-Type": nil}},
		apitest.Fault{Status: 502, Body: "<html>Bad Gateway</html>", Header: http.Header{"Retry-After": {"soon"}}},
	)
	path := resultsPath + "?batch_request_id=" + s.AddBatch(apitest.Batch{}).String()
	resp, body, err := send(t, s, "GET", path, apitest.Key, "")
	if h := resp.Header; err != nil || !strings.Contains(body, "completed") || h.Get("X-RateLimit-Remaining") != "-1" || !slices.Equal(h.Values("X-RateLimit-Limit"), []string{"10", "abc"}) || h["Content-Type"] != nil {
		t.Errorf("header %v, body %s, error %v", h, body, err)
	}
	resp, body, err = send(t, s, "GET", path, apitest.Key, "")
	if h := resp.Header; err != nil || body != "<html>Bad Gateway</html>" || h.Get("Retry-After") != "soon" || !strings.HasPrefix(h.Get("Content-Type"), "text/html") || h.Get("X-RateLimit-Limit") != "" {
		t.Errorf("header %v, body %s, error %v, want a gateway's", h, body, err)
	}
}

func TestCutBody(t *testing.T) {
	s := apitest.NewServer()
	defer s.Close()
	s.Fail(apitest.Fault{Status: 502, Body: "Bad Gateway!", Cut: true}, apitest.Fault{Status: 502, Cut: true})
	for _, want := range []string{"Bad Ga", ""} {
		resp, body, err := send(t, s, "GET", resultsPath, apitest.Key, "")
		if !errors.Is(err, io.ErrUnexpectedEOF) || body != want || resp.StatusCode != 502 || resp.ContentLength <= int64(len(want)) {
			t.Errorf("status %d, %d bytes told, body %q, error %v, want %q and a cut", resp.StatusCode, resp.ContentLength, body, err, want)
		}
	}
}

func TestFaultWithBody(t *testing.T) {
	s := apitest.NewServer()
	defer s.Close()
	s.Fail(apitest.Fault{Body: `{"status":"new"}`}, apitest.Fault{Status: 400, Body: `{"detail":"no"}`}, apitest.Fault{Body: "<html>Maintenance</html>"})
	for i, want := range []struct {
		status    int
		mediaType string
	}{{200, "application/json"}, {400, "application/json"}, {200, "text/html"}} {
		resp, body, err := send(t, s, "GET", resultsPath, apitest.Key, "")
		if err != nil || body == "" || resp.StatusCode != want.status || !strings.HasPrefix(resp.Header.Get("Content-Type"), want.mediaType+";") {
			t.Errorf("answer %d: %d %v %q, error %v, want %+v", i, resp.StatusCode, resp.Header, body, err, want)
		}
	}
}
