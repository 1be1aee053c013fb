package faults

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/sellerscenter/client-go/api"
)

// responseLength returns how many bytes of a connection the response to a method's call takes.
func responseLength(t *testing.T, address, method string) int {
	t.Helper()
	n := &network{faulty: address, clean: address}
	transport := n.transport()
	defer transport.CloseIdleConnections()
	c := &call{method: method, id: newID()}
	if err := c.do(t.Context(), newClient(t, "http://"+address, transport)); err != nil {
		t.Fatal(err)
	}
	return int(n.received.Load())
}

// closedAfter is the toxic that closes a connection when so many bytes of responses have passed.
func closedAfter(bytes int) string {
	return fmt.Sprintf(`{"type":"limit_data","attributes":{"bytes":%d}}`, bytes)
}

// TestResponsesCutAnywhere cuts the response at each of 200 positions, the first before it and the
// last before its last byte, where its length is told and where it comes in chunks.
func TestResponsesCutAnywhere(t *testing.T) {
	const positions = 200
	cut := newTable("response\tmethod\tpolicy")
	for _, encoding := range []string{"with a length", "in chunks"} {
		m := &marketplace{chunked: encoding == "in chunks"}
		server := httptest.NewServer(m)
		address := server.Listener.Addr().String()
		for _, method := range methods {
			length := responseLength(t, address, method)
			var tallies [3]tally
			var running sync.WaitGroup
			for i := range positions {
				position := i * (length - 1) / (positions - 1)
				proxy := startProxy(t, address, closedAfter(position))
				for k, p := range policies {
					running.Go(func() {
						n := &network{faulty: proxy.Listen, clean: address}
						if p.heals {
							n.heals = int32(1 + i%3)
						}
						tr := trial{
							name:   fmt.Sprintf("%s, cut at %d of %d bytes", encoding, position, length),
							call:   &call{method: method, id: newID()},
							policy: p,
							want:   responseLost[method][k],
							cause:  truncated,
						}
						tallies[k].check(t, tr, m, n, true, attemptTimeout)
					})
				}
			}
			running.Wait()
			for k, p := range policies {
				cut.add(encoding+"\t"+method+"\t"+p.name, &tallies[k])
			}
		}
		server.Close()
	}
	cut.log(t, "\t\t", 2*len(methods)*len(policies)*positions)
}

// TestReusedConnectionCutAnywhere cuts the second response on a connection that has served a call
// before. There the transport sends a request anew by itself if it may: a GET whose response has
// not begun.
func TestReusedConnectionCutAnywhere(t *testing.T) {
	const positions = 50
	m := &marketplace{}
	server := httptest.NewServer(m)
	defer server.Close()
	address := server.Listener.Addr().String()
	first := responseLength(t, address, http.MethodGet)
	cut := newTable("position\tmethod\tpolicy")
	for _, method := range methods {
		second := responseLength(t, address, method)
		for _, p := range policies[:2] {
			for _, idle := range []bool{true, false} {
				where := "in the response"
				if idle {
					where = "idle"
				}
				var y tally
				var running sync.WaitGroup
				for i := range positions {
					position := 0
					var pause time.Duration
					if idle {
						pause = time.Duration(i) * 20 * time.Microsecond
					} else {
						position = 1 + i*(second-2)/(positions-1)
					}
					proxy := startProxy(t, address, closedAfter(first+position))
					running.Go(func() {
						tr := trial{
							name:   fmt.Sprintf("closed %s after %d bytes", where, position),
							call:   &call{method: method, id: newID()},
							policy: p,
							want:   wantOnReused(method, p, idle),
							cause:  resetOrTruncated,
						}
						n := &network{faulty: proxy.Listen, clean: address, heals: 1}
						y.checkReused(t, tr, m, n, pause)
					})
				}
				running.Wait()
				cut.add(where+"\t"+method+"\t"+p.name, &y)
			}
		}
	}
	cut.log(t, "\t\t", len(methods)*2*2*positions)
}

// wantOnReused is what is expected on a connection that is closed while idle or within a response.
func wantOnReused(method string, p policy, idle bool) expectation {
	switch {
	case method == "POST" && idle: // the transport finds it closed before it writes the request, or after
		return expectation{ok | unknown, 1}
	case method == "POST":
		return expectation{unknown, 1}
	case idle || p.maxAttempts > 1:
		return expectation{ok, anyAttempts}
	}
	return expectation{ok | failed, 1}
}

// checkReused makes the trial's call after another one on the same connection. In the pause
// between them the transport may notice that the connection is closed, or not.
func (y *tally) checkReused(t *testing.T, tr trial, m *marketplace, n *network, pause time.Duration) {
	t.Helper()
	transport := n.transport()
	defer transport.CloseIdleConnections()
	client := newClient(t, "http://"+n.clean, transport,
		api.WithAttemptTimeout(attemptTimeout), tr.policy.retries())
	before := &call{method: http.MethodGet, id: newID()}
	if err := before.do(t.Context(), client); err != nil {
		t.Errorf("%v: the first call: %v", tr, err)
	}
	time.Sleep(pause)
	err := tr.call.do(t.Context(), client)
	y.judge(t, tr, err)
	if tr.call.method != "POST" {
		return
	}
	// Only a request that went to an idle connection may be lost on the way.
	got := m.timesProcessed(tr.call.id)
	if got > 1 || got < 1 && tr.want.outcome&ok == 0 {
		y.wrong.Add(1)
		t.Errorf("%v: processed %d times", tr, got)
	}
}
