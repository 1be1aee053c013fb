package api_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sellerscenter/client-go/api"
)

func TestOutcomeOfLostPostIsUnknown(t *testing.T) {
	for _, tt := range []struct {
		name    string
		method  string
		wire    wire
		unknown bool
		text    string
	}{
		{
			"POST lost after writing", "POST", after(write, fail(errReset)), true,
			": outcome unknown: read tcp: connection reset by peer (1 attempt)",
		},
		{"PATCH lost after writing", "PATCH", after(write, fail(errReset)), true, "(1 attempt)"},
		{
			"POST lost after one that was throttled", "POST",
			inTurn(reply(429, ""), after(write, fail(errReset))), true, "(2 attempts)",
		},
		{"PUT lost after writing", "PUT", after(write, fail(errReset)), false, "(4 attempts)"},
		{"POST refused", "POST", fail(errRefused), false, ": dial tcp: connection refused (4 attempts)"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				_, err := submit(t.Context(), t, newClient(t, tt.wire), tt.method, "{}")
				if errors.Is(err, api.ErrOutcomeUnknown) != tt.unknown ||
					!strings.HasSuffix(fmt.Sprint(err), tt.text) {
					t.Errorf("error %v, want outcome unknown: %v, and %q", err, tt.unknown, tt.text)
				}
				if tt.unknown && !errors.Is(err, syscall.ECONNRESET) {
					t.Errorf("error %v lost its chain", err)
				}
			})
		})
	}
}

// TestOutcomeOfAnsweredPost has the status codes that tell nothing about what the server did, and
// those that do.
func TestOutcomeOfAnsweredPost(t *testing.T) {
	for _, tt := range []struct {
		codes   []int
		header  []string
		unknown bool
	}{
		{[]int{408, 500, 502, 503, 504, 505, 520, 521, 522, 523, 524, 599}, nil, true},
		{[]int{503}, []string{"Retry-After", "soon"}, true},
		{[]int{500, 504}, []string{"Retry-After", "1"}, true},
		{[]int{503, 429}, []string{"Retry-After", "1"}, false},
		{[]int{503}, []string{"Retry-After", "0"}, false},
		{[]int{503}, []string{"Retry-After", "3600"}, false},
		{[]int{302, 400, 401, 403, 404, 409, 422, 429, 499, 501}, nil, false},
	} {
		for _, code := range tt.codes {
			t.Run(fmt.Sprint(code, tt.header), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					c := newClient(t, reply(code, `{"message":"upstream"}`, tt.header...))
					for _, method := range []string{"POST", "PATCH", "PUT", "GET"} {
						_, err := submit(t.Context(), t, c, method, "")
						unknown := tt.unknown && method[0] == 'P' && method != "PUT"
						if errors.Is(err, api.ErrOutcomeUnknown) != unknown {
							t.Errorf("%s: error %v, want outcome unknown: %v", method, err, unknown)
						}
						if answered(err).StatusCode != code ||
							errors.Is(err, api.ErrServer) != (code >= 500) {
							t.Errorf("%s: error %v is not that of the status code %d", method, err, code)
						}
					}
				})
			})
		}
	}
}

func TestCancelledPostIsUnknownAndCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		_, err := submit(ctx, t, newClient(t, wire(func(r *http.Request) (*http.Response, error) {
			write(r)
			cancel()
			return hang(r)
		})), "POST", "{}")
		if !errors.Is(err, context.Canceled) || !errors.Is(err, api.ErrOutcomeUnknown) {
			t.Errorf("error %v, want canceled and outcome unknown", err)
		}
		want := "sellerscenter: POST " + operationPath + ": outcome unknown: context canceled (1 attempt)"
		if fmt.Sprint(err) != want {
			t.Errorf("error %q, want %q", err, want)
		}
	})
}

// lateConn is a connection whose Write returns some time after its bytes are sent.
type lateConn struct {
	net.Conn

	delay *atomic.Int64
}

func (c lateConn) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	time.Sleep(time.Duration(c.delay.Load()))
	return n, err
}

// TestPostIsSentOnceOverHTTP2 has the attempt's timeout between the moment at which the server
// gets a request and the one at which net/http tells that it wrote its headers.
func TestPostIsSentOnceOverHTTP2(t *testing.T) {
	var posts atomic.Int32
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			posts.Add(1)
			<-r.Context().Done()
			return
		}
		ok(w, r)
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	var delay atomic.Int64
	transport := server.Client().Transport.(*http.Transport)
	transport.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, server.Listener.Addr().String())
		return lateConn{conn, &delay}, err
	}
	c, err := api.New(server.URL, markedKey, api.WithHTTPClient(server.Client()), atOnce,
		api.WithAttemptTimeout(100*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := get(t.Context(), c)
	if err != nil || resp.HTTPResponse.ProtoMajor != 2 {
		t.Fatalf("response %v, error %v, want one over HTTP/2", resp, err)
	}
	delay.Store(int64(150 * time.Millisecond))
	_, err = doer(t, c).Do(request(t.Context(), t, "POST", server.URL, "{}"))
	if n := posts.Load(); n > 1 || !errors.Is(err, api.ErrOutcomeUnknown) {
		t.Errorf("the server got %d POSTs, error %v, want one and outcome unknown", n, err)
	}
}

// TestKeySourceThatSendsRequestsLeavesTheOutcomeAlone: the source's request is written, the call's
// own is not.
func TestKeySourceThatSendsRequestsLeavesTheOutcomeAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		vault := &rawServer{answer: bytesOf(whole("200 OK", markedKey))}
		defer vault.serving.Wait()
		source := func(ctx context.Context) (string, error) {
			req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://vault.example/key", nil)
			if err != nil {
				return "", err
			}
			resp, err := (&http.Client{Transport: vault.piped()}).Do(req)
			if err != nil {
				return "", err
			}
			return markedKey, resp.Body.Close()
		}
		c := newClient(t, after(dial, fail(errRefused)), api.WithKeySource(source))
		_, err := submit(t.Context(), t, c, "POST", "{}")
		if errors.Is(err, api.ErrOutcomeUnknown) || !strings.HasSuffix(fmt.Sprint(err), "(4 attempts)") {
			t.Errorf("error %v, want a refused connection after 4 attempts", err)
		}
	})
}
