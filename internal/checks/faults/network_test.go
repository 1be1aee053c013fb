package faults

import (
	"cmp"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	toxiproxy "github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"github.com/sellerscenter/client-go/api"
)

// proxyLeaks are the goroutines of the proxy that are stuck once a client has hung up on what they
// still have to send.
var proxyLeaks = []goleak.Option{
	goleak.IgnoreAnyFunction("github.com/Shopify/toxiproxy/v2/toxics.(*SlicerToxic).Pipe"),
	// On a slow machine its links take their time to end.
	goleak.IgnoreAnyFunction("github.com/Shopify/toxiproxy/v2/toxics.(*ToxicStub).Run"),
	goleak.IgnoreAnyFunction("github.com/Shopify/toxiproxy/v2.(*ToxicLink).read"),
	goleak.IgnoreAnyFunction("github.com/Shopify/toxiproxy/v2.(*ToxicLink).write"),
}

// startProxy starts a proxy with toxics, each in JSON as its HTTP API takes it.
func startProxy(t *testing.T, upstream string, toxics ...string) *toxiproxy.Proxy {
	t.Helper()
	server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
	proxy := toxiproxy.NewProxy(server, t.Name(), "127.0.0.1:0", upstream)
	poison(t, proxy, toxics...)
	if err := proxy.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(proxy.Stop)
	return proxy
}

func poison(t *testing.T, proxy *toxiproxy.Proxy, toxics ...string) {
	t.Helper()
	for _, toxic := range toxics {
		if _, err := proxy.Toxics.AddToxicJson(strings.NewReader(toxic)); err != nil {
			t.Fatalf("%s: %v", toxic, err)
		}
	}
}

// dialing returns a transport that dials an address for its first connection, and another one for
// all further ones.
func dialing(first, later string) *http.Transport {
	var dials atomic.Int32
	return &http.Transport{DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		address := later
		if dials.Add(1) == 1 {
			address = first
		}
		return new(net.Dialer).DialContext(ctx, network, address)
	}}
}

// nobody listens at this address.
const nobody = "127.0.0.1:1"

// The proxy hangs up as soon as it has found that the server does not listen: before the request is
// written, or after.
var maybeWritten = expectations{
	"GET":  {{"failed", 4}, {"failed", 1}, {"ok", 2}},
	"POST": {{"failed or unknown", 0}, {"failed or unknown", 1}, {"ok or unknown", 0}},
}

// resetOnClose makes the proxy end connections with a reset, in place of the orderly close: its
// toxic does nothing else where it is not toxic.
const resetOnClose = `{"type":"reset_peer","toxicity":0}`

var faults = []struct {
	name string
	// toxics are those of a proxy in front of upstream, by default an honest server. With neither
	// nobody listens.
	toxics   []string
	upstream string
	expect   expectations
	times    [2]int32 // that the whole request reaches the server
	cause    cause
	timeout  time.Duration
}{
	{name: "none", toxics: []string{}, expect: harmless, times: always},
	{name: "connection refused", expect: neverWritten, cause: is(syscall.ECONNREFUSED)},
	{name: "accepted, then hung up", upstream: nobody, expect: maybeWritten},
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
		name:   "reset before the header",
		toxics: []string{`{"type":"reset_peer"}`},
		expect: responseLost,
		times:  always,
		cause:  is(syscall.ECONNRESET),
	},
	{
		// Within the header net/http takes a reset for the end.
		name:   "reset in the header",
		toxics: []string{resetOnClose, `{"type":"limit_data","attributes":{"bytes":36}}`},
		expect: responseLost,
		times:  always,
		cause:  resetOrTruncated,
	},
	{
		name:   "reset in the body",
		toxics: []string{resetOnClose, `{"type":"limit_data","attributes":{"bytes":1000}}`},
		expect: responseLost,
		times:  always,
		cause:  is(syscall.ECONNRESET),
	},
	{
		name:   "closed before the header",
		toxics: []string{`{"type":"limit_data","attributes":{"bytes":0}}`},
		expect: responseLost,
		times:  always,
		cause:  is(io.EOF),
	},
	{
		name:   "closed in the header",
		toxics: []string{`{"type":"limit_data","attributes":{"bytes":36}}`},
		expect: responseLost,
		times:  always,
		cause:  truncated,
	},
	{
		name:   "closed in the body",
		toxics: []string{`{"type":"limit_data","attributes":{"bytes":1000}}`},
		expect: responseLost,
		times:  always,
		cause:  truncated,
	},
	{
		name:   "latency of 100 ms, jitter of 80",
		toxics: []string{`{"type":"latency","attributes":{"latency":100,"jitter":80}}`},
		expect: harmless,
		times:  always,
	},
	{
		name:   "latency of 100 ms, jitter of 80, of the request",
		toxics: []string{`{"type":"latency","stream":"upstream","attributes":{"latency":100,"jitter":80}}`},
		expect: harmless,
		times:  always,
	},
	{
		name:   "response at 1 KB/s",
		toxics: []string{`{"type":"bandwidth","attributes":{"rate":1}}`},
		expect: harmless,
		times:  always,
	},
	{
		name:   "request at 1 KB/s",
		toxics: []string{`{"type":"bandwidth","stream":"upstream","attributes":{"rate":1}}`},
		expect: harmless,
		times:  always,
	},
	{
		name:   "response in slices of 16 bytes",
		toxics: []string{`{"type":"slicer","attributes":{"average_size":16,"size_variation":8,"delay":100}}`},
		expect: harmless,
		times:  always,
	},
	{
		name:   "slow close",
		toxics: []string{`{"type":"slow_close","attributes":{"delay":300}}`},
		expect: harmless,
		times:  always,
	},
	{
		name:   "response swallowed, closed after 100 ms",
		toxics: []string{`{"type":"timeout","attributes":{"timeout":100}}`},
		expect: responseLost,
		times:  always,
		cause:  is(io.EOF),
	},
	{
		name:    "response swallowed",
		toxics:  []string{`{"type":"timeout","attributes":{"timeout":0}}`},
		expect:  responseLost,
		times:   always,
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
		times:   always,
		cause:   timedOut,
		timeout: shortTimeout,
	},
	{
		name:    "body slower than the attempt timeout",
		toxics:  []string{`{"type":"slicer","attributes":{"average_size":64,"delay":200000}}`},
		expect:  responseLost,
		times:   always,
		cause:   timedOut,
		timeout: shortTimeout,
	},
}

// TestNetworkFaults is the matrix of faults, methods and retry policies.
func TestNetworkFaults(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(marketplace))
	defer server.Close()
	address := server.Listener.Addr().String()
	f := newFigures(manyLines)
	calls := number(t, "FAULTS_CALLS", 8)
	for _, fault := range faults {
		faulty := nobody
		if fault.upstream != "" || fault.toxics != nil {
			faulty = startProxy(t, cmp.Or(fault.upstream, address), fault.toxics...).Listen
		}
		f.matrix(calls, fault.name, fault.expect, func(p policy, tr trial) {
			later := faulty
			if p.heals {
				later = address
			}
			transport := dialing(faulty, later)
			defer transport.CloseIdleConnections()
			timeout := api.WithAttemptTimeout(cmp.Or(fault.timeout, attemptTimeout))
			tr.cause = fault.cause
			tr.times = fault.times
			f.check(t, newClient(t, server.URL, transport, p.retries(), timeout), tr)
		})
	}
	f.log(t)
}

// TestConnectionThatDiesWithoutAWord has a connection that goes on being open and carries nothing,
// as after a network change, or behind a NAT that forgot it. New connections are well. The pings are
// those that the documentation of api.WithHTTPClient asks of a transport of one's own.
func TestConnectionThatDiesWithoutAWord(t *testing.T) {
	const timeout = 2 * time.Second
	pings := &http.HTTP2Config{SendPingTimeout: timeout / 4, PingTimeout: timeout / 4}
	server := httptest.NewUnstartedServer(http.HandlerFunc(marketplace))
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	for _, tt := range []struct {
		name    string
		isHTTP2 bool
		pings   *http.HTTP2Config
		want    expectation
	}{
		{"HTTP/1.1", false, nil, expectation{"ok", 2}},
		{"HTTP/2 with pings", true, pings, expectation{"ok", 2}},
		{"HTTP/2 without pings", true, nil, expectation{"failed", 4}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			address := server.Listener.Addr().String()
			proxy := startProxy(t, address)
			transport := dialing(proxy.Listen, address)
			transport.TLSClientConfig = server.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
			transport.ForceAttemptHTTP2 = tt.isHTTP2
			transport.HTTP2 = tt.pings
			defer transport.CloseIdleConnections()
			client := newClient(t, server.URL, transport, api.WithAttemptTimeout(timeout))
			f := newFigures(manyLines)
			f.check(t, client, trial{call: newCall("GET"), name: "alive", want: expectation{"ok", 1}})
			poison(t, proxy, `{"name":"there","type":"timeout","stream":"upstream"}`,
				`{"name":"back","type":"timeout"}`)
			f.check(t, client, trial{call: newCall("GET"), name: "dead", want: tt.want})
		})
	}
}
