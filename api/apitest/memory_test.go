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

// TestClosedServer: calls fail at once, and the bubble ends, which it does not while a goroutine
// is left.
func TestClosedServer(t *testing.T) {
	for _, uses := range []int{0, 2} { // clients share what Close ends
		synctest.Test(t, func(t *testing.T) {
			s := apitest.NewServer()
			id := s.AddBatch(apitest.Batch{})
			for range uses {
				if _, err := results(t, newClient(t, s, apitest.Key), id); err != nil {
					t.Error(err)
				}
			}
			s.Close()
			s.Close()
			start := time.Now()
			_, err := results(t, newClient(t, s, apitest.Key, once), id)
			if err == nil || !strings.Contains(err.Error(), "closed") {
				t.Errorf("after %d uses: error %v, want one that says closed", uses, err)
			}
			if d := time.Since(start); d != 0 {
				t.Errorf("after %d uses: the call took %v", uses, d)
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
		calls.Wait()
		if d := time.Since(start); d > time.Minute {
			t.Errorf("the calls ended after %v", d)
		}
	})
}

// TestUnusedConnectionStaysOpen: the transport dials for each request that finds no idle
// connection, and keeps one that it then does not need. A request that takes it later must not
// find it closed: a POST would be lost.
func TestUnusedConnectionStaysOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		transport := s.HTTPClient().Transport.(*http.Transport)
		conn, err := transport.DialContext(t.Context(), "tcp", "localhost:80")
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
			t.Errorf("response %v, error %v", resp, err)
		}
	})
}
