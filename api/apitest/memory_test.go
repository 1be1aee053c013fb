package apitest_test

import (
	"bufio"
	"io"
	"net/http"
	"strings"
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
				if err := results(t, newClient(t, s), id); err != nil {
					t.Error(err)
				}
			}
			s.Close()
			s.Close()
			start := time.Now()
			err := results(t, newClient(t, s, once), id)
			took := time.Since(start)
			if err == nil || !strings.Contains(err.Error(), "closed") || took != 0 {
				t.Errorf("after %d uses: error %v after %v, want closed at once", uses, err, took)
			}
		})
	}
}

func TestCloseEndsRequestsUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := apitest.NewServer()
		id := s.AddBatch(apitest.Batch{})
		c := newClient(t, s, api.WithAttemptTimeout(0))
		s.Fail(apitest.Fault{Delay: 24 * time.Hour})
		start := time.Now()
		failed := make(chan error)
		go func() { failed <- results(t, c, id) }()
		synctest.Wait()
		s.Close()
		if err := <-failed; err == nil || time.Since(start) > time.Minute {
			t.Errorf("error %v after %v", err, time.Since(start))
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
		_, sent := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if sent != nil || err != nil || resp.StatusCode != 401 {
			t.Errorf("response %v, errors %v, %v", resp, sent, err)
		}
	})
}
