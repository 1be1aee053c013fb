package api_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/internal/operation"
)

const operationPath = "/api/v1/results/ship-orders"

var (
	noRetry = api.WithRetry(api.RetryPolicy{MaxAttempts: 1})
	atOnce  = api.WithRetry(api.RetryPolicy{MinDelay: 1, MaxDelay: 1})
)

// submit sends a request of any method to the path of the operation, through the client's chain.
func submit(ctx context.Context, t testing.TB, c *api.Client, method, body string) (*http.Response, error) {
	t.Helper()
	return doer(t, c).Do(request(ctx, t, method, baseURL, body))
}

// request returns a request to the path of the operation at another base URL.
func request(ctx context.Context, t testing.TB, method, base, body string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, method, base+operationPath, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return req
}

// answered returns the *api.Error in err, or an empty one if there is none.
func answered(err error) *api.Error {
	apiErr := new(api.Error)
	errors.As(err, &apiErr)
	return apiErr
}

// dial tells the request's trace that a connection is looked for, as net/http does.
func dial(r *http.Request) {
	if trace := httptrace.ContextClientTrace(r.Context()); trace != nil && trace.GetConn != nil {
		trace.GetConn(r.URL.Host)
	}
}

// connect tells the request's trace that there is a connection.
func connect(r *http.Request) {
	dial(r)
	if trace := httptrace.ContextClientTrace(r.Context()); trace != nil && trace.GotConn != nil {
		trace.GotConn(httptrace.GotConnInfo{})
	}
}

// write tells the request's trace that there is a connection, and that the headers are written.
func write(r *http.Request) {
	connect(r)
	if trace := httptrace.ContextClientTrace(r.Context()); trace != nil && trace.WroteHeaders != nil {
		trace.WroteHeaders()
	}
}

// after runs a hook of the trace and then w.
func after(hook func(*http.Request), w wire) wire {
	return func(r *http.Request) (*http.Response, error) {
		hook(r)
		return w(r)
	}
}

// fail returns a wire that fails without telling the request's trace anything.
func fail(err error) wire {
	return func(*http.Request) (*http.Response, error) { return nil, err }
}

// reply returns a wire that answers with a status code, JSON, and pairs of a header's name and
// value.
func reply(status int, body string, header ...string) wire {
	return after(write, handle(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
}

// inTurn sends each request through the next of its wires, and all further ones through the last.
func inTurn(wires ...wire) wire {
	requests := 0
	return func(r *http.Request) (*http.Response, error) {
		requests++
		return wires[min(requests, len(wires))-1](r)
	}
}

// counted counts the requests that go through w.
func counted(n *int, w wire) wire {
	return after(func(*http.Request) { *n++ }, w)
}

// bodyOf returns a wire that answers 200 with a body of r, whose end never comes before r's.
func bodyOf(body func(*http.Request) io.Reader) wire {
	return after(write, func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(body(r))}, nil
	})
}

// readerFunc is a body that is read by a function.
type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(b []byte) (int, error) { return f(b) }

func cutBody(*http.Request) io.Reader {
	return io.MultiReader(strings.NewReader(`{"batch`), failing{io.ErrUnexpectedEOF})
}

// stuckBody never comes, and fails when the request's context ends.
func stuckBody(r *http.Request) io.Reader {
	return readerFunc(func([]byte) (int, error) {
		<-r.Context().Done()
		return 0, context.Cause(r.Context())
	})
}

var (
	errRefused = &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	errReset   = &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
	// errNotEstablished is net/http's, which does not export it.
	errNotEstablished = errors.New("http2: client conn could not be established")

	idempotentMethods = []string{"GET", "HEAD", "OPTIONS", "PUT", "DELETE"}
	otherMethods      = []string{"POST", "PATCH"}
)

// retryCase is how an attempt ends, and what follows from it.
type retryCase struct {
	name       string
	wire       wire
	idempotent bool // whether a GET HEAD OPTIONS PUT or DELETE is attempted again
	other      bool // whether a POST or PATCH is
	unknown    bool // whether the outcome of a POST or PATCH is unknown
}

func retryCases() []retryCase {
	unknownHost := &net.DNSError{Err: "no such host", Name: "sellers.example.com", IsNotFound: true}
	strange := &tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}
	otherHost := x509.HostnameError{Certificate: &x509.Certificate{}, Host: "x"}
	expired := x509.CertificateInvalidError{Reason: x509.Expired}
	large := strings.Repeat("x", 101)
	cases := []retryCase{
		{"connection refused", after(dial, fail(errRefused)), true, true, false},
		{"connection refused, transport without trace", fail(errRefused), true, true, false},
		{"no such host", after(dial, fail(unknownHost)), true, true, false},
		{"no such host, transport without trace", fail(unknownHost), true, true, false},
		{"TLS handshake failed", after(dial, fail(errors.New("tls: handshake failure"))), true, true, false},
		{"attempt timeout while dialling", after(dial, hang), true, true, false},
		{"HTTP/2 connection lost before use", after(connect, fail(errNotEstablished)), true, true, false},
		{"connection lost, headers perhaps not written", after(connect, fail(errReset)), true, false, true},
		{"connection lost after writing", after(write, fail(errReset)), true, false, true},
		{"connection lost, transport without trace", fail(io.ErrUnexpectedEOF), true, false, true},
		{"attempt timeout, headers perhaps not written", after(connect, hang), true, false, true},
		{"attempt timeout after writing", after(write, hang), true, false, true},
		{"body cut short", bodyOf(cutBody), true, false, true},
		{"attempt timeout in the body", bodyOf(stuckBody), true, false, true},
		{"429", reply(429, ""), true, true, false},
		{"429 with Retry-After", reply(429, "", "Retry-After", "7"), true, true, false},
		{"503 with Retry-After", reply(503, "", "Retry-After", "7"), true, true, false},
		{"503 with an unreadable Retry-After", reply(503, "", "Retry-After", "soon"), true, false, true},
		{"response too large", reply(200, large), false, false, false},
		{"certificate of an unknown authority", after(dial, fail(strange)), false, false, false},
		{"certificate of another host", after(dial, fail(otherHost)), false, false, false},
		{"certificate expired", after(dial, fail(expired)), false, false, false},
	}
	for _, code := range []int{408, 500, 502, 503, 504, 520, 521, 522, 523, 524} {
		cases = append(cases, retryCase{fmt.Sprint(code), reply(code, ""), true, false, true})
	}
	for _, code := range []int{300, 302, 304, 307, 400, 401, 403, 404, 409, 413, 422, 425, 451, 501} {
		plain := retryCase{name: fmt.Sprint(code), wire: reply(code, "")}
		told := plain
		told.name += " with Retry-After"
		told.wire = reply(code, "", "Retry-After", "1")
		cases = append(cases, plain, told)
	}
	for _, code := range []int{505, 507, 519, 525, 599} {
		cases = append(cases, retryCase{fmt.Sprint(code), reply(code, ""), false, false, true})
	}
	return cases
}

// TestRetryTable is the table of what is retried, cell by cell.
func TestRetryTable(t *testing.T) {
	for _, tt := range retryCases() {
		for _, method := range slices.Concat(idempotentMethods, otherMethods) {
			t.Run(tt.name+"/"+method, func(t *testing.T) {
				idempotent := slices.Contains(idempotentMethods, method)
				attempts := 1
				if idempotent && tt.idempotent || !idempotent && tt.other {
					attempts = 4
				}
				unknown := !idempotent && tt.unknown
				synctest.Test(t, func(t *testing.T) { checkRetries(t, tt, method, attempts, unknown) })
			})
		}
	}
}

// checkRetries checks how many attempts are made, that each sends the whole body, and what the
// error matches.
func checkRetries(t *testing.T, tt retryCase, method string, attempts int, unknown bool) {
	t.Helper()
	const body = `{"order_items":[9007199254740993]}`
	var bodies []string
	c := newClient(t, wire(func(r *http.Request) (*http.Response, error) {
		b, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		bodies = append(bodies, string(b))
		return tt.wire(r)
	}), api.WithoutRateLimit(), api.WithMaxResponseBytes(100))
	_, err := submit(t.Context(), t, c, method, body)
	if want := slices.Repeat([]string{body}, attempts); !slices.Equal(bodies, want) {
		t.Errorf("sent the bodies %q, want %d whole ones", bodies, attempts)
	}
	if !strings.Contains(fmt.Sprint(err), fmt.Sprintf("(%d attempt", attempts)) {
		t.Errorf("error %v does not say %d attempts", err, attempts)
	}
	if errors.Is(err, api.ErrOutcomeUnknown) != unknown {
		t.Errorf("error %v, want outcome unknown: %v", err, unknown)
	}
}

// TestRequestWithoutAMethodIsAGET has an editor that empties it, which net/http takes for GET.
func TestRequestWithoutAMethodIsAGET(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		withoutMethod := func(_ context.Context, r *http.Request) error {
			r.Method = ""
			return nil
		}
		_, err := get(t.Context(), newClient(t, reply(500, "")), withoutMethod)
		if answered(err).Attempts != 4 || errors.Is(err, api.ErrOutcomeUnknown) {
			t.Errorf("error %v, want that of four attempts", err)
		}
	})
}

func TestBackoffDoublesWithFullJitter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const calls = 400
		var delays [7][]time.Duration
		for range calls {
			var sent []time.Time
			c := newClient(t, after(func(*http.Request) { sent = append(sent, time.Now()) }, reply(503, "")),
				api.WithRetry(api.RetryPolicy{MaxAttempts: 8}), api.WithoutRateLimit())
			_, _ = get(t.Context(), c)
			for i := range delays {
				delays[i] = append(delays[i], sent[i+1].Sub(sent[i]))
			}
		}
		for i := range delays {
			ceiling := min(500*time.Millisecond<<i, 8*time.Second)
			var sum time.Duration
			for _, d := range delays[i] {
				sum += d
			}
			low, high, mean := slices.Min(delays[i]), slices.Max(delays[i]), sum/calls
			// Uniform from nothing to the ceiling: the bounds are far beyond what chance does in
			// so many draws.
			if high > ceiling || low > ceiling/20 || high < ceiling*19/20 || mean < ceiling*2/5 ||
				mean > ceiling*3/5 {
				t.Errorf("delays %d are from %v to %v, mean %v, want all of 0 to %v alike",
					i+1, low, high, mean, ceiling)
			}
		}
	})
}

// TestLastFailureSurvivesTheEndOfTheContext ends the context in the backoff and in an attempt.
func TestLastFailureSurvivesTheEndOfTheContext(t *testing.T) {
	for _, tt := range []struct {
		name     string
		delay    string // before the second attempt, which hangs
		attempts int
		ending   func(context.Context) (context.Context, context.CancelFunc)
		want     error
	}{
		{"cancelled in the backoff", "100", 1, cancelAfter(10 * time.Second), context.Canceled},
		{"cancelled in an attempt", "1", 2, cancelAfter(10 * time.Second), context.Canceled},
		{"deadline in an attempt", "1", 2, timeoutAfter(10 * time.Second), context.DeadlineExceeded},
	} {
		for _, method := range slices.Concat(idempotentMethods, otherMethods) {
			t.Run(tt.name+"/"+method, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					ctx, cancel := tt.ending(t.Context())
					defer cancel()
					start := time.Now()
					requests := 0
					unavailable := reply(503, "", "Retry-After", tt.delay)
					w := counted(&requests, inTurn(unavailable, after(write, hang)))
					_, err := submit(ctx, t, newClient(t, w, api.WithoutRateLimit()), method, "")
					if d := time.Since(start); d != 10*time.Second || requests != tt.attempts {
						t.Errorf("%d requests in %v, want %d in 10s", requests, d, tt.attempts)
					}
					if !errors.Is(err, tt.want) || answered(err).StatusCode != 503 {
						t.Errorf("error %v, want %v with the 503 kept", err, tt.want)
					}
					unknown := tt.attempts == 2 && slices.Contains(otherMethods, method)
					if errors.Is(err, api.ErrOutcomeUnknown) != unknown {
						t.Errorf("error %v, want outcome unknown: %v", err, unknown)
					}
				})
			})
		}
	}
}

// cancelAfter returns a function that returns a context which is cancelled after d.
func cancelAfter(d time.Duration) func(context.Context) (context.Context, context.CancelFunc) {
	return func(ctx context.Context) (context.Context, context.CancelFunc) {
		ctx, cancel := context.WithCancel(ctx)
		time.AfterFunc(d, cancel)
		return ctx, cancel
	}
}

// timeoutAfter returns a function that returns a context whose deadline is after d.
func timeoutAfter(d time.Duration) func(context.Context) (context.Context, context.CancelFunc) {
	return func(ctx context.Context) (context.Context, context.CancelFunc) {
		return context.WithTimeout(ctx, d)
	}
}

func TestEndedContextSendsNothing(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	requests := 0
	_, err := submit(ctx, t, newClient(t, counted(&requests, reply(503, ""))), "POST", "x")
	if !errors.Is(err, context.Canceled) || errors.Is(err, api.ErrOutcomeUnknown) || requests != 0 {
		t.Errorf("error %v after %d requests, want canceled after none", err, requests)
	}
	if err == nil || !strings.HasSuffix(err.Error(), "(not sent)") {
		t.Errorf("error %v does not say that the call was not sent", err)
	}
}

func TestAnswerThatCameBeforeTheContextEndedIsKept(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	c := newClient(t, after(func(*http.Request) { cancel() }, reply(200, completed)))
	if _, err := get(ctx, c); err != nil {
		t.Error(err)
	}
}

// TestCauseOfCancelledContextMatches cancels a call with a cause wherever it can be.
func TestCauseOfCancelledContextMatches(t *testing.T) {
	shutdown := errors.New("the shop is closing down")
	held := func(c *api.Client) { _, _ = get(context.Background(), c) }
	causeless := wire(func(r *http.Request) (*http.Response, error) {
		<-r.Context().Done()
		return nil, r.Context().Err()
	})
	for _, tt := range []struct {
		name   string
		wire   wire
		opts   []api.Option
		before func(*api.Client)
		at     time.Duration
	}{
		{name: "before the call", wire: hang},
		{name: "in flight", wire: hang, at: time.Second},
		{name: "in flight, transport that knows no causes", wire: causeless, at: time.Second},
		{name: "in the body", wire: bodyOf(stuckBody), at: time.Second},
		{name: "in the backoff", wire: reply(503, "", "Retry-After", "60"), at: time.Second},
		{name: "in the key source", wire: hang, at: time.Second, opts: []api.Option{
			api.WithKeySource(func(ctx context.Context) (string, error) {
				<-ctx.Done()
				return "", context.Cause(ctx)
			}),
		}},
		{
			name: "in the wait for the rate limit", wire: reply(200, completed), at: time.Second,
			opts: []api.Option{api.WithRateLimit(1)}, before: held,
		},
		{
			name: "in the hold after a 429", wire: reply(429, "", "Retry-After", "60"), at: time.Second,
			opts: []api.Option{noRetry}, before: held,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newClient(t, tt.wire, tt.opts...)
				if tt.before != nil {
					tt.before(c)
				}
				ctx, cancel := context.WithCancelCause(t.Context())
				if tt.at == 0 {
					cancel(shutdown)
				}
				time.AfterFunc(tt.at, func() { cancel(shutdown) })
				start := time.Now()
				_, err := get(ctx, c)
				if !errors.Is(err, context.Canceled) || !errors.Is(err, shutdown) ||
					time.Since(start) != tt.at {
					t.Errorf("error %v after %v, want canceled with its cause after %v",
						err, time.Since(start), tt.at)
				}
			})
		})
	}
}

func TestBodyThatCannotBeReplayedIsSentOnce(t *testing.T) {
	gone := errors.New("file is gone")
	for _, tt := range []struct {
		getBody func() (io.ReadCloser, error)
		want    error
	}{
		{nil, api.ErrServer},
		{func() (io.ReadCloser, error) { return nil, gone }, gone},
	} {
		synctest.Test(t, func(t *testing.T) {
			req := request(t.Context(), t, "PUT", baseURL, "x")
			req.GetBody = tt.getBody
			requests := 0
			_, err := doer(t, newClient(t, counted(&requests, reply(503, "")))).Do(req)
			if !errors.Is(err, tt.want) || requests != 1 {
				t.Errorf("error %v after %d requests, want %v after one", err, requests, tt.want)
			}
		})
	}
}

// TestEditedBodyIsReplayed has editors that set a body with and without what opens it again, which
// is then never the old body. The request that is sent shows what net/http would replay itself.
func TestEditedBodyIsReplayed(t *testing.T) {
	bodyOf := func(text string) io.ReadCloser { return io.NopCloser(strings.NewReader(text)) }
	set := func(text string) func(*http.Request) {
		return func(r *http.Request) { r.Body = bodyOf(text) }
	}
	for _, tt := range []struct {
		name, body string
		edit       func(*http.Request)
		want       []string
	}{
		{"as it is", "old", func(*http.Request) {}, []string{"old", "old"}},
		{"asked for", "old", func(r *http.Request) { _, _ = r.GetBody() }, []string{"old", "old"}},
		{"opened again", "old", func(r *http.Request) { r.Body, _ = r.GetBody() }, []string{"old", "old"}},
		{"set", "old", set("new"), []string{"new"}},
		{"set to the same text", "old", set("old"), []string{"old"}},
		{"set where there was none", "", set("new"), []string{"new"}},
		{"removed", "old", func(r *http.Request) { r.Body = nil }, []string{"", ""}},
		{"set to none", "old", func(r *http.Request) { r.Body = http.NoBody }, []string{"", ""}},
		{"set with GetBody", "old", func(r *http.Request) {
			r.Body = bodyOf("new")
			r.GetBody = func() (io.ReadCloser, error) { return bodyOf("new"), nil }
		}, []string{"new", "new"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				read := func(body io.ReadCloser) string {
					if body == nil {
						return ""
					}
					text, err := io.ReadAll(body)
					if err != nil {
						t.Error(err)
					}
					return string(text)
				}
				var sent []string
				c := newClient(t, after(func(r *http.Request) {
					sent = append(sent, read(r.Body))
					if r.GetBody == nil {
						return
					}
					body, err := r.GetBody()
					if again := read(body); err != nil || again != tt.want[0] {
						t.Errorf("net/http would send %q again, error %v", again, err)
					}
				}, inTurn(reply(503, ""), handle(ok))))
				req := request(t.Context(), t, "GET", baseURL, tt.body)
				prepared, err := doer(t, c).(operation.Preparer).Prepare(req, "GetShipOrderBatchResults")
				if err != nil {
					t.Fatal(err)
				}
				tt.edit(req)
				_, err = prepared.Do(req)
				if !slices.Equal(sent, tt.want) || errors.Is(err, api.ErrServer) != (len(sent) == 1) {
					t.Errorf("sent %q, error %v, want %q", sent, err, tt.want)
				}
			})
		})
	}
}

// closeCounter counts how often it is closed.
type closeCounter struct {
	io.Reader

	closes int
}

func (b *closeCounter) Close() error {
	b.closes++
	return nil
}

// TestEachBodyIsClosedOnce also shows that it is the transport that closes a body that it got,
// since it may still be writing it when the response comes.
func TestEachBodyIsClosedOnce(t *testing.T) {
	sealedLater := func() api.Option {
		asked := 0
		return api.WithKeySource(func(context.Context) (string, error) {
			asked++
			if asked > 1 {
				return "", errors.New("vault is sealed")
			}
			return markedKey, nil
		})
	}
	unavailable := reply(503, "", "Retry-After", "1")
	for _, tt := range []struct {
		name   string
		wire   wire
		opts   []api.Option
		open   bool // the transport leaves bodies open
		ending func(context.Context) (context.Context, context.CancelFunc)
	}{
		{name: "answered", wire: reply(200, "{}")},
		{name: "answered at the second attempt", wire: inTurn(unavailable, reply(200, "{}"))},
		{name: "answered while it is being written", wire: reply(413, ""), open: true},
		{name: "too late for the first attempt", wire: reply(200, "{}"), ending: timeoutAfter(-1)},
		{name: "cancelled in the backoff", wire: unavailable, ending: cancelAfter(time.Millisecond)},
		{
			name: "the rate limit does not fit", wire: unavailable, ending: timeoutAfter(30 * time.Second),
			opts: []api.Option{api.WithRateLimit(1)},
		},
		{name: "the key source fails", wire: unavailable, opts: []api.Option{sealedLater()}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newClient(t, after(func(r *http.Request) {
					if !tt.open {
						_ = r.Body.Close()
					}
				}, tt.wire), tt.opts...)
				ctx := t.Context()
				if tt.ending != nil {
					var cancel context.CancelFunc
					ctx, cancel = tt.ending(ctx)
					defer cancel()
				}
				var opened []*closeCounter
				open := func() (io.ReadCloser, error) {
					opened = append(opened, &closeCounter{Reader: strings.NewReader(`{"items":[]}`)})
					return opened[len(opened)-1], nil
				}
				req := request(ctx, t, "PUT", baseURL, "")
				req.Body, _ = open()
				req.GetBody = open
				_, _ = doer(t, c).Do(req)
				want := 1
				if tt.open {
					want = 0
				}
				for i, b := range opened {
					if b.closes != want {
						t.Errorf("body %d was closed %d times, want %d", i+1, b.closes, want)
					}
				}
			})
		})
	}
}

func TestDelayBeyondDeadlineEndsCallAtOnce(t *testing.T) {
	// As long as the deadline, and longer.
	for _, delay := range []time.Duration{time.Minute, 90 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			seconds := fmt.Sprint(delay.Seconds())
			c := newClient(t, reply(429, `{"message":"slow down"}`, "Retry-After", seconds))
			start := time.Now()
			_, err := get(ctx, c)
			if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, api.ErrRateLimited) {
				t.Errorf("error %v, want deadline exceeded and the 429", err)
			}
			if time.Since(start) != 0 || answered(err).RetryAfter != delay {
				t.Errorf("error %#v after %v, want one with the delay at once",
					answered(err), time.Since(start))
			}
			const want = ": context deadline exceeded: 429: slow down (1 attempt)"
			if fmt.Sprint(err) != "sellerscenter: GET "+operationPath+want {
				t.Errorf("error %q, want one that ends with %q", err, want)
			}
		})
	}
}
