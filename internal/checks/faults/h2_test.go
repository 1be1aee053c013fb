package faults

import (
	"cmp"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/http2"

	"github.com/sellerscenter/client-go/api"
)

// byTransport are expectations of requests that the server has said it did not process. Go's
// transport sends them anew by itself, which the client sees as one attempt, and up to seven
// times, with up to half a minute in between: what ends a call that is refused for ever is the
// attempt's timeout, and what the client knows then is only that the request was written.
var byTransport = expectations{
	"GET":  {{"failed", 4}, {"failed", 1}, {"ok", 1}},
	"POST": {{"unknown", 1}, {"unknown", 1}, {"ok", 1}},
}

// h2Faults begin with none.
var h2Faults = []struct {
	name    string
	does    step
	expect  expectations
	times   [2]int32
	cause   cause
	timeout time.Duration // while the fault lasts
}{
	{name: "none", does: completeH2, expect: harmless},
	{
		name: "GOAWAY, request not processed", does: goAwayWithout(http2.ErrCodeNo),
		expect: byTransport, cause: timedOut, timeout: shortTimeout,
	},
	{
		name:   "GOAWAY ENHANCE_YOUR_CALM, request not processed",
		does:   goAwayWithout(http2.ErrCodeEnhanceYourCalm),
		expect: responseLost, cause: says("ENHANCE_YOUR_CALM"),
	},
	{
		name: "RST_STREAM REFUSED_STREAM", does: reset(http2.ErrCodeRefusedStream),
		expect: byTransport, cause: timedOut, timeout: shortTimeout,
	},
	{
		name: "GOAWAY, then the response", expect: harmless,
		does: steps(goAway(http2.ErrCodeNo), completeH2),
	},
	{
		name: "GOAWAY in the body, then the rest", expect: harmless,
		does: steps(process, head, first, goAway(http2.ErrCodeNo), rest),
	},
	{
		name: "GOAWAY, then closed without response", expect: responseLost, times: always, cause: goneAway,
		does: steps(process, goAway(http2.ErrCodeNo), hangUpH2),
	},
	{
		name: "GOAWAY in the body, then closed", expect: responseLost, times: always, cause: goneAway,
		does: steps(process, head, first, goAway(http2.ErrCodeNo), hangUpH2),
	},
	{
		name: "GOAWAY INTERNAL_ERROR after processing", expect: responseLost, times: always, cause: goneAway,
		does: steps(process, goAway(http2.ErrCodeInternal), hangUpH2),
	},
	{
		name: "RST_STREAM CANCEL after processing", does: steps(process, reset(http2.ErrCodeCancel)),
		expect: responseLost, times: always, cause: says("CANCEL; received from peer"),
	},
	{
		name:   "RST_STREAM INTERNAL_ERROR in the body",
		does:   steps(process, head, first, reset(http2.ErrCodeInternal)),
		expect: responseLost, times: always, cause: says("INTERNAL_ERROR; received from peer"),
	},
	{
		name: "RST_STREAM NO_ERROR in the body", does: steps(process, head, first, reset(http2.ErrCodeNo)),
		expect: responseLost, times: always, cause: says("NO_ERROR; received from peer"),
	},
	{
		name: "stream ended in the body", does: steps(process, head, last),
		expect: responseLost, times: always, cause: is(io.ErrUnexpectedEOF),
	},
	{
		name: "closed in the header", does: steps(process, halfHead, hangUpH2),
		expect: responseLost, times: always, cause: resetOrTruncated,
	},
	{
		name: "header that does not decompress", does: steps(process, badHead),
		expect: responseLost, times: always, cause: says("COMPRESSION_ERROR"),
	},
	{
		name: "body before the header", does: steps(process, first),
		expect: responseLost, times: always, cause: says("PROTOCOL_ERROR"),
	},
	{
		name: "PING on a stream", does: steps(process, pingOnStream),
		expect: responseLost, times: always, cause: says("PROTOCOL_ERROR"),
	},
	{
		name: "window beyond its bounds", does: steps(process, hugeWindow),
		expect: responseLost, times: always, cause: says("FLOW_CONTROL_ERROR"),
	},
	{
		name: "no response", does: process,
		expect: responseLost, times: always, cause: timedOut, timeout: shortTimeout,
	},
	{
		name: "2,000 SETTINGS, then the response", expect: harmless,
		does: steps(repeat(2000, settings), completeH2),
	},
	{
		name: "2,000 PINGs, then the response", expect: harmless,
		does: steps(repeat(2000, ping), completeH2),
	},
}

// goneAway is the cause where a connection is closed after GOAWAY, or what is left of it when the
// reset overtakes the frame.
func goneAway(err error) bool { return says("server sent GOAWAY")(err) || resetOrTruncated(err) }

// TestHTTP2Faults is the matrix for HTTP/2. With the policy that heals the fault meets the first
// request of a call alone, and otherwise all of them.
func TestHTTP2Faults(t *testing.T) {
	server := startH2Server(t)
	f := newFigures(manyLines)
	calls := number(t, "FAULTS_CALLS", 8)
	for _, fault := range h2Faults {
		f.matrix(calls, fault.name, fault.expect, func(p policy, tr trial) {
			tr.serveH2 = func(c *h2Conn, r h2Request) {
				if p.heals && r.requests.Load() > 1 {
					completeH2(c, r)
					return
				}
				fault.does(c, r)
			}
			timeout := cmp.Or(fault.timeout, attemptTimeout)
			if p.heals && fault.times == never { // the transport may wait a second before it sends anew
				timeout = attemptTimeout
			}
			transport := trusting(server)
			defer transport.CloseIdleConnections()
			tr.cause = fault.cause
			tr.times = fault.times
			f.check(t, newClient(t, server.URL, transport, p.retries(), api.WithAttemptTimeout(timeout)), tr)
		})
	}
	f.log(t)
}

// trusting returns a transport with connections of its own.
func trusting(server *httptest.Server) *http.Transport {
	return server.Client().Transport.(*http.Transport).Clone()
}

// TestHTTP2RollingDeploysLoseNothing replaces the server's process every twenty requests, in the
// orderly way: GOAWAY with the last stream that will be answered. Every call succeeds, and no order
// is processed twice.
func TestHTTP2RollingDeploysLoseNothing(t *testing.T) {
	server := startH2Server(t)
	client := newClient(t, server.URL, server.Client().Transport)
	var processes atomic.Int32
	f := newFigures(16)
	f.each(1000, func(tr trial) {
		tr.serveH2 = func(c *h2Conn, r h2Request) {
			switch r.stream { // which are odd
			case 1:
				processes.Add(1)
			case 39:
				goAway(http2.ErrCodeNo)(c, r)
			}
			completeH2(c, r)
		}
		tr.name = "rolling deploy"
		tr.want = expectation{"ok", 1}
		f.check(t, client, tr)
	})
	f.log(t)
	if n := processes.Load(); n < 20 {
		t.Errorf("%d processes, want many: the server did not leave", n)
	}
}

// TestHTTP2StormProcessesNothingTwice shares connections between calls whose every fifth request
// meets one of the faults.
func TestHTTP2StormProcessesNothingTwice(t *testing.T) {
	server := startH2Server(t)
	client := newClient(t, server.URL, server.Client().Transport)
	want := map[string]expectation{
		"GET":  {"ok or failed", 0},
		"POST": {"ok or unknown", 0}, // a connection may end before the request is written
	}
	f := newFigures(16)
	var ok atomic.Int32
	const calls = 1600
	f.each(calls, func(tr trial) {
		tr.serveH2 = func(c *h2Conn, r h2Request) {
			fault := h2Faults[0]
			if rand.IntN(5) == 0 {
				fault = h2Faults[rand.IntN(len(h2Faults))]
			}
			if fault.timeout > 0 {
				fault = h2Faults[0]
			}
			fault.does(c, r)
		}
		tr.name = "storm"
		tr.want = want[tr.method]
		tr.times = maybe
		err := tr.do(t.Context(), client)
		f.judge(t, tr, err)
		if err == nil {
			ok.Add(1)
		}
	})
	f.log(t)
	if n := ok.Load(); n < calls/2 {
		t.Errorf("%d of %d calls succeeded, which are too few for faults in every fifth request", n, calls)
	}
}
