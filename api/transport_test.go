package api_test

import (
	"bytes"
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
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/generated"
)

// server starts a server, and returns its URL and a client of it.
type server func(testing.TB) (string, *http.Client)

// tlsServer returns a server that configure has set up, and whose certificate its client trusts.
func tlsServer(configure func(*httptest.Server)) server {
	return func(t testing.TB) (string, *http.Client) {
		t.Helper()
		s := httptest.NewUnstartedServer(http.HandlerFunc(ok))
		s.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
		s.Config.ErrorLog = log.New(io.Discard, "", 0)
		configure(s)
		s.Listener = lingeringListener{s.Listener}
		s.StartTLS()
		t.Cleanup(s.Close)
		return s.URL, s.Client()
	}
}

// demanding makes a server demand a certificate of its clients.
func demanding(s *httptest.Server) { s.TLS.ClientAuth = tls.RequireAnyClientCert }

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

// changed returns a server and a client that change has changed.
func changed(s server, change func(base *string, client *http.Client)) server {
	return func(t testing.TB) (string, *http.Client) {
		t.Helper()
		base, client := s(t)
		change(&base, client)
		return base, client
	}
}

// plainServer returns a server of plain HTTP.
func plainServer(t testing.TB) (string, *http.Client) {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(ok))
	t.Cleanup(s.Close)
	return s.URL, s.Client()
}

// strangersServer returns a server, and a client with a certificate that the server does not trust.
func strangersServer(t testing.TB) (string, *http.Client) {
	t.Helper()
	var server *httptest.Server
	base, client := tlsServer(func(s *httptest.Server) {
		server = s
		s.TLS.ClientAuth = tls.RequireAndVerifyClientCert
		s.TLS.ClientCAs = x509.NewCertPool()
	})(t)
	client.Transport.(*http.Transport).TLSClientConfig.Certificates = server.TLS.Certificates
	return base, client
}

// unreachable returns a server that cannot be reached through the client's proxy.
func unreachable(proxy *http.Client) server {
	return func(testing.TB) (string, *http.Client) { return baseURL, proxy }
}

// proxy returns a client whose proxy answers CONNECT with a status line.
func proxy(status string) *http.Client {
	transport := (&rawServer{answer: bytesOf(whole(status, ""))}).piped()
	transport.DialTLSContext = nil
	transport.Proxy = http.ProxyURL(&url.URL{Scheme: "http", Host: "proxy.example:3128"})
	return &http.Client{Transport: transport}
}

// TestWhatAnotherAttemptWouldMeetAgainIsNotRetried has servers and proxies that refuse the client
// before they get a request.
func TestWhatAnotherAttemptWouldMeetAgainIsNotRetried(t *testing.T) {
	demandingTLS12 := func(s *httptest.Server) {
		demanding(s)
		s.TLS.MaxVersion = tls.VersionTLS12
	}
	demandingTLS13 := func(s *httptest.Server) { s.TLS.MinVersion = tls.VersionTLS13 }
	stranger := func(_ *string, client *http.Client) { client.Transport = nil }
	outdated := func(_ *string, client *http.Client) {
		client.Transport.(*http.Transport).TLSClientConfig.MaxVersion = tls.VersionTLS12
	}
	hopeful := func(base *string, _ *http.Client) { *base = strings.Replace(*base, "http:", "https:", 1) }
	for _, tt := range []struct {
		name   string
		server server
		is     error
		as     any
		says   string
	}{
		{
			name: "certificate of an unknown authority", as: new(*tls.CertificateVerificationError),
			server: changed(tlsServer(func(*httptest.Server) {}), stranger),
		},
		{
			name: "client certificate demanded", server: tlsServer(demanding),
			as: new(*net.OpError), says: "certificate required",
		},
		{
			name: "client certificate demanded with TLS 1.2", server: tlsServer(demandingTLS12),
			as: new(*net.OpError),
		},
		{
			name: "client certificate of an unknown authority", server: strangersServer,
			as: new(*net.OpError), says: "unknown certificate authority",
		},
		{
			name: "TLS version refused", server: changed(tlsServer(demandingTLS13), outdated),
			as: new(*net.OpError), says: "protocol version not supported",
		},
		{
			name: "plain HTTP server behind https", server: changed(plainServer, hopeful),
			is: http.ErrSchemeMismatch,
		},
		{
			name: "proxy that wants a password", says: "Proxy Authentication Required",
			server: unreachable(proxy("407 Proxy Authentication Required")),
		},
		{name: "proxy that forbids the host", server: unreachable(proxy("403 Forbidden")), says: "Forbidden"},
		{
			name: "proxy that does not know the client", server: unreachable(proxy("401 Unauthorized")),
			says: "Unauthorized",
		},
		{
			name: "proxy without CONNECT", server: unreachable(proxy("405 Method Not Allowed")),
			says: "Method Not Allowed",
		},
	} {
		for _, method := range []string{"GET", "POST"} {
			t.Run(tt.name+"/"+method, func(t *testing.T) {
				base, client := tt.server(t)
				c, err := api.New(base, markedKey, api.WithHTTPClient(client), atOnce)
				if err != nil {
					t.Fatal(err)
				}
				_, err = doer(t, c).Do(request(t.Context(), t, method, base, "{}"))
				if !strings.HasSuffix(fmt.Sprint(err), "(1 attempt)") ||
					errors.Is(err, api.ErrOutcomeUnknown) {
					t.Errorf("error %v, want one attempt, and an outcome that is known", err)
				}
				matches := tt.is == nil || errors.Is(err, tt.is)
				if !matches || tt.as != nil && !errors.As(err, tt.as) || !errors.As(err, new(*url.Error)) {
					t.Errorf("error %v lost its chain", err)
				}
				if !strings.Contains(fmt.Sprint(err), tt.says) {
					t.Errorf("error %v does not say %q", err, tt.says)
				}
			})
		}
	}
}

// TestRequestThatIsNeverSentIsNotRetried has requests that net/http refuses, such as after an editor
// of the caller's set a header to what was pasted with a newline.
func TestRequestThatIsNeverSentIsNotRetried(t *testing.T) {
	for name, spoil := range map[string]func(r *http.Request){
		"header value": func(r *http.Request) { r.Header.Set("X-Shop", "7\n") },
		"header name":  func(r *http.Request) { r.Header["X Shop"] = []string{"7"} },
		"trailer":      func(r *http.Request) { r.Trailer = http.Header{"X Shop": {"7"}} },
		"method":       func(r *http.Request) { r.Method += " /" },
		"scheme":       func(r *http.Request) { r.URL.Scheme = "htps" },
		"host":         func(r *http.Request) { r.URL.Host = "" },
		"query":        func(r *http.Request) { r.URL.RawQuery = "shop=7\nmarked-secret" },
		"request URI":  func(r *http.Request) { r.RequestURI = "/" },
	} {
		for _, method := range []string{"GET", "POST"} {
			t.Run(name+"/"+method, func(t *testing.T) {
				base, client := plainServer(t)
				c, err := api.New(base, markedKey, api.WithHTTPClient(client), atOnce)
				if err != nil {
					t.Fatal(err)
				}
				r := request(t.Context(), t, method, base, "{}")
				spoil(r)
				_, err = doer(t, c).Do(r)
				text := fmt.Sprint(err)
				if !strings.HasSuffix(text, "(1 attempt)") || errors.Is(err, api.ErrOutcomeUnknown) {
					t.Errorf("error %v, want one attempt, and an outcome that is known", err)
				}
				if strings.Contains(text, "\n") || strings.Contains(text, "marked-secret") {
					t.Errorf("error %q has the query, or a second line", text)
				}
			})
		}
	}
}

// TestClientCertificateDemandedOverHTTP2 has an alert that comes before or after the request is
// begun; net/http tells of the alert only in the latter case. With a body it may tell, rarely, of
// a closed connection instead, and the outcome is then unknown.
func TestClientCertificateDemandedOverHTTP2(t *testing.T) {
	base, client := tlsServer(func(s *httptest.Server) {
		demanding(s)
		s.EnableHTTP2 = true
	})(t)
	c, err := api.New(base, markedKey, api.WithHTTPClient(client), atOnce)
	if err != nil {
		t.Fatal(err)
	}
	for range 10 {
		_, err := doer(t, c).Do(request(t.Context(), t, "POST", base, ""))
		if err == nil || errors.Is(err, api.ErrOutcomeUnknown) {
			t.Errorf("error %v, want one whose outcome is known", err)
		}
	}
}

func TestProxyThatFailsIsRetried(t *testing.T) {
	for _, status := range []string{"502 Bad Gateway", "503 Service Unavailable", "504 Gateway Timeout"} {
		synctest.Test(t, func(t *testing.T) {
			_, err := submit(t.Context(), t, newClient(t, proxy(status).Transport), "POST", "{}")
			if !strings.HasSuffix(fmt.Sprint(err), "(4 attempts)") || errors.Is(err, api.ErrOutcomeUnknown) {
				t.Errorf("%s: error %v, want 4 attempts, and an outcome that is known", status, err)
			}
		})
	}
}

func TestCookiesOfEachAttemptAreTheJars(t *testing.T) {
	// Of the call: before the attempt's, and after it.
	for _, timeout := range []time.Duration{time.Second, time.Hour} {
		jar, err := cookiejar.New(nil)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		client := &http.Client{Jar: jar, Transport: handle(func(w http.ResponseWriter, r *http.Request) {
			got = append(got, r.Header.Get("Cookie"))
			http.SetCookie(w, &http.Cookie{Name: "node", Value: strconv.Itoa(len(got))})
			if len(got) < 3 {
				w.WriteHeader(http.StatusBadGateway)
				return
			}
			ok(w, r)
		})}
		c := newClient(t, nil, api.WithHTTPClient(client), atOnce)
		ctx, cancel := context.WithTimeout(t.Context(), timeout)
		if _, err := get(ctx, c); err != nil {
			t.Error(err)
		}
		cancel()
		if want := []string{"", "node=1", "node=2"}; !slices.Equal(got, want) {
			t.Errorf("timeout %v: cookies of the attempts: %q, want %q", timeout, got, want)
		}
	}
}

func TestTransportThatRewritesTheURLGetsTheKeyAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		answers := inTurn(reply(503, ""), reply(200, completed))
		c := newClient(t, wire(func(r *http.Request) (*http.Response, error) {
			if r.Header.Get("X-API-Key") != markedKey {
				t.Error("an attempt is sent without the key")
			}
			r.URL.Scheme = "http" // as transports to a test server do
			r.URL.Host = "127.0.0.1:8080"
			return answers(r)
		}))
		if _, err := get(t.Context(), c); err != nil {
			t.Error(err)
		}
	})
}

func TestCallersHTTPClientIsCopied(t *testing.T) {
	transport := handle(ok)
	own := &http.Client{Transport: transport, Timeout: time.Minute}
	if _, err := get(t.Context(), newClient(t, nil, api.WithHTTPClient(own))); err != nil {
		t.Fatal(err)
	}
	same := fmt.Sprintf("%p", own.Transport) == fmt.Sprintf("%p", transport)
	if own.CheckRedirect != nil || own.Timeout != time.Minute || !same {
		t.Errorf("the caller's client was changed: %+v", own)
	}
	defaults := func() string {
		transport := http.DefaultTransport.(*http.Transport)
		return fmt.Sprintf("%+v %d", *http.DefaultClient, transport.MaxIdleConnsPerHost)
	}
	before := defaults()
	if _, err := api.New(baseURL, markedKey); err != nil {
		t.Fatal(err)
	}
	if now := defaults(); now != before {
		t.Errorf("net/http's defaults were changed from %s to %s", before, now)
	}
}

// TestHeadersAreBounded has no transport of the caller's. Go's own bound is ten times as high.
func TestHeadersAreBounded(t *testing.T) {
	for size, isRead := range map[int]bool{900 << 10: true, 1100 << 10: false} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Padding", strings.Repeat("x", size))
			ok(w, r)
		}))
		defer server.Close()
		c, err := api.New(server.URL, markedKey, noRetry)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := get(t.Context(), c); (err == nil) != isRead {
			t.Errorf("headers of %d bytes: error %v, want them read: %v", size, err, isRead)
		}
	}
}

// pipes is a network in memory, as a bubble needs it. When it changes, its connections die without
// a word: they go on being open, and carry nothing.
type pipes struct {
	accepted chan net.Conn
	changes  atomic.Int64
}

func (p *pipes) dial(context.Context, string, string) (net.Conn, error) {
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
	served := make(chan error)
	go func() { served <- server.Serve(network) }()
	transport := &http.Transport{DialContext: network.dial, Protocols: protocols}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		_ = server.Close()
		if err := <-served; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
	return network, transport
}

// TestConnectionThatDiesWithoutAWord has the default transport, which is a clone of net/http's.
func TestConnectionThatDiesWithoutAWord(t *testing.T) {
	for name, protocols := range map[string]*http.Protocols{"HTTP/1.1": nil, "HTTP/2": onlyHTTP2()} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				network, transport := servePipes(t, protocols, ok)
				standard := http.DefaultTransport
				http.DefaultTransport = transport
				defer func() { http.DefaultTransport = standard }()
				c, err := api.New("http://127.0.0.1", markedKey)
				if err != nil {
					t.Fatal(err)
				}
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
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				if _, err := c.WaitShipOrderBatch(ctx, batchID); err != nil {
					t.Error(err)
				}
				calls.Wait()
			})
		})
	}
}

func TestConnectionsAreReused(t *testing.T) {
	const concurrent, rounds = 50, 4
	var conns atomic.Int64
	var arrived sync.WaitGroup
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		arrived.Done()
		arrived.Wait() // so that all of a round are under way at the same time
		if r.URL.Query().Get("batch_request_id")[0] == 'f' {
			w.WriteHeader(http.StatusNotFound)
			_, _ = w.Write(bytes.Repeat([]byte("<html>"), 15_000)) // beyond what an error keeps
			return
		}
		ok(w, r)
	}))
	server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			conns.Add(1)
		}
	}
	server.Start()
	defer server.Close()
	c, err := api.New(server.URL, markedKey, api.WithoutRateLimit())
	if err != nil {
		t.Fatal(err)
	}
	for range rounds {
		arrived.Add(concurrent)
		var calls sync.WaitGroup
		for i := range concurrent {
			calls.Go(func() {
				id := batchID
				unknown := i%2 == 0
				if unknown {
					id[0] = 0xff
				}
				params := &generated.GetShipOrderBatchResultsParams{BatchRequestID: id}
				_, err := c.GetShipOrderBatchResultsWithResponse(t.Context(), params)
				if (err != nil) != unknown {
					t.Error(err)
				}
			})
		}
		calls.Wait()
	}
	// A connection can lose the race to be idle before the next round begins; twice as many would
	// mean that none is kept.
	if n := conns.Load(); n >= 2*concurrent {
		t.Errorf("%d connections for %d calls, %d at a time", n, concurrent*rounds, concurrent)
	}
}
