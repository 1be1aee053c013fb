package api_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sellerscenter/client-go/api"
)

// lingeringListener accepts connections that the client is the first to close, so that it never
// loses what the server said last.
type lingeringListener struct{ net.Listener }

func (l lingeringListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return lingeringConn{conn.(*net.TCPConn)}, nil
}

type lingeringConn struct{ *net.TCPConn }

func (c lingeringConn) Close() error {
	_ = c.CloseWrite()
	_, _ = io.Copy(io.Discard, c.TCPConn)
	return c.TCPConn.Close()
}

// checkRefusal checks an error of what no server got: its text, a regular expression, that the
// outcome is known, and the chain of net/http's error.
func checkRefusal(t *testing.T, err error, text string) {
	t.Helper()
	line := regexp.MustCompile("^sellerscenter: (GET|POST).* " + operationPath + ": " + text + "$")
	isKnown := !errors.Is(err, api.ErrOutcomeUnknown)
	if !line.MatchString(fmt.Sprint(err)) || !isKnown || !errors.As(err, new(*url.Error)) {
		t.Errorf("error %v, want %s", err, text)
	}
	checkText(t, fmt.Sprint(err))
}

// TestRefusedHandshakeIsNotRetried has servers and clients that do not accept each other.
func TestRefusedHandshakeIsNotRetried(t *testing.T) {
	demanding := func(server, _ *tls.Config) { server.ClientAuth = tls.RequireAnyClientCert }
	for _, tt := range []struct {
		name   string
		http2  bool
		change func(server, client *tls.Config)
		text   string
	}{
		{"certificate of an unknown authority", false, func(_, client *tls.Config) {
			client.RootCAs = x509.NewCertPool()
		}, `tls: failed to verify certificate: x509: certificate signed by unknown authority \(1 attempt\)`},
		{"client certificate demanded", false, demanding, `.*certificate required \(1 attempt\)`},
		{"client certificate demanded with TLS 1.2", false, func(server, client *tls.Config) {
			demanding(server, client)
			client.MaxVersion = tls.VersionTLS12
		}, `remote error: tls: .* \(1 attempt\)`},
		// The alert comes before the request is begun, which is then made again, or after.
		{"client certificate demanded over HTTP/2", true, demanding, `.* \(\d attempts?\)`},
		{"client certificate of an unknown authority", false, func(server, client *tls.Config) {
			server.ClientAuth = tls.RequireAndVerifyClientCert
			server.ClientCAs = x509.NewCertPool()
			client.Certificates = server.Certificates
		}, `.*unknown certificate authority \(1 attempt\)`},
		{"TLS version refused", false, func(server, client *tls.Config) {
			server.MinVersion = tls.VersionTLS13
			client.MaxVersion = tls.VersionTLS12
		}, `remote error: tls: protocol version not supported \(1 attempt\)`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			server := httptest.NewUnstartedServer(http.HandlerFunc(ok))
			server.Config.ErrorLog = log.New(io.Discard, "", 0)
			server.EnableHTTP2 = tt.http2
			server.Listener = lingeringListener{server.Listener}
			server.StartTLS()
			defer server.Close()
			tt.change(server.TLS, server.Client().Transport.(*http.Transport).TLSClientConfig)
			c := newClientOf(t, server.URL, server.Client(), atOnce)
			for _, method := range []string{"GET", "POST"} {
				_, err := doer(t, c).Do(request(t.Context(), t, method, server.URL, ""))
				checkRefusal(t, err, tt.text)
			}
		})
	}
}

// TestWhatNoServerGets has proxies that refuse the client, and requests that net/http refuses, such
// as after an editor set a header to what was pasted with a newline.
func TestWhatNoServerGets(t *testing.T) {
	nothing := func(*http.Request) {}
	for _, tt := range []struct {
		name, status string // of the proxy
		spoil        func(r *http.Request)
		text         string
	}{
		{"proxy wants a password", "407 Proxy Authentication Required", nothing,
			`Proxy Authentication Required \(1 attempt\)`},
		{"proxy forbids the host", "403 Forbidden", nothing, `Forbidden \(1 attempt\)`},
		{"proxy does not know the client", "401 Unauthorized", nothing, `Unauthorized \(1 attempt\)`},
		{"proxy without CONNECT", "405 Method Not Allowed", nothing, `Method Not Allowed \(1 attempt\)`},
		{"proxy fails", "503 Service Unavailable", nothing, `Service Unavailable \(4 attempts\)`},
		{"proxy says what is no text", "403 Go\x1b[31m \xff", nothing,
			`Go \[31m ` + "\ufffd" + ` \(4 attempts\)`},
		{"proxy says much", "403 " + strings.Repeat("no such place ", 1000), nothing,
			`(no such place ){17}no \(4 attempts\)`},
		{"header value", "", func(r *http.Request) { r.Header.Set("X-Shop", "7\n") },
			`net/http: invalid header field value for "X-Shop" \(1 attempt\)`},
		{"header name", "", func(r *http.Request) { r.Header["X Shop"] = []string{"7"} },
			`net/http: invalid header field name "X Shop" \(1 attempt\)`},
		{"trailer", "", func(r *http.Request) { r.Trailer = http.Header{"X Shop": {"7"}} },
			`net/http: invalid trailer field name "X Shop" \(1 attempt\)`},
		{"method", "", func(r *http.Request) { r.Method += " /" },
			`net/http: invalid method .* \(1 attempt\)`},
		{"scheme", "", func(r *http.Request) { r.URL.Scheme = "htps" },
			`unsupported protocol scheme "htps" \(1 attempt\)`},
		{"host", "", func(r *http.Request) { r.URL.Host = "" }, `http: no Host in request URL \(1 attempt\)`},
		{"query", "", func(r *http.Request) {
			r.URL.Scheme = "http" // for which a proxy is not asked to CONNECT
			r.URL.RawQuery = "shop=7\nmarked-secret"
		},
			`net/http: can't write control character in Request.URL \(1 attempt\)`},
		{"request URI", "", func(r *http.Request) { r.RequestURI = "/" },
			`http: Request.RequestURI can't be set in client requests \(1 attempt\)`},
	} {
		for _, method := range []string{"GET", "POST"} {
			inBubble(t, tt.name+"/"+method, func(t *testing.T) {
				r := request(t.Context(), t, method, baseURL, "{}")
				tt.spoil(r)
				_, err := doer(t, newClientOf(t, baseURL, proxy(tt.status))).Do(r)
				checkRefusal(t, err, tt.text)
			})
		}
	}
}

func TestCookiesOfEachAttemptAreTheJars(t *testing.T) {
	jar, _ := cookiejar.New(nil)
	var got []string
	client := &http.Client{Jar: jar, Transport: handle(func(w http.ResponseWriter, r *http.Request) {
		got = append(got, r.Header.Get("Cookie"))
		http.SetCookie(w, &http.Cookie{Name: "node", Value: strconv.Itoa(len(got))})
		w.WriteHeader(http.StatusBadGateway)
	})}
	_, _ = get(t.Context(), newClientOf(t, baseURL, client, atOnce))
	if want := []string{"", "node=1", "node=2", "node=3"}; !slices.Equal(got, want) {
		t.Errorf("cookies of the attempts: %q, want %q", got, want)
	}
}

func TestTransportThatRewritesTheURLGetsTheKeyAgain(t *testing.T) {
	answers := inTurn(reply(503, ""), reply(200, completed))
	c := newClient(t, wire(func(r *http.Request) (*http.Response, error) {
		if r.Header.Get("X-API-Key") != markedKey {
			t.Error("an attempt is sent without the key")
		}
		r.URL.Host = "127.0.0.1:8080" // as transports to a test server do
		return answers(r)
	}), atOnce)
	if _, err := get(t.Context(), c); err != nil {
		t.Error(err)
	}
}

func TestHTTPClientsOfOthersAreNotChanged(t *testing.T) {
	own := &http.Client{Transport: &http.Transport{}, Timeout: time.Minute}
	before := fmt.Sprintf("%+v %+v", own, http.DefaultClient)
	_ = newClientOf(t, baseURL, own)
	_ = newClientOf(t, baseURL, &http.Client{})
	now := fmt.Sprintf("%+v %+v", own, http.DefaultClient)
	idle := http.DefaultTransport.(*http.Transport).MaxIdleConnsPerHost
	if now != before || idle != 0 {
		t.Errorf("changed from %s to %s, and to %d idle connections for each host", before, now, idle)
	}
}

// pipes is a network in memory, as a bubble needs it. When it changes, its connections die without
// a word: they go on being open, and carry nothing.
type pipes struct {
	accepted chan net.Conn
	dials    atomic.Int64
	changes  atomic.Int64
}

func (p *pipes) dial(context.Context, string, string) (net.Conn, error) {
	p.dials.Add(1)
	client, server := net.Pipe()
	p.accepted <- server
	return mortalConn{client, p, p.changes.Load()}, nil
}

func (p *pipes) Accept() (net.Conn, error) {
	conn, open := <-p.accepted
	if !open {
		return nil, net.ErrClosed
	}
	return conn, nil
}

func (p *pipes) Close() error {
	close(p.accepted)
	return nil
}

func (*pipes) Addr() net.Addr { return &net.TCPAddr{} }

type mortalConn struct {
	net.Conn

	network *pipes
	changes int64 // at its birth
}

func (c mortalConn) Write(b []byte) (int, error) {
	if c.network.changes.Load() > c.changes {
		return len(b), nil
	}
	return c.Conn.Write(b)
}

// onlyHTTP2 is HTTP/2 without TLS.
func onlyHTTP2() *http.Protocols {
	p := new(http.Protocols)
	p.SetUnencryptedHTTP2(true)
	return p
}

// servePipes serves h until the test ends, and returns its network, with a transport.
func servePipes(t *testing.T, protocols *http.Protocols, h http.HandlerFunc) (*pipes, *http.Transport) {
	t.Helper()
	network := &pipes{accepted: make(chan net.Conn)}
	server := &http.Server{Handler: h, Protocols: protocols}
	go func() { _ = server.Serve(network) }()
	transport := &http.Transport{DialContext: network.dial, Protocols: protocols}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		_ = server.Close()
	})
	return network, transport
}

// newDefaultClient returns a client without a transport of the caller's: its own is made of
// net/http's, which here has a network in memory, behind which is h.
func newDefaultClient(
	t *testing.T, protocols *http.Protocols, h http.HandlerFunc, opts ...api.Option,
) (*api.Client, *pipes) {
	t.Helper()
	network, transport := servePipes(t, protocols, h)
	standard := http.DefaultTransport
	http.DefaultTransport = transport
	defer func() { http.DefaultTransport = standard }()
	return newClientOf(t, "http://127.0.0.1", &http.Client{}, opts...), network
}

func TestConnectionThatDiesWithoutAWord(t *testing.T) {
	for name, protocols := range map[string]*http.Protocols{"HTTP/1.1": nil, "HTTP/2": onlyHTTP2()} {
		inBubble(t, name, func(t *testing.T) {
			c, network := newDefaultClient(t, protocols, ok)
			call := func() {
				start := time.Now()
				_, err := get(t.Context(), c)
				if took := time.Since(start); err != nil || took > 31*time.Second {
					t.Errorf("error %v after %v, want the second attempt to succeed", err, took)
				}
			}
			call()
			network.changes.Add(1)
			var calls sync.WaitGroup
			for range 3 {
				calls.Go(call)
			}
			if _, err := c.WaitShipOrderBatch(t.Context(), batchID); err != nil {
				t.Error(err)
			}
			calls.Wait()
		})
	}
}

func TestConnectionsAreReused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const concurrent = 50
		var requests atomic.Int64
		c, network := newDefaultClient(t, nil, func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(time.Second) // so that all of a round are under way at the same time
			if requests.Add(1)%2 == 0 {
				// Longer than what an error keeps.
				http.Error(w, strings.Repeat("<html>", 15_000), http.StatusNotFound)
				return
			}
			ok(w, r)
		}, api.WithoutRateLimit())
		for range 4 {
			for range concurrent {
				go func() { _, _ = get(t.Context(), c) }()
			}
			time.Sleep(time.Minute)
		}
		if n := network.dials.Load(); requests.Load() != 4*concurrent || n != concurrent {
			t.Errorf("%d connections for %d calls, %d at a time", n, requests.Load(), concurrent)
		}
	})
}

// TestHeadersAreBounded: Go's own bound is ten times as high.
func TestHeadersAreBounded(t *testing.T) {
	for size, isRead := range map[int]bool{900 << 10: true, 1100 << 10: false} {
		c, _ := newDefaultClient(t, nil, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Padding", strings.Repeat("x", size))
			ok(w, r)
		}, noRetry)
		if _, err := get(t.Context(), c); (err == nil) != isRead {
			t.Errorf("headers of %d bytes: error %v, want them read: %v", size, err, isRead)
		}
	}
}

// TestAttemptTimeout has servers that respond to a part, and then no more.
func TestAttemptTimeout(t *testing.T) {
	minute := []api.Option{api.WithAttemptTimeout(time.Minute)}
	none := []api.Option{api.WithAttemptTimeout(0)}
	const within30 = operationPath + ": no complete response within 30s: "
	const within60 = operationPath + ": no complete response within 1m0s: "
	const late = "context deadline exceeded (1 attempt)"
	const inBody = "body of the response with status code 200: "
	for _, tt := range []struct {
		name      string
		protocols *http.Protocols
		sends     string
		client    time.Duration // the timeout of the caller's http.Client, 0 for none
		opts      []api.Option
		took      time.Duration
		says      string
	}{
		{"HTTP/1.1", nil, "", 0, nil, 30 * time.Second, within30 + late},
		{"HTTP/1.1, in the body", nil, "{", 0, minute, time.Minute, within60 + inBody + late},
		{"HTTP/2", onlyHTTP2(), "", 0, minute, time.Minute, within60 + late},
		{"HTTP/2, in the body", onlyHTTP2(), "{", 0, nil, 30 * time.Second, within30 + inBody + late},
		{"caller's http.Client", nil, "", time.Second, none, time.Second,
			"(Client.Timeout exceeded while awaiting headers) (1 attempt)"},
	} {
		inBubble(t, tt.name, func(t *testing.T) {
			_, transport := servePipes(t, tt.protocols, func(w http.ResponseWriter, r *http.Request) {
				if tt.sends != "" {
					_, _ = io.WriteString(w, tt.sends)
					_ = http.NewResponseController(w).Flush()
				}
				<-r.Context().Done()
			})
			client := &http.Client{Transport: transport, Timeout: tt.client}
			c := newClientOf(t, "http://127.0.0.1", client, append(tt.opts, noRetry)...)
			start := time.Now()
			_, err := get(t.Context(), c)
			took := time.Since(start)
			if took != tt.took || !errors.Is(err, context.DeadlineExceeded) ||
				!strings.HasSuffix(fmt.Sprint(err), tt.says) {
				t.Errorf("error %v after %v, want one after %v that says %q", err, took, tt.took, tt.says)
			}
		})
	}
}
