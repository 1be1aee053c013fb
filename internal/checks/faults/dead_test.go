package faults

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	toxiproxy "github.com/Shopify/toxiproxy/v2"

	"github.com/sellerscenter/client-go/api"
)

// TestConnectionThatDiesWithoutAWord has a connection that goes on being open and carries nothing,
// as after a network change, or behind a NAT that forgot it. New connections are well. The pings are
// those that the documentation of api.WithHTTPClient asks of a transport of one's own.
func TestConnectionThatDiesWithoutAWord(t *testing.T) {
	const timeout = 2 * time.Second
	pings := &http.HTTP2Config{SendPingTimeout: timeout / 4, PingTimeout: timeout / 4}
	server := httptest.NewUnstartedServer(&marketplace{})
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	trusted := server.Client().Transport.(*http.Transport).TLSClientConfig
	for _, tt := range []struct {
		name    string
		isHTTP2 bool
		pings   *http.HTTP2Config
		want    expectation
	}{
		{"HTTP/1.1", false, nil, expectation{ok, 2}},
		{"HTTP/2 with pings", true, pings, expectation{ok, 2}},
		{"HTTP/2 without pings", true, nil, expectation{failed, 4}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			address := server.Listener.Addr().String()
			proxy := startProxy(t, address)
			n := &network{faulty: proxy.Listen, clean: address, heals: 1}
			transport := n.transport()
			transport.TLSClientConfig = trusted.Clone()
			transport.ForceAttemptHTTP2 = tt.isHTTP2
			transport.HTTP2 = tt.pings
			defer transport.CloseIdleConnections()
			client := newClient(t, server.URL, transport, api.WithAttemptTimeout(timeout))
			get := func(name string, want expectation) {
				c := &call{method: http.MethodGet, id: newID()}
				err := c.do(t.Context(), client)
				new(tally).judge(t, trial{name: name, call: c, want: want}, err)
			}
			get("alive", expectation{ok, 1})
			die(t, proxy)
			get("dead", tt.want)
		})
	}
}

// die has the connections of a proxy carry nothing from now on.
func die(t *testing.T, proxy *toxiproxy.Proxy) {
	t.Helper()
	for _, toxic := range []string{
		`{"name":"there","type":"timeout","stream":"upstream","attributes":{"timeout":0}}`,
		`{"name":"back","type":"timeout","attributes":{"timeout":0}}`,
	} {
		if _, err := proxy.Toxics.AddToxicJson(strings.NewReader(toxic)); err != nil {
			t.Fatal(err)
		}
	}
}
