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

// answerLength returns how many bytes of a connection the answer to a method's call takes.
func answerLength(t *testing.T, address, method string) int {
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

// closedAfter is the toxic that closes a connection when so many bytes of answers have passed.
func closedAfter(bytes int) string {
	return fmt.Sprintf(`{"type":"limit_data","attributes":{"bytes":%d}}`, bytes)
}

// TestAnswersCutAnywhere cuts the answer at each of 200 positions, the first before it and the last before its last byte, where its
// length is told and where it comes in chunks.
func TestAnswersCutAnywhere(t *testing.T) {
	const positions = 200
	cut := newTable("answer\tmethod\tpolicy")
	for _, encoding := range []string{"with a length", "in chunks"} {
		m := &marketplace{chunked: encoding == "in chunks"}
		server := httptest.NewServer(m)
		address := server.Listener.Addr().String()
		for _, method := range methods {
			length := answerLength(t, address, method)
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
						name := fmt.Sprintf("%s, cut at %d of %d bytes, %s", encoding, position, length, p.name)
						tallies[k].check(t, name, m, n, &call{method: method, id: newID()}, p, answerLost[method][k], true, truncated, attemptTimeout)
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

// TestReusedConnectionCutAnywhere cuts the second answer on a connection that has served a call before, where the transport sends
// a request anew by itself if it may: a GET whose answer has not begun.
func TestReusedConnectionCutAnywhere(t *testing.T) {
	const positions = 50
	m := &marketplace{}
	server := httptest.NewServer(m)
	defer server.Close()
	address := server.Listener.Addr().String()
	first := answerLength(t, address, http.MethodGet)
	cut := newTable("position\tmethod\tpolicy")
	for _, method := range methods {
		second := answerLength(t, address, method)
		for k, p := range policies[:2] {
			for _, idle := range []bool{true, false} {
				var y tally
				// A connection that is closed while idle may be found closed before the request is written, or after.
				want, where := expectation{ok, anyAttempts}, "idle"
				if method == "POST" {
					want = expectation{ok | unknown, 1}
				}
				if !idle {
					where = "in the answer"
					want = map[string][2]expectation{"GET": {{ok, anyAttempts}, {ok | failed, 1}}, "POST": {{unknown, 1}, {unknown, 1}}}[method][k]
				}
				var running sync.WaitGroup
				for i := range positions {
					position := 0
					if !idle {
						position = 1 + i*(second-2)/(positions-1)
					}
					proxy := startProxy(t, address, closedAfter(first+position))
					running.Go(func() {
						n := &network{faulty: proxy.Listen, clean: address, heals: 1}
						transport := n.transport()
						defer transport.CloseIdleConnections()
						client := newClient(t, "http://"+address, transport, api.WithAttemptTimeout(attemptTimeout),
							api.WithRetry(api.RetryPolicy{MaxAttempts: p.maxAttempts, MinDelay: time.Millisecond, MaxDelay: 4 * time.Millisecond}))
						name := fmt.Sprintf("%s, closed %s after %d bytes, %s", method, where, position, p.name)
						if err := (&call{method: http.MethodGet, id: newID()}).do(t.Context(), client); err != nil {
							t.Errorf("%s: the first call: %v", name, err)
						}
						if idle {
							time.Sleep(time.Duration(i) * 20 * time.Microsecond) // so that the transport may have noticed, or not
						}
						c := &call{method: method, id: newID()}
						y.judge(t, name, c, c.do(t.Context(), client), want, p.maxAttempts, 0, resetOrTruncated)
						if got := m.timesProcessed(c.id); method == "POST" && (got > 1 || got < 1 && !idle) {
							y.wrong.Add(1)
							t.Errorf("%s: processed %d times", name, got)
						}
					})
				}
				running.Wait()
				cut.add(where+"\t"+method+"\t"+p.name, &y)
			}
		}
	}
	cut.log(t, "\t\t", len(methods)*2*2*positions)
}
