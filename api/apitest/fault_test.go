package apitest_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/api/apitest"
)

func TestFaultsThatNoServerCanSend(t *testing.T) {
	s := newServer(t)
	for _, status := range []int{-1, 99, 100, 199, 1000} {
		func() {
			defer func() {
				if says := fmt.Sprint(recover()); !strings.Contains(says, strconv.Itoa(status)) {
					t.Errorf("status %d: panic %q, want one that names it", status, says)
				}
			}()
			s.Fail(apitest.Fault{Status: status})
		}()
	}
}

func TestFaultsInBubble(t *testing.T) {
	html := http.Header{"Content-Type": {"text/html"}}
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
		{"cut", apitest.Fault{Cut: true}, func(err error) bool {
			return errors.Is(err, io.ErrUnexpectedEOF)
		}, 0},
		{"delay", apitest.Fault{Delay: time.Hour}, func(err error) bool {
			return err == nil
		}, time.Hour},
		{"header", apitest.Fault{Header: html}, func(err error) bool {
			var apiErr *api.Error
			return errors.As(err, &apiErr) && apiErr.StatusCode == 200
		}, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t)
				id := s.AddBatch(apitest.Batch{})
				c := newClient(t, s, apitest.Key, api.WithAttemptTimeout(0), once)
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
		s := newServer(t)
		s.Fail(apitest.Fault{Delay: 24 * time.Hour})
		c := newClient(t, s, apitest.Key, api.WithAttemptTimeout(time.Second),
			api.WithRetry(api.RetryPolicy{MaxAttempts: 2, MinDelay: 1, MaxDelay: 1}))
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
	s := newServer(t)
	faults := []apitest.Fault{{Status: 500}, {}}
	s.Fail(faults...)
	faults[0].Status = 599 // the server has its own
	s.Fail(apitest.Fault{Status: 502}, apitest.Fault{Status: 503})
	path := resultsOf(s.AddBatch(apitest.Batch{}))
	for i, want := range []int{500, 200, 502, 503, 200} {
		if resp, _ := get(t, s, path); resp.StatusCode != want {
			t.Errorf("response %d: status %d, want %d", i, resp.StatusCode, want)
		}
	}
}

func TestFaultHeaderGoesOverTheServersOwn(t *testing.T) {
	s := newServer(t)
	s.LimitRequests(10)
	s.Fail(apitest.Fault{Header: http.Header{
		"x-ratelimit-remaining": {"-1"},
		"X-RateLimit-Limit":     {"10", "abc"},
		"Content-Type":          nil,
	}})
	resp, body := get(t, s, resultsOf(s.AddBatch(apitest.Batch{})))
	h := resp.Header
	if h.Get("X-RateLimit-Remaining") != "-1" || h["Content-Type"] != nil ||
		!slices.Equal(h.Values("X-RateLimit-Limit"), []string{"10", "abc"}) {
		t.Errorf("header %v", h)
	}
	if !strings.Contains(body, "completed") {
		t.Errorf("body %s, want the server's own", body)
	}
}

func TestFaultOfAGateway(t *testing.T) {
	s := newServer(t)
	s.LimitRequests(10)
	const page = "<html>Bad Gateway</html>"
	s.Fail(apitest.Fault{Status: 502, Body: page, Header: http.Header{"Retry-After": {"soon"}}})
	resp, body := get(t, s, resultsOf(s.AddBatch(apitest.Batch{})))
	h := resp.Header
	if body != page || h.Get("Retry-After") != "soon" || h.Get("X-RateLimit-Limit") != "" ||
		!strings.HasPrefix(h.Get("Content-Type"), "text/html") {
		t.Errorf("header %v, body %s, want a gateway's", h, body)
	}
}

func TestCutBody(t *testing.T) {
	s := newServer(t)
	s.Fail(
		apitest.Fault{Status: 502, Body: "Bad Gateway!", Cut: true},
		apitest.Fault{Status: 502, Cut: true},
	)
	for _, want := range []string{"Bad Ga", ""} {
		resp, body, err := send(t, s, "GET", resultsPath, apitest.Key, "")
		if !errors.Is(err, io.ErrUnexpectedEOF) || body != want {
			t.Errorf("body %q, error %v, want %q and a cut", body, err, want)
		}
		if resp.StatusCode != 502 || resp.ContentLength <= int64(len(want)) {
			t.Errorf("status %d, %d bytes promised", resp.StatusCode, resp.ContentLength)
		}
	}
}

func TestFaultWithBody(t *testing.T) {
	s := newServer(t)
	for _, tt := range []struct {
		fault     apitest.Fault
		status    int
		mediaType string
	}{
		{apitest.Fault{Body: `{"status":"new"}`}, 200, "application/json"},
		{apitest.Fault{Status: 400, Body: `{"detail":"no"}`}, 400, "application/json"},
		{apitest.Fault{Body: "<html>Maintenance</html>"}, 200, "text/html"},
	} {
		s.Fail(tt.fault)
		resp, body := get(t, s, resultsPath)
		contentType := resp.Header.Get("Content-Type")
		if body != tt.fault.Body || resp.StatusCode != tt.status ||
			!strings.HasPrefix(contentType, tt.mediaType+";") {
			t.Errorf("fault %+v: %d %s %q", tt.fault, resp.StatusCode, contentType, body)
		}
	}
}
