package faults

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"sync"
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
	"GET":  {{failed, 4}, {failed, 1}, {ok, 1}},
	"POST": {{unknown, 1}, {unknown, 1}, {ok, 1}},
}

var h2Faults = []struct {
	name      string
	script    func(*h2Conn, *h2Request)
	expect    expectations
	processes bool
	cause     cause
	timeout   time.Duration // while the fault lasts
}{
	{name: "none", script: (*h2Conn).complete, expect: harmless, processes: true},
	{
		name:    "GOAWAY, request not processed",
		expect:  byTransport,
		cause:   timedOut,
		timeout: shortTimeout,
		script:  func(c *h2Conn, r *h2Request) { c.goAwayWithout(r, http2.ErrCodeNo) },
	},
	{
		name:   "GOAWAY ENHANCE_YOUR_CALM, request not processed",
		expect: responseLost,
		cause:  says("ENHANCE_YOUR_CALM"),
		script: func(c *h2Conn, r *h2Request) { c.goAwayWithout(r, http2.ErrCodeEnhanceYourCalm) },
	},
	{
		name: "GOAWAY, then the response", expect: harmless, processes: true,
		script: func(c *h2Conn, r *h2Request) {
			c.goAway(http2.ErrCodeNo)
			c.complete(r)
		},
	},
	{
		name: "GOAWAY in the body, then the rest", expect: harmless, processes: true,
		script: func(c *h2Conn, r *h2Request) {
			c.server.process(r.id)
			c.begin(r, len(r.response))
			c.data(r, 0, 1000, false)
			c.goAway(http2.ErrCodeNo)
			c.data(r, 1000, len(r.response), true)
		},
	},
	{
		name:      "GOAWAY, then closed without response",
		expect:    responseLost,
		cause:     goneAway,
		processes: true,
		script: func(c *h2Conn, r *h2Request) {
			c.server.process(r.id)
			c.goAway(http2.ErrCodeNo)
			c.close()
		},
	},
	{
		name:      "GOAWAY in the body, then closed",
		expect:    responseLost,
		cause:     goneAway,
		processes: true,
		script: func(c *h2Conn, r *h2Request) {
			c.server.process(r.id)
			c.begin(r, len(r.response))
			c.data(r, 0, 1000, false)
			c.goAway(http2.ErrCodeNo)
			c.close()
		},
	},
	{
		name:      "GOAWAY INTERNAL_ERROR after processing",
		expect:    responseLost,
		cause:     goneAway,
		processes: true,
		script: func(c *h2Conn, r *h2Request) {
			c.server.process(r.id)
			c.goAway(http2.ErrCodeInternal)
			c.close()
		},
	},
	{
		name:    "RST_STREAM REFUSED_STREAM",
		expect:  byTransport,
		cause:   timedOut,
		timeout: shortTimeout,
		script:  func(c *h2Conn, r *h2Request) { c.reset(r, http2.ErrCodeRefusedStream) },
	},
	{
		name:      "RST_STREAM CANCEL after processing",
		expect:    responseLost,
		cause:     says("CANCEL; received from peer"),
		processes: true,
		script: func(c *h2Conn, r *h2Request) {
			c.server.process(r.id)
			c.reset(r, http2.ErrCodeCancel)
		},
	},
	{
		name:      "RST_STREAM INTERNAL_ERROR in the body",
		expect:    responseLost,
		cause:     says("INTERNAL_ERROR; received from peer"),
		processes: true,
		script: func(c *h2Conn, r *h2Request) {
			c.server.process(r.id)
			c.begin(r, len(r.response))
			c.data(r, 0, 1000, false)
			c.reset(r, http2.ErrCodeInternal)
		},
	},
	{
		name:      "RST_STREAM NO_ERROR in the body",
		expect:    responseLost,
		cause:     says("NO_ERROR; received from peer"),
		processes: true,
		script: func(c *h2Conn, r *h2Request) {
			c.server.process(r.id)
			c.begin(r, len(r.response))
			c.data(r, 0, 1000, false)
			c.reset(r, http2.ErrCodeNo)
		},
	},
	{
		name:      "stream ended in the body",
		expect:    responseLost,
		cause:     is(io.ErrUnexpectedEOF),
		processes: true,
		script: func(c *h2Conn, r *h2Request) {
			c.server.process(r.id)
			c.begin(r, len(r.response))
			c.data(r, 0, 1000, true)
		},
	},
	{
		name:      "closed in the header",
		expect:    responseLost,
		cause:     resetOrTruncated,
		processes: true,
		script: func(c *h2Conn, r *h2Request) {
			c.server.process(r.id)
			c.write(func() error {
				block := c.header(len(r.response))
				half := block[:len(block)/2]
				return c.framer.WriteHeaders(http2.HeadersFrameParam{StreamID: r.stream, BlockFragment: half})
			})
			c.close()
		},
	},
	{
		name:      "header that does not decompress",
		expect:    responseLost,
		cause:     says("COMPRESSION_ERROR"),
		processes: true,
		script: func(c *h2Conn, r *h2Request) {
			c.server.process(r.id)
			c.write(func() error {
				return c.framer.WriteHeaders(http2.HeadersFrameParam{
					StreamID:      r.stream,
					BlockFragment: bytes.Repeat([]byte{0xff}, 5),
					EndHeaders:    true,
				})
			})
		},
	},
	{
		name:      "body before the header",
		expect:    responseLost,
		cause:     says("PROTOCOL_ERROR"),
		processes: true,
		script: func(c *h2Conn, r *h2Request) {
			c.server.process(r.id)
			c.data(r, 0, len(r.response), true)
		},
	},
	{
		name:      "PING on a stream",
		expect:    responseLost,
		cause:     says("PROTOCOL_ERROR"),
		processes: true,
		script: func(c *h2Conn, r *h2Request) {
			c.server.process(r.id)
			c.write(func() error {
				return c.framer.WriteRawFrame(http2.FramePing, 0, r.stream, make([]byte, 8))
			})
		},
	},
	{
		name:      "window beyond its bounds",
		expect:    responseLost,
		cause:     says("FLOW_CONTROL_ERROR"),
		processes: true,
		script: func(c *h2Conn, r *h2Request) {
			c.server.process(r.id)
			c.write(func() error { return c.framer.WriteWindowUpdate(0, 1<<31-1) })
		},
	},
	{
		name:      "no response",
		expect:    responseLost,
		cause:     timedOut,
		processes: true,
		timeout:   shortTimeout,
		script:    func(c *h2Conn, r *h2Request) { c.server.process(r.id) },
	},
	{
		name: "2,000 SETTINGS, then the response", expect: harmless, processes: true,
		script: func(c *h2Conn, r *h2Request) {
			for i := range uint32(2000) {
				c.write(func() error {
					setting := http2.Setting{ID: http2.SettingMaxConcurrentStreams, Val: 100 + i}
					return c.framer.WriteSettings(setting)
				})
			}
			c.complete(r)
		},
	},
	{
		name: "2,000 PINGs, then the response", expect: harmless, processes: true,
		script: func(c *h2Conn, r *h2Request) {
			for i := range 2000 {
				c.write(func() error { return c.framer.WritePing(false, [8]byte{byte(i), byte(i >> 8)}) })
			}
			c.complete(r)
		},
	},
}

// goneAway is the cause where a connection is closed after GOAWAY, or what is left of it when the
// reset overtakes the frame.
func goneAway(err error) bool { return says("server sent GOAWAY")(err) || resetOrTruncated(err) }

// TestHTTP2Faults is the matrix for HTTP/2. With the policy that heals the fault meets the first
// request of a call alone, and otherwise all of them.
func TestHTTP2Faults(t *testing.T) {
	calls := number(t, "FAULTS_CALLS", 8)
	var tallies = make([][2][3]tally, len(h2Faults))
	var running sync.WaitGroup
	for i, fault := range h2Faults {
		for k, p := range policies {
			server := startH2Server(t, func(c *h2Conn, r *h2Request) {
				if p.heals && r.times > 1 {
					c.complete(r)
					return
				}
				fault.script(c, r)
			})
			timeout := attemptTimeout
			if fault.timeout > 0 && (fault.processes || !p.heals) {
				// Otherwise the transport may wait a second before it sends anew.
				timeout = fault.timeout
			}
			for j, method := range methods {
				for range calls {
					running.Go(func() {
						tr := trial{
							name:   fault.name,
							call:   &call{method: method, id: newID()},
							policy: p,
							want:   fault.expect[method][k],
							heals:  1,
							cause:  fault.cause,
						}
						tallies[i][j][k].checkH2(t, tr, server, fault.processes, timeout)
					})
				}
			}
		}
	}
	running.Wait()

	survived := newTable("fault\tmethod\tpolicy")
	for i, fault := range h2Faults {
		for j, method := range methods {
			for k, p := range policies {
				survived.add(fault.name+"\t"+method+"\t"+p.name, &tallies[i][j][k])
			}
		}
	}
	survived.log(t, "\t\t", len(h2Faults)*len(methods)*len(policies)*calls)
}

// checkH2 makes a call on a connection of its own.
func (y *tally) checkH2(t *testing.T, tr trial, server *h2Server, processes bool, timeout time.Duration) {
	t.Helper()
	lines <- struct{}{}
	defer func() { <-lines }()
	transport := server.transport()
	defer transport.CloseIdleConnections()
	client := newClient(t, server.url, transport, api.WithAttemptTimeout(timeout), tr.policy.retries())
	ctx, cancel := context.WithTimeout(t.Context(), lost)
	defer cancel()
	err := tr.call.do(ctx, client)
	y.judge(t, tr, err)
	if tr.call.method == http.MethodGet {
		return
	}
	want := 0
	if processes || err == nil {
		want = 1
	}
	if got := server.timesProcessed(tr.call.id); got != want {
		y.wrong.Add(1)
		t.Errorf("%v: processed %d times, want %d", tr, got, want)
	}
}

// TestHTTP2RollingDeploysLoseNothing replaces the server's process every few requests, in the
// orderly way: GOAWAY with the last stream that will be answered. Every call succeeds, and no
// order is processed twice.
func TestHTTP2RollingDeploysLoseNothing(t *testing.T) {
	var mu sync.Mutex
	answered := map[*h2Conn]int{}
	server := startH2Server(t, func(c *h2Conn, r *h2Request) {
		mu.Lock()
		answered[c]++
		leaves := answered[c] == 20
		mu.Unlock()
		if leaves {
			c.goAway(http2.ErrCodeNo)
		}
		time.Sleep(time.Millisecond) // so that calls share a connection
		c.complete(r)
	})
	transport := server.transport()
	defer transport.CloseIdleConnections()
	client := newClient(t, server.url, transport, api.WithAttemptTimeout(attemptTimeout))
	var y tally
	const goroutines = 16
	const each = 40
	var running sync.WaitGroup
	for i := range goroutines {
		running.Go(func() {
			for j := range each {
				c := &call{method: methods[(i+j)%2], id: newID()}
				tr := trial{name: "rolling deploy", call: c, policy: policies[0], want: expectation{ok, 1}}
				y.judge(t, tr, c.do(t.Context(), client))
				if n := server.timesProcessed(c.id); n != 1 {
					t.Errorf("%s processed %d times, want once", c.method, n)
				}
			}
		})
	}
	running.Wait()
	mu.Lock()
	defer mu.Unlock()
	if len(answered) < 5 {
		t.Errorf("%d connections, want many: the server did not leave", len(answered))
	}
	t.Logf("%d calls over %d connections, %d ok in %d attempts",
		y.calls.Load(), len(answered), y.ok.Load(), y.attempts.Load())
}

// TestHTTP2StormProcessesNothingTwice shares connections between calls whose every fifth request
// meets one of the faults.
func TestHTTP2StormProcessesNothingTwice(t *testing.T) {
	server := startH2Server(t, func(c *h2Conn, r *h2Request) {
		fault := chaos(numberOf(r.id), r.times) % (5 * uint64(len(h2Faults)))
		if fault < uint64(len(h2Faults)) && h2Faults[fault].timeout == 0 {
			h2Faults[fault].script(c, r)
			return
		}
		c.complete(r)
	})
	transport := server.transport()
	defer transport.CloseIdleConnections()
	client := newClient(t, server.url, transport, api.WithAttemptTimeout(attemptTimeout))
	var gets, posts tally
	const goroutines = 16
	const each = 100
	var running sync.WaitGroup
	for range goroutines {
		running.Go(func() {
			for j := range each {
				c := &call{method: methods[j%2], id: newID()}
				y := &gets
				want := expectation{ok | failed, anyAttempts}
				if c.method == "POST" {
					y = &posts
					want = expectation{ok | unknown, anyAttempts} // a connection may end before it is written
				}
				err := c.do(t.Context(), client)
				y.judge(t, trial{name: "storm", call: c, policy: policies[0], want: want}, err)
				n := server.timesProcessed(c.id)
				if c.method == "POST" && n > 1 || err == nil && n == 0 {
					t.Errorf("%s processed %d times, with %v", c.method, n, err)
				}
			}
		})
	}
	running.Wait()
	b := newTable("method")
	b.add("GET", &gets)
	b.add("POST", &posts)
	b.log(t, "", goroutines*each)
	if gets.ok.Load() < gets.calls.Load()*9/10 || posts.ok.Load() < posts.calls.Load()/4 {
		t.Error("too few calls succeeded for faults in every fifth request")
	}
}
