package retry

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptrace"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// wire is an in-memory RoundTripper that tells, as net/http's does, when it dials and when it has written.
type wire func(w exchange) (*http.Response, error)

type exchange struct {
	*http.Request
	attempt int
}

func (e exchange) dial() {
	if t := httptrace.ContextClientTrace(e.Context()); t != nil && t.GetConn != nil {
		t.GetConn(e.URL.Host)
	}
}

func (e exchange) write() {
	e.dial()
	if t := httptrace.ContextClientTrace(e.Context()); t != nil && t.WroteHeaders != nil {
		t.WroteHeaders()
	}
}

func (e exchange) answer(status int, body string, header ...string) *http.Response {
	e.write()
	resp := &http.Response{StatusCode: status, Header: http.Header{}, Request: e.Request, Body: io.NopCloser(strings.NewReader(body))}
	for i := 0; i < len(header); i += 2 {
		resp.Header.Set(header[i], header[i+1])
	}
	return resp
}

var (
	discard       = slog.New(slog.DiscardHandler)
	defaultPolicy = Policy{MaxAttempts: 4, MinDelay: 500 * time.Millisecond, MaxDelay: 8 * time.Second}
)

func asIs(_ *http.Request, err error) error { return err }

func nothing(*http.Request) []slog.Attr { return nil }

func sameKey(*http.Request) bool { return false }

// newRetrier returns a Retrier with the default policy that sends through w.
func newRetrier(w wire, change ...func(*Retrier)) *Retrier {
	attempts := 0
	a := &Attempt{Timeout: 30 * time.Second, MaxBytes: 100, Client: &http.Client{
		Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			attempts++
			return w(exchange{r, attempts})
		}),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	r := &Retrier{Next: a.Do, Policy: defaultPolicy, Logger: discard, Refresh: sameKey, Describe: nothing, Clean: asIs}
	for _, f := range change {
		f(r)
	}
	return r
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func request(t testing.TB, ctx context.Context, method, body string) *http.Request {
	t.Helper()
	var r io.Reader
	if body != "" {
		r = strings.NewReader(body)
	}
	req, err := http.NewRequestWithContext(ctx, method, "https://api.example.com/api/v1/results/ship-orders", r)
	if err != nil {
		t.Fatal(err)
	}
	return req
}

var (
	idempotentMethods = []string{"GET", "HEAD", "OPTIONS", "PUT", "DELETE"}
	otherMethods      = []string{"POST", "PATCH"}
)

// TestRetryTable is the table of the design, cell by cell.
func TestRetryTable(t *testing.T) {
	type row struct {
		name string
		wire wire
		// retried says whether idempotent and other methods get another attempt; uncertain whether the others' outcome is
		// unknown.
		retriedIdempotent, retriedOther, uncertainOther bool
	}
	status := func(code int, header ...string) wire {
		return func(e exchange) (*http.Response, error) { return e.answer(code, "", header...), nil }
	}
	fail := func(err error) wire {
		return func(exchange) (*http.Response, error) { return nil, err }
	}
	rows := []row{
		{"connection refused", fail(&net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}), true, true, false},
		{"no such host", fail(&net.DNSError{Err: "no such host", Name: "api.example.com", IsNotFound: true}), true, true, false},
		{"TLS handshake failed", func(e exchange) (*http.Response, error) {
			e.dial()
			return nil, errors.New("tls: handshake failure")
		}, true, true, false},
		{"attempt timeout while dialling", func(e exchange) (*http.Response, error) {
			e.dial()
			<-e.Context().Done()
			return nil, e.Context().Err()
		}, true, true, false},
		{"connection lost after writing", func(e exchange) (*http.Response, error) {
			e.write()
			return nil, &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
		}, true, false, true},
		{"connection lost, transport without trace", fail(io.ErrUnexpectedEOF), true, false, true},
		{"attempt timeout after writing", func(e exchange) (*http.Response, error) {
			e.write()
			<-e.Context().Done()
			return nil, e.Context().Err()
		}, true, false, true},
		{"body cut short", func(e exchange) (*http.Response, error) {
			resp := e.answer(200, "")
			resp.Body = io.NopCloser(io.MultiReader(strings.NewReader(`{"batch`), broken{io.ErrUnexpectedEOF}))
			return resp, nil
		}, true, false, true},
		{"attempt timeout in the body", func(e exchange) (*http.Response, error) {
			resp := e.answer(200, "")
			resp.Body = io.NopCloser(stuck(func() error {
				<-e.Context().Done()
				return e.Context().Err()
			}))
			return resp, nil
		}, true, false, true},
		{"429", status(429), true, true, false},
		{"429 with Retry-After", status(429, "Retry-After", "7"), true, true, false},
		{"503 with Retry-After", status(503, "Retry-After", "7"), true, true, false},
		{"503 with unreadable Retry-After", status(503, "Retry-After", "soon"), true, false, false},
		{"response too large", func(e exchange) (*http.Response, error) {
			return e.answer(200, strings.Repeat("x", 101)), nil
		}, false, false, false},
		{"certificate of unknown authority", fail(&tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}), false, false, false},
		{"certificate of another host", fail(x509.HostnameError{Certificate: &x509.Certificate{}, Host: "x"}), false, false, false},
		{"certificate expired", fail(x509.CertificateInvalidError{Reason: x509.Expired}), false, false, false},
	}
	for _, code := range []int{408, 500, 502, 503, 504, 520, 521, 522, 523, 524} {
		rows = append(rows, row{fmt.Sprint(code), status(code), true, false, false})
	}
	for _, code := range []int{300, 302, 304, 307, 400, 401, 403, 404, 409, 413, 422, 425, 451, 501, 505, 519, 525} {
		rows = append(rows, row{fmt.Sprint(code), status(code), false, false, false})
		rows = append(rows, row{fmt.Sprint(code, " with Retry-After"), status(code, "Retry-After", "1"), false, false, false})
	}
	check := func(t *testing.T, r row, method string, retried, uncertain bool) {
		t.Helper()
		t.Run(r.name+"/"+method, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var bodies []string
				retrier := newRetrier(func(e exchange) (*http.Response, error) {
					if e.Body != nil {
						b, err := io.ReadAll(e.Body)
						if err != nil {
							t.Error(err)
						}
						bodies = append(bodies, string(b))
					}
					return r.wire(e)
				})
				body := ""
				if method == "POST" || method == "PATCH" || method == "PUT" {
					body = `{"order_items":[9007199254740993]}`
				}
				out := retrier.Do(request(t, t.Context(), method, body), "/x")

				want := 1
				if retried {
					want = 4
				}
				if out.Attempts != want {
					t.Errorf("%d attempts, want %d", out.Attempts, want)
				}
				if out.Uncertain != uncertain {
					t.Errorf("Uncertain = %v, want %v", out.Uncertain, uncertain)
				}
				if out.Response == nil && out.Err == nil || out.Interrupted != nil {
					t.Errorf("outcome %+v, want the last failure and no interruption", out)
				}
				if body != "" {
					if len(bodies) != want {
						t.Errorf("%d bodies arrived, want %d", len(bodies), want)
					}
					for i, b := range bodies {
						if b != body {
							t.Errorf("body of attempt %d is %q, want it whole", i+1, b)
						}
					}
				}
			})
		})
	}
	for _, r := range rows {
		for _, m := range idempotentMethods {
			check(t, r, m, r.retriedIdempotent, false)
		}
		for _, m := range otherMethods {
			check(t, r, m, r.retriedOther, r.uncertainOther)
		}
	}
}

type broken struct{ err error }

func (b broken) Read([]byte) (int, error) { return 0, b.err }

// stuck is a body that never comes; it reads as the context's end.
type stuck func() error

func (s stuck) Read([]byte) (int, error) { return 0, s() }

// TestStopsAtOnceWhenContextEnds is the table's last row, in every place where a call can wait.
func TestStopsAtOnceWhenContextEnds(t *testing.T) {
	unavailable := func(e exchange) (*http.Response, error) { return e.answer(503, "", "Retry-After", "100"), nil }
	blocked := func(e exchange) (*http.Response, error) {
		if e.attempt == 1 {
			return e.answer(503, "", "Retry-After", "0"), nil
		}
		e.write()
		<-e.Context().Done()
		return nil, e.Context().Err()
	}
	for _, method := range append(idempotentMethods, otherMethods...) {
		t.Run("in the backoff/"+method, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				time.AfterFunc(10*time.Second, cancel)
				start := time.Now()
				out := newRetrier(unavailable).Do(request(t, ctx, method, ""), "/x")
				if d := time.Since(start); d != 10*time.Second {
					t.Errorf("returned after %v, want 10s", d)
				}
				if !errors.Is(out.Interrupted, context.Canceled) || out.Attempts != 1 || out.Response == nil || out.Response.StatusCode != 503 {
					t.Errorf("outcome %+v, want canceled with the 503 kept", out)
				}
			})
		})
		t.Run("in an attempt/"+method, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				time.AfterFunc(10*time.Second, cancel)
				start := time.Now()
				out := newRetrier(blocked).Do(request(t, ctx, method, ""), "/x")
				if d := time.Since(start); d != 10*time.Second {
					t.Errorf("returned after %v, want 10s", d)
				}
				if !errors.Is(out.Interrupted, context.Canceled) {
					t.Errorf("Interrupted = %v, want canceled", out.Interrupted)
				}
				if out.Attempts != 2 || out.Response == nil || out.Response.StatusCode != 503 {
					t.Errorf("outcome %+v, want the 503 kept", out)
				}
				if want := !idempotent(method); out.Uncertain != want {
					t.Errorf("Uncertain = %v, want %v", out.Uncertain, want)
				}
			})
		})
		t.Run("deadline in an attempt/"+method, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
				defer cancel()
				out := newRetrier(blocked).Do(request(t, ctx, method, ""), "/x")
				if !errors.Is(out.Interrupted, context.DeadlineExceeded) || out.Attempts != 2 {
					t.Errorf("outcome %+v, want deadline exceeded in attempt 2", out)
				}
			})
		})
		t.Run("before the first attempt/"+method, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			out := newRetrier(unavailable).Do(request(t, ctx, method, "x"), "/x")
			if !errors.Is(out.Interrupted, context.Canceled) || out.Attempts != 0 || out.Uncertain {
				t.Errorf("outcome %+v, want nothing sent", out)
			}
		})
	}
}

func TestKeepsAnswerThatCameBeforeContextEnded(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	out := newRetrier(func(e exchange) (*http.Response, error) {
		cancel()
		return e.answer(200, "{}"), nil
	}).Do(request(t, ctx, "GET", ""), "/x")
	if out.Response == nil || out.Response.StatusCode != 200 || out.Interrupted != nil {
		t.Errorf("outcome %+v, want the 200", out)
	}
}

func TestDoesNotSleepPastDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		start := time.Now()
		out := newRetrier(func(e exchange) (*http.Response, error) {
			return e.answer(429, "", "Retry-After", "10"), nil
		}).Do(request(t, ctx, "GET", ""), "/x")
		if d := time.Since(start); d != 0 {
			t.Errorf("returned after %v, want at once", d)
		}
		if !errors.Is(out.Interrupted, context.DeadlineExceeded) || out.Response == nil || out.RetryAfter != 10*time.Second {
			t.Errorf("outcome %+v, want deadline exceeded with the 429 kept", out)
		}
	})
}

func TestRetryAfterWinsOverBackoff(t *testing.T) {
	for _, tt := range []struct {
		value    string
		elapsed  time.Duration
		attempts int
	}{
		{"0", 0, 2},
		{"7", 7 * time.Second, 2},
		{"120", 2 * time.Minute, 2},
		{"121", 0, 1},
	} {
		t.Run(tt.value, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				out := newRetrier(func(e exchange) (*http.Response, error) {
					if e.attempt > 1 {
						return e.answer(200, "{}"), nil
					}
					return e.answer(503, "", "Retry-After", tt.value), nil
				}).Do(request(t, t.Context(), "POST", "x"), "/x")
				if d := time.Since(start); d != tt.elapsed || out.Attempts != tt.attempts {
					t.Errorf("%d attempts in %v, want %d in %v", out.Attempts, d, tt.attempts, tt.elapsed)
				}
				if tt.attempts == 1 && out.RetryAfter != 121*time.Second {
					t.Errorf("RetryAfter = %v, want 2m1s", out.RetryAfter)
				}
			})
		})
	}
}

func TestMaxAttemptsOneTurnsRetryOff(t *testing.T) {
	out := newRetrier(func(e exchange) (*http.Response, error) { return e.answer(503, ""), nil },
		func(c *Retrier) { c.Policy.MaxAttempts = 1 }).Do(request(t, t.Context(), "GET", ""), "/x")
	if out.Attempts != 1 {
		t.Errorf("%d attempts, want 1", out.Attempts)
	}
}

func TestBodyThatCannotBeReplayedIsSentOnce(t *testing.T) {
	req := request(t, t.Context(), "PUT", "x")
	req.GetBody = nil
	out := newRetrier(func(e exchange) (*http.Response, error) { return e.answer(503, ""), nil }).Do(req, "/x")
	if out.Attempts != 1 || out.Response == nil {
		t.Errorf("outcome %+v, want one attempt and its answer", out)
	}
}

func TestGetBodyFailureEndsCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		req := request(t, t.Context(), "PUT", "x")
		gone := errors.New("file is gone")
		req.GetBody = func() (io.ReadCloser, error) { return nil, gone }
		out := newRetrier(func(e exchange) (*http.Response, error) { return e.answer(503, ""), nil }).Do(req, "/x")
		if out.Attempts != 1 || !errors.Is(out.Err, gone) {
			t.Errorf("outcome %+v, want GetBody's error", out)
		}
	})
}

func TestRefreshedKeyGivesOneMoreAttempt(t *testing.T) {
	for _, method := range []string{"GET", "POST"} {
		t.Run(method, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var bodies []string
				r := newRetrier(func(e exchange) (*http.Response, error) {
					if e.Body != nil {
						b, _ := io.ReadAll(e.Body)
						bodies = append(bodies, string(b))
					}
					return e.answer(401, ""), nil
				}, func(c *Retrier) {
					c.Policy.MaxAttempts = 1
					c.Refresh = func(*http.Request) bool { return true }
				})
				body := map[string]string{"POST": "order"}[method]
				out := r.Do(request(t, t.Context(), method, body), "/x")
				if out.Attempts != 2 || out.Response.StatusCode != 401 {
					t.Errorf("outcome %+v, want a second 401", out)
				}
				if method == "POST" && !slices.Equal(bodies, []string{body, body}) {
					t.Errorf("bodies %q, want each whole", bodies)
				}
			})
		})
	}
}

func TestRefreshedKeyCostsNoRetry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		statuses := []int{401, 503, 200}
		out := newRetrier(func(e exchange) (*http.Response, error) {
			return e.answer(statuses[e.attempt-1], ""), nil
		}, func(c *Retrier) {
			c.Policy.MaxAttempts = 2
			c.Refresh = func(*http.Request) bool { return true }
		}).Do(request(t, t.Context(), "GET", ""), "/x")
		if out.Attempts != 3 || out.Response.StatusCode != 200 {
			t.Errorf("outcome %+v, want the 200 of a third attempt", out)
		}
	})
}

func TestLogsAttemptsAndRetries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b bytes.Buffer
		r := newRetrier(func(e exchange) (*http.Response, error) {
			switch e.attempt {
			case 1:
				return e.answer(503, "", "Retry-After", "2"), nil
			case 2:
				return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
			}
			return e.answer(200, ""), nil
		}, func(c *Retrier) {
			c.Policy.MinDelay, c.Policy.MaxDelay = 1, 1
			c.Logger = slog.New(slog.NewTextHandler(&b, &slog.HandlerOptions{Level: slog.LevelDebug, ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
				if a.Key == slog.TimeKey || a.Key == "delay" && a.Value.Duration() <= 1 {
					return slog.Attr{}
				}
				return a
			}}))
		})
		r.Do(request(t, t.Context(), "GET", ""), "/api/v1/orders/{id}")
		want := `level=DEBUG msg="sellerscenter: attempt" method=GET path=/api/v1/orders/{id} attempt=1 status=503
level=WARN msg="sellerscenter: retry" method=GET path=/api/v1/orders/{id} attempt=1 delay=2s cause=503
level=DEBUG msg="sellerscenter: attempt" method=GET path=/api/v1/orders/{id} attempt=2 error="dial tcp: connection refused"
level=WARN msg="sellerscenter: retry" method=GET path=/api/v1/orders/{id} attempt=2 cause="dial tcp: connection refused"
level=DEBUG msg="sellerscenter: attempt" method=GET path=/api/v1/orders/{id} attempt=3 status=200
`
		if b.String() != want {
			t.Errorf("log:\n%swant:\n%s", b.String(), want)
		}
	})
}
