package faults

import (
	"context"
	"io"
	"net/http/httptest"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/sellerscenter/client-go/api"
)

var (
	harmless = expectations{
		"GET":  {{ok, 1}, {ok, 1}, {ok, 1}},
		"POST": {{ok, 1}, {ok, 1}, {ok, 1}},
	}
	neverWritten = expectations{
		"GET":  {{failed, 4}, {failed, 1}, {ok, untilHealed}},
		"POST": {{failed, 4}, {failed, 1}, {ok, untilHealed}},
	}
	answerLost = expectations{
		"GET":  {{failed, 4}, {failed, 1}, {ok, untilHealed}},
		"POST": {{unknown, 1}, {unknown, 1}, {unknown, 1}},
	}
	// The proxy hangs up as soon as it has found that the server does not listen: before the request is written, or after.
	maybeWritten = expectations{
		"GET":  {{failed, 4}, {failed, 1}, {ok, untilHealed}},
		"POST": {{failed | unknown, anyAttempts}, {failed | unknown, 1}, {ok | unknown, anyAttempts}},
	}
)

// resetOnClose makes the proxy end connections with a reset, in place of the orderly close: its toxic does nothing else where it is
// not toxic.
const resetOnClose = `{"type":"reset_peer","toxicity":0}`

// attemptTimeout is above what an attempt takes on a slow machine, but that of the faults that wait for it.
const attemptTimeout, shortTimeout = 30 * time.Second, 3 * time.Second

var faults = []struct {
	name   string
	toxics []string
	down   string // what does not listen: the proxy, or the server behind it
	expect expectations
	// arrives says whether the whole request reaches the server.
	arrives bool
	cause   cause
	timeout time.Duration
}{
	{name: "none", expect: harmless, arrives: true},
	{name: "connection refused", down: "proxy", expect: neverWritten, cause: is(syscall.ECONNREFUSED)},
	{name: "accepted, then hung up", down: "server", expect: maybeWritten},
	{
		name: "reset before the request arrives", expect: answerLost, cause: is(syscall.ECONNRESET),
		toxics: []string{`{"type":"reset_peer","stream":"upstream"}`},
	},
	{
		name: "closed in the request", expect: answerLost, cause: is(io.EOF, syscall.ECONNRESET),
		toxics: []string{`{"type":"limit_data","stream":"upstream","attributes":{"bytes":90}}`},
	},
	{
		name: "reset before the header", expect: answerLost, arrives: true, cause: is(syscall.ECONNRESET),
		toxics: []string{`{"type":"reset_peer"}`},
	},
	{
		// Within the header net/http takes a reset for the end.
		name: "reset in the header", expect: answerLost, arrives: true, cause: resetOrTruncated,
		toxics: []string{resetOnClose, `{"type":"limit_data","attributes":{"bytes":36}}`},
	},
	{
		name: "reset in the body", expect: answerLost, arrives: true, cause: is(syscall.ECONNRESET),
		toxics: []string{resetOnClose, `{"type":"limit_data","attributes":{"bytes":1000}}`},
	},
	{
		name: "closed before the header", expect: answerLost, arrives: true, cause: is(io.EOF),
		toxics: []string{`{"type":"limit_data","attributes":{"bytes":0}}`},
	},
	{
		name: "closed in the header", expect: answerLost, arrives: true, cause: truncated,
		toxics: []string{`{"type":"limit_data","attributes":{"bytes":36}}`},
	},
	{
		name: "closed in the body", expect: answerLost, arrives: true, cause: truncated,
		toxics: []string{`{"type":"limit_data","attributes":{"bytes":1000}}`},
	},
	{
		name: "latency of 100 ms, jitter of 80", expect: harmless, arrives: true,
		toxics: []string{`{"type":"latency","attributes":{"latency":100,"jitter":80}}`},
	},
	{
		name: "latency of 100 ms, jitter of 80, of the request", expect: harmless, arrives: true,
		toxics: []string{`{"type":"latency","stream":"upstream","attributes":{"latency":100,"jitter":80}}`},
	},
	{
		name: "answer at 1 KB/s", expect: harmless, arrives: true,
		toxics: []string{`{"type":"bandwidth","attributes":{"rate":1}}`},
	},
	{
		name: "request at 1 KB/s", expect: harmless, arrives: true,
		toxics: []string{`{"type":"bandwidth","stream":"upstream","attributes":{"rate":1}}`},
	},
	{
		name: "answer in slices of 16 bytes", expect: harmless, arrives: true,
		toxics: []string{`{"type":"slicer","attributes":{"average_size":16,"size_variation":8,"delay":100}}`},
	},
	{
		name: "slow close", expect: harmless, arrives: true,
		toxics: []string{`{"type":"slow_close","attributes":{"delay":300}}`},
	},
	{
		name: "answer swallowed, closed after 100 ms", expect: answerLost, arrives: true, cause: is(io.EOF),
		toxics: []string{`{"type":"timeout","attributes":{"timeout":100}}`},
	},
	{
		name: "answer swallowed", expect: answerLost, arrives: true, cause: is(context.DeadlineExceeded), timeout: shortTimeout,
		toxics: []string{`{"type":"timeout","attributes":{"timeout":0}}`},
	},
	{
		name: "request swallowed", expect: answerLost, cause: is(context.DeadlineExceeded), timeout: shortTimeout,
		toxics: []string{`{"type":"timeout","stream":"upstream","attributes":{"timeout":0}}`},
	},
	{
		name: "latency above the attempt timeout", expect: answerLost, arrives: true, cause: is(context.DeadlineExceeded), timeout: shortTimeout,
		toxics: []string{`{"type":"latency","attributes":{"latency":5000}}`},
	},
	{
		name: "body slower than the attempt timeout", expect: answerLost, arrives: true, cause: is(context.DeadlineExceeded), timeout: shortTimeout,
		toxics: []string{`{"type":"slicer","attributes":{"average_size":64,"delay":200000}}`},
	},
}

// lost is when a call is given up that does not end.
const lost = 2 * time.Minute

// lines bounds the calls that are made at once. Most of them wait for a timeout; more would wait for the processor.
var lines = make(chan struct{}, 128)

// check makes a call with a client of its own over a network, and compares its end with what is expected.
func (y *tally) check(t *testing.T, name string, m *marketplace, n *network, c *call, p policy, want expectation, arrives bool, explains cause, timeout time.Duration) {
	t.Helper()
	lines <- struct{}{}
	defer func() { <-lines }()
	transport := n.transport()
	defer transport.CloseIdleConnections()
	client := newClient(t, "http://"+n.clean, transport, api.WithAttemptTimeout(timeout),
		api.WithRetry(api.RetryPolicy{MaxAttempts: p.maxAttempts, MinDelay: time.Millisecond, MaxDelay: 4 * time.Millisecond}))
	ctx, cancel := context.WithTimeout(t.Context(), lost)
	defer cancel()
	y.judge(t, name, c, c.do(ctx, client), want, p.maxAttempts, int(n.heals), explains)

	// A GET may be processed as often as it is sent. What was not expected to arrive did not.
	least, most := 0, int(c.attempts.Load())
	switch {
	case c.method == "POST" && !arrives && want.outcome&ok == 0, c.method == "GET" && !arrives && !p.heals:
		most = 0
	case c.method == "POST":
		most = 1
	}
	if arrives {
		least = most
	}
	if got := m.timesProcessed(c.id); got < least || got > most {
		y.wrong.Add(1)
		t.Errorf("%s: %s processed %d times in %d attempts, want from %d to %d", name, c.method, got, c.attempts.Load(), least, most)
	}
}

// TestNetworkFaults is the matrix of faults, methods and retry policies.
func TestNetworkFaults(t *testing.T) {
	calls := number(t, "FAULTS_CALLS", 8)
	m := &marketplace{}
	server := httptest.NewServer(m)
	defer server.Close()
	address := server.Listener.Addr().String()
	nobody := startProxy(t, address)
	nobody.Stop()

	proxies := make([]string, len(faults))
	for i, fault := range faults {
		switch fault.down {
		case "proxy":
			proxies[i] = nobody.Listen
		case "server":
			proxies[i] = startProxy(t, nobody.Listen).Listen
		default:
			proxies[i] = startProxy(t, address, fault.toxics...).Listen
		}
	}
	// All rows at once: most of them wait.
	var tallies = make([][2][3]tally, len(faults))
	var running sync.WaitGroup
	for i, fault := range faults {
		for j, method := range methods {
			for k, p := range policies {
				for number := range calls {
					running.Go(func() {
						n := &network{faulty: proxies[i], clean: address}
						if p.heals {
							n.heals = int32(1 + number%3)
						}
						timeout := attemptTimeout
						if fault.timeout > 0 {
							timeout = fault.timeout
						}
						tallies[i][j][k].check(t, fault.name+", "+p.name, m, n, &call{method: method, id: newID()}, p, fault.expect[method][k], fault.arrives, fault.cause, timeout)
					})
				}
			}
		}
	}
	running.Wait()

	survived := newTable("fault\tmethod\tpolicy")
	for i, fault := range faults {
		for j, method := range methods {
			for k, p := range policies {
				survived.add(fault.name+"\t"+method+"\t"+p.name, &tallies[i][j][k])
			}
		}
	}
	survived.log(t, "\t\t", len(faults)*len(methods)*len(policies)*calls)
}
