package apitest_test

import (
	"bufio"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/api/apitest"
)

func TestExampleInBubble(t *testing.T) { nightlyReport(t) }

// TestClosedServer: nothing answers, nothing hangs, and the bubble ends, which it does not while a goroutine is left.
func TestClosedServer(t *testing.T) {
	for _, used := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			s := apitest.NewServer()
			id := s.AddBatch(apitest.Batch{})
			if used {
				for range 2 { // clients share what Close ends
					if _, err := results(t, newClient(t, s, apitest.Key), id); err != nil {
						t.Error(err)
					}
				}
			}
			s.Close()
			s.Close()
			start := time.Now()
			_, err := results(t, newClient(t, s, apitest.Key, api.WithRetry(api.RetryPolicy{MaxAttempts: 1})), id)
			if err == nil || !strings.Contains(err.Error(), "closed") || time.Since(start) != 0 {
				t.Errorf("used: %v, error %v after %v, want one at once that says closed", used, err, time.Since(start))
			}
		})
	}
}

func TestCloseEndsRequestsUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := apitest.NewServer()
		id := s.AddBatch(apitest.Batch{})
		c := newClient(t, s, apitest.Key, api.WithAttemptTimeout(0))
		s.Fail(slices.Repeat([]apitest.Fault{{Delay: 24 * time.Hour}}, 20)...)
		start := time.Now()
		var calls sync.WaitGroup
		for range 20 {
			calls.Go(func() {
				if _, err := results(t, c, id); err == nil {
					t.Error("no error")
				}
			})
		}
		synctest.Wait()
		s.Close()
		if calls.Wait(); time.Since(start) > time.Minute {
			t.Errorf("the calls ended after %v", time.Since(start))
		}
	})
}

// TestUnusedConnectionStaysOpen: the transport dials for each request that finds no idle connection, and keeps what it then has no
// use for. A request that takes it later must not find it closed: a POST would be lost.
func TestUnusedConnectionStaysOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := apitest.NewServer()
		defer s.Close()
		conn, err := s.HTTPClient().Transport.(*http.Transport).DialContext(t.Context(), "tcp", "localhost:80")
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		time.Sleep(24 * time.Hour)
		if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil || resp.StatusCode != 401 {
			t.Errorf("answer %v, error %v", resp, err)
		}
	})
}
