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
	responseLost = expectations{
		"GET":  {{failed, 4}, {failed, 1}, {ok, untilHealed}},
		"POST": {{unknown, 1}, {unknown, 1}, {unknown, 1}},
	}
	// The proxy hangs up as soon as it has found that the server does not listen: before the
	// request is written, or after.
	maybeWritten = expectations{
		"GET":  {{failed, 4}, {failed, 1}, {ok, untilHealed}},
		"POST": {{failed | unknown, anyAttempts}, {failed | unknown, 1}, {ok | unknown, anyAttempts}},
	}
)

// resetOnClose makes the proxy end connections with a reset, in place of the orderly close: its
// toxic does nothing else where it is not toxic.
const resetOnClose = `{"type":"reset_peer","toxicity":0}`

// attemptTimeout is above what an attempt takes on a slow machine, but that of the faults that
// wait for it.
const (
	attemptTimeout = 30 * time.Second
	shortTimeout   = 3 * time.Second
)

const slices16 = `{"type":"slicer","attributes":{"average_size":16,"size_variation":8,"delay":100}}`

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
		name:   "reset before the request arrives",
		toxics: []string{`{"type":"reset_peer","stream":"upstream"}`},
		expect: responseLost,
		cause:  is(syscall.ECONNRESET),
	},
	{
		name:   "closed in the request",
		toxics: []string{`{"type":"limit_data","stream":"upstream","attributes":{"bytes":90}}`},
		expect: responseLost,
		cause:  is(io.EOF, syscall.ECONNRESET),
	},
	{
		name:    "reset before the header",
		toxics:  []string{`{"type":"reset_peer"}`},
		expect:  responseLost,
		arrives: true,
		cause:   is(syscall.ECONNRESET),
	},
	{
		// Within the header net/http takes a reset for the end.
		name:    "reset in the header",
		toxics:  []string{resetOnClose, `{"type":"limit_data","attributes":{"bytes":36}}`},
		expect:  responseLost,
		arrives: true,
		cause:   resetOrTruncated,
	},
	{
		name:    "reset in the body",
		toxics:  []string{resetOnClose, `{"type":"limit_data","attributes":{"bytes":1000}}`},
		expect:  responseLost,
		arrives: true,
		cause:   is(syscall.ECONNRESET),
	},
	{
		name:    "closed before the header",
		toxics:  []string{`{"type":"limit_data","attributes":{"bytes":0}}`},
		expect:  responseLost,
		arrives: true,
		cause:   is(io.EOF),
	},
	{
		name:    "closed in the header",
		toxics:  []string{`{"type":"limit_data","attributes":{"bytes":36}}`},
		expect:  responseLost,
		arrives: true,
		cause:   truncated,
	},
	{
		name:    "closed in the body",
		toxics:  []string{`{"type":"limit_data","attributes":{"bytes":1000}}`},
		expect:  responseLost,
		arrives: true,
		cause:   truncated,
	},
	{
		name:    "latency of 100 ms, jitter of 80",
		toxics:  []string{`{"type":"latency","attributes":{"latency":100,"jitter":80}}`},
		expect:  harmless,
		arrives: true,
	},
	{
		name:    "latency of 100 ms, jitter of 80, of the request",
		toxics:  []string{`{"type":"latency","stream":"upstream","attributes":{"latency":100,"jitter":80}}`},
		expect:  harmless,
		arrives: true,
	},
	{
		name:    "response at 1 KB/s",
		toxics:  []string{`{"type":"bandwidth","attributes":{"rate":1}}`},
		expect:  harmless,
		arrives: true,
	},
	{
		name:    "request at 1 KB/s",
		toxics:  []string{`{"type":"bandwidth","stream":"upstream","attributes":{"rate":1}}`},
		expect:  harmless,
		arrives: true,
	},
	{
		name:    "response in slices of 16 bytes",
		toxics:  []string{slices16},
		expect:  harmless,
		arrives: true,
	},
	{
		name:    "slow close",
		toxics:  []string{`{"type":"slow_close","attributes":{"delay":300}}`},
		expect:  harmless,
		arrives: true,
	},
	{
		name:    "response swallowed, closed after 100 ms",
		toxics:  []string{`{"type":"timeout","attributes":{"timeout":100}}`},
		expect:  responseLost,
		arrives: true,
		cause:   is(io.EOF),
	},
	{
		name:    "response swallowed",
		toxics:  []string{`{"type":"timeout","attributes":{"timeout":0}}`},
		expect:  responseLost,
		arrives: true,
		cause:   timedOut,
		timeout: shortTimeout,
	},
	{
		name:    "request swallowed",
		toxics:  []string{`{"type":"timeout","stream":"upstream","attributes":{"timeout":0}}`},
		expect:  responseLost,
		cause:   timedOut,
		timeout: shortTimeout,
	},
	{
		name:    "latency above the attempt timeout",
		toxics:  []string{`{"type":"latency","attributes":{"latency":5000}}`},
		expect:  responseLost,
		arrives: true,
		cause:   timedOut,
		timeout: shortTimeout,
	},
	{
		name:    "body slower than the attempt timeout",
		toxics:  []string{`{"type":"slicer","attributes":{"average_size":64,"delay":200000}}`},
		expect:  responseLost,
		arrives: true,
		cause:   timedOut,
		timeout: shortTimeout,
	},
}

// lost is when a call is given up that does not end.
const lost = 2 * time.Minute

// lines bounds the calls that are made at once. Most of them wait for a timeout; more would wait for
// the processor, which the race detector keeps busy.
var lines = make(chan struct{}, maxLines())

func maxLines() int {
	if raceEnabled {
		return 32
	}
	return 128
}

// check makes a call with a client of its own over a network, and compares its end with what is
// expected. It expects the whole request to arrive at the marketplace, or not.
func (y *tally) check(
	t *testing.T, tr trial, m *marketplace, n *network, arrives bool, timeout time.Duration,
) {
	t.Helper()
	lines <- struct{}{}
	defer func() { <-lines }()
	transport := n.transport()
	defer transport.CloseIdleConnections()
	client := newClient(t, "http://"+n.clean, transport, api.WithAttemptTimeout(timeout), tr.policy.retries())
	ctx, cancel := context.WithTimeout(t.Context(), lost)
	defer cancel()
	tr.heals = int(n.heals)
	y.judge(t, tr, tr.call.do(ctx, client))

	least, most := tr.processed(arrives)
	if got := m.timesProcessed(tr.call.id); got < least || got > most {
		y.wrong.Add(1)
		t.Errorf("%v: processed %d times in %d attempts, want from %d to %d",
			tr, got, tr.call.attempts.Load(), least, most)
	}
}

// processed returns how often the call may be processed, at least and at most. A GET may be
// processed as often as it is sent.
func (tr trial) processed(arrives bool) (least, most int) {
	most = int(tr.call.attempts.Load())
	if tr.call.method == "POST" {
		most = 1
	}
	if arrives {
		return most, most
	}
	healed := tr.policy.heals // so that a later attempt may have arrived
	if tr.call.method == "POST" {
		healed = tr.want.outcome&ok != 0
	}
	if !healed {
		most = 0
	}
	return 0, most
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
	tallies := make([][2][3]tally, len(faults))
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
						tr := trial{
							name:   fault.name,
							call:   &call{method: method, id: newID()},
							policy: p,
							want:   fault.expect[method][k],
							cause:  fault.cause,
						}
						tallies[i][j][k].check(t, tr, m, n, fault.arrives, timeout)
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
