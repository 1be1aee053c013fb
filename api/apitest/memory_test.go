package apitest_test

import (
	"bufio"
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

func TestExampleInBubble(t *testing.T) { nightlyReport(t) }

// TestClosedServer fails calls at once, those under way and later ones. The bubble ends, which it does
// not while a goroutine is left.
func TestClosedServer(t *testing.T) {
	for name, calls := range map[string]int{"unused": 0, "in use": 2} { // clients share what Close ends
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := apitest.NewServer()
				id := s.AddBatch(apitest.Batch{})
				s.Fail(slices.Repeat([]apitest.Fault{{Delay: 24 * time.Hour}}, calls)...)
				failed := make(chan error, calls)
				for range calls {
					c := newClient(t, s, api.WithAttemptTimeout(0), once)
					go func() { failed <- results(t.Context(), c, id) }()
				}
				synctest.Wait()
				s.Close()
				s.Close()
				start := time.Now()
				for range calls {
					if err := <-failed; err == nil {
						t.Error("a call under way did not fail")
					}
				}
				err := results(t.Context(), newClient(t, s, once), id)
				if err == nil || !strings.Contains(err.Error(), "closed") || time.Since(start) != 0 {
					t.Errorf("error %v after %v, want closed at once", err, time.Since(start))
				}
			})
		})
	}
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
