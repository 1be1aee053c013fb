package api_test

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/generated"
)

// retried is how a call ended: the bodies that were sent, and the error.
type retried struct {
	sent    string
	status  int
	told    time.Duration
	unknown bool
}

// TestRetryTable is the table of what is retried, from end to end. Package retry has the same for all
// status codes.
func TestRetryTable(t *testing.T) {
	const (
		retry   = "retry"
		no      = "no"
		unknown = "no, and the outcome is unknown"
	)
	// It is net/http's, which does not export it.
	notEstablished := errors.New("http2: client conn could not be established")
	noSuchHost := &net.DNSError{Err: "no such host", Name: "sellers.example.com", IsNotFound: true}
	unknownAuthority := &tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}
	names := slices.Repeat([]string{"shop.customer-of-the-same-cdn.example"}, 90)
	otherHost := x509.HostnameError{Certificate: &x509.Certificate{DNSNames: names}, Host: "x"}
	brokenProxy := func(r *http.Request) (*http.Response, error) {
		return proxy("502 Bad Gateway").Transport.RoundTrip(r)
	}
	for _, tt := range []struct {
		name       string
		wire       wire
		status     int           // of the *api.Error, 0 for another one
		told       time.Duration // in Retry-After
		idempotent string        // GET HEAD OPTIONS PUT DELETE
		other      string        // POST PATCH
	}{
		{"connection refused", after(dial, fail(errRefused)), 0, 0, retry, retry},
		{"connection refused, transport without trace", fail(errRefused), 0, 0, retry, retry},
		{"no such host", after(dial, fail(noSuchHost)), 0, 0, retry, retry},
		{"no such host, transport without trace", fail(noSuchHost), 0, 0, retry, retry},
		{"TLS handshake failed", after(dial, fail(errors.New("tls: handshake failure"))), 0, 0, retry, retry},
		{"proxy fails", brokenProxy, 0, 0, retry, retry},
		{"attempt timeout while dialling", after(dial, hang), 0, 0, retry, retry},
		{"HTTP/2 connection lost before use", after(connect, fail(notEstablished)), 0, 0, retry, retry},

		{"connection lost after writing", after(connect, fail(errReset)), 0, 0, retry, unknown},
		{"connection lost, transport without trace", fail(io.ErrUnexpectedEOF), 0, 0, retry, unknown},
		{"attempt timeout", after(connect, hang), 0, 0, retry, unknown},
		{"attempt timeout in the body", stuck, 0, 0, retry, unknown},
		{"body cut short", after(connect, cut(200, `{"batch`)), 0, 0, retry, unknown},

		{"408", reply(408, ""), 408, 0, retry, unknown},
		{"504", reply(504, ""), 504, 0, retry, unknown},
		{"524", reply(524, ""), 524, 0, retry, unknown},
		{"505", reply(505, ""), 505, 0, no, unknown},
		{"429", reply(429, ""), 429, 0, retry, retry},
		{"429 with Retry-After", reply(429, "", "Retry-After", "7"), 429, 7e9, retry, retry},
		{"503", reply(503, ""), 503, 0, retry, unknown},
		{"503 with Retry-After", reply(503, "", "Retry-After", "7"), 503, 7e9, retry, retry},
		{"503 with an unreadable Retry-After", reply(503, "", "Retry-After", "soon"), 503, 0, retry, unknown},

		{"302", reply(302, ""), 302, 0, no, no},
		{"404", reply(404, ""), 404, 0, no, no},
		{"425 with Retry-After", reply(425, "", "Retry-After", "7"), 425, 7e9, no, no},
		{"501", reply(501, ""), 501, 0, no, no},
		{"response too large", reply(200, strings.Repeat("x", 101)), 200, 0, no, no},
		{"certificate of an unknown authority", after(dial, fail(unknownAuthority)), 0, 0, no, no},
		{"certificate of a CDN for other hosts", after(dial, fail(otherHost)), 0, 0, no, no},
	} {
		for method, idempotent := range map[string]bool{
			"GET": true, "HEAD": true, "OPTIONS": true, "PUT": true, "DELETE": true, "POST": false,
			"PATCH": false,
		} {
			inBubble(t, tt.name+"/"+method, func(t *testing.T) {
				const body = `{"order_items":[9007199254740993]}`
				sent := ""
				c := newClient(t, after(func(r *http.Request) {
					content, _ := io.ReadAll(r.Body)
					sent += string(content)
				}, tt.wire), api.WithoutRateLimit(), api.WithMaxResponseBytes(100))
				start := time.Now()
				_, err := submit(t.Context(), t, c, method, body)
				took := time.Since(start)
				follows := tt.other
				if idempotent {
					follows = tt.idempotent
				}
				attempts := 1
				if follows == retry {
					attempts = 4
				}
				apiErr := answered(err)
				isUnknown := errors.Is(err, api.ErrOutcomeUnknown)
				got := retried{sent, apiErr.StatusCode, apiErr.RetryAfter, isUnknown}
				want := retried{strings.Repeat(body, attempts), tt.status, tt.told, follows == unknown}
				if got != want || !strings.Contains(fmt.Sprint(err), fmt.Sprintf("(%d attempt", attempts)) {
					t.Errorf("%+v with %d attempts, error %v, want %+v", got, attempts, err, want)
				}
				if slept := time.Duration(attempts-1) * tt.told; tt.told > 0 && took != slept {
					t.Errorf("took %v, want delays of %v", took, slept)
				}
				checkText(t, fmt.Sprint(err))
			})
		}
	}
}

// TestEndOfTheContext ends a call wherever it can wait.
func TestEndOfTheContext(t *testing.T) {
	closing := errors.New("the shop is closing down")
	causeless := wire(func(r *http.Request) (*http.Response, error) {
		<-r.Context().Done()
		return nil, r.Context().Err()
	})
	slowSource := api.WithKeySource(func(ctx context.Context) (string, error) {
		<-ctx.Done()
		return "", context.Cause(ctx)
	})
	overloaded := reply(503, "", "Retry-After", "100")
	const (
		second    = time.Second
		cancelled = "context canceled: the shop is closing down"
		late      = "context deadline exceeded"
		one       = " (1 attempt)"
	)
	for _, tt := range []struct {
		name, method     string
		wire             wire
		opts             []api.Option
		held             bool          // by a call before
		cancel, deadline time.Duration // when the context ends, 0 for never
		took             time.Duration
		requests         int
		text             string
	}{
		{name: "before the call", method: "POST", wire: hang, deadline: -1, text: late + " (not sent)"},
		{name: "in flight", method: "GET", wire: hang, cancel: second, took: second, requests: 1,
			text: cancelled + one},
		{name: "in flight, transport that knows no causes", method: "GET", wire: causeless, cancel: second,
			took: second, requests: 1, text: cancelled + one},
		{name: "POST in flight", method: "POST", wire: after(connect, hang), cancel: second, took: second,
			requests: 1, text: "outcome unknown: " + cancelled + one},
		{name: "in the body", method: "GET", wire: stuck, cancel: second, took: second, requests: 1,
			text: cancelled + ": body of the response with status code 200: " + closing.Error() + one},
		{name: "in the backoff", method: "PUT", wire: overloaded, cancel: 9 * second, took: 9 * second,
			requests: 1, text: cancelled + ": 503: Service Unavailable" + one},
		{name: "in the second attempt", method: "GET", cancel: 10 * second, took: 10 * second, requests: 2,
			wire: inTurn(reply(503, "", "Retry-After", "1"), after(connect, hang)),
			text: cancelled + ": 503: Service Unavailable (2 attempts)"},
		{name: "in the second attempt of a POST", method: "POST", cancel: 10 * second, took: 10 * second,
			requests: 2, wire: inTurn(reply(503, "", "Retry-After", "1"), after(connect, hang)),
			text: "outcome unknown: " + cancelled + ": 503: Service Unavailable (2 attempts)"},
		{name: "deadline in the second attempt", method: "GET", deadline: 10 * second, took: 10 * second,
			requests: 2, wire: inTurn(reply(503, "", "Retry-After", "1"), after(connect, hang)),
			text: late + ": 503: Service Unavailable (2 attempts)"},
		{name: "delay as long as there is time", method: "GET", deadline: 100 * second, requests: 1,
			wire: overloaded, text: late + ": 503: Service Unavailable" + one},
		{name: "longer delay", method: "GET", deadline: time.Minute, requests: 1,
			wire: reply(429, `{"message":"slow down"}`, "Retry-After", "3600"),
			text: late + ": 429: slow down" + one},
		{name: "in the key source", method: "GET", wire: hang, opts: []api.Option{slowSource}, cancel: second,
			took: second, text: cancelled + " (not sent)"},
		{name: "in line for the rate limit", method: "GET", wire: reply(200, completed), cancel: second,
			took: second, opts: []api.Option{api.WithRateLimit(1)}, held: true,
			text: "waiting for the rate limit: " + cancelled + " (not sent)"},
		{name: "in the hold after a 429", method: "GET", wire: reply(429, "", "Retry-After", "60"),
			cancel: second, took: second, opts: []api.Option{noRetry}, held: true,
			text: "held back after a 429: waiting for the rate limit: " + cancelled + " (not sent)"},
		{name: "no attempt timeout", method: "GET", wire: hang, opts: []api.Option{api.WithAttemptTimeout(0)},
			deadline: 24 * time.Hour, took: 24 * time.Hour, requests: 1, text: late + one},
	} {
		inBubble(t, tt.name, func(t *testing.T) {
			requests := 0
			c := newClient(t, counted(&requests, tt.wire), tt.opts...)
			if tt.held {
				_, _ = get(t.Context(), c)
				requests = 0
			}
			ctx, stop := context.WithTimeout(t.Context(), cmp.Or(tt.deadline, 100*time.Hour))
			defer stop()
			ctx, cancel := context.WithCancelCause(ctx)
			time.AfterFunc(cmp.Or(tt.cancel, 100*time.Hour), func() { cancel(closing) })
			start := time.Now()
			_, err := submit(ctx, t, c, tt.method, "")
			took := time.Since(start)
			text := "sellerscenter: " + tt.method + " " + operationPath + ": " + tt.text
			if took != tt.took || requests != tt.requests || fmt.Sprint(err) != text {
				t.Errorf("%d requests in %v, error\n%v, want %d in %v and\n%s",
					requests, took, err, tt.requests, tt.took, text)
			}
			isCancelled := errors.Is(err, context.Canceled) && errors.Is(err, closing)
			if isCancelled != (tt.cancel > 0) ||
				errors.Is(err, context.DeadlineExceeded) != (tt.deadline != 0) ||
				errors.Is(err, api.ErrOutcomeUnknown) != strings.HasPrefix(tt.text, "outcome unknown") ||
				errors.Is(err, api.ErrServer) != strings.Contains(tt.text, "503") {
				t.Errorf("error %v does not match what it says", err)
			}
		})
	}
}

func TestResponseThatCameBeforeTheContextEndedIsKept(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	if _,
		err := get(ctx,
		newClient(t, after(func(*http.Request) { cancel() }, reply(200, completed)))); err != nil {
		t.Error(err)
	}
}

// TestBudgetBoundsRetriesAndComesBack has a server that throttles, is down, and recovers.
func TestBudgetBoundsRetriesAndComesBack(t *testing.T) {
	const callers = 100
	synctest.Test(t, func(t *testing.T) {
		var status, sent atomic.Int64
		c := newClient(t, wire(func(r *http.Request) (*http.Response, error) {
			sent.Add(1)
			return reply(int(status.Load()), completed)(r)
		}), api.WithoutRateLimit())
		for _, phase := range []struct{ status, calls, least, most int64 }{
			{429, 200, 800, 800}, // which spend nothing
			{503, 10_000, 10_003, 10_200},
			{503, 100, 100, 100},
			{200, 100, 100, 100},
			{503, 100, 103, 200},
		} {
			status.Store(phase.status)
			sent.Store(0)
			var running sync.WaitGroup
			for range callers {
				running.Go(func() {
					for range phase.calls / callers {
						_, _ = get(t.Context(), c)
					}
				})
			}
			running.Wait()
			if n := sent.Load(); n < phase.least || n > phase.most {
				t.Errorf("%d attempts, want %+v", n, phase)
			}
		}
	})
}

// TestWaitsLeaveDirectCallsTheirRetries: the polls of many waits at a dead server are retried
// within a budget of their own.
func TestWaitsLeaveDirectCallsTheirRetries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var requests atomic.Int64
		var log strings.Builder
		c := newClient(t, after(func(*http.Request) { requests.Add(1) }, reply(503, "")),
			api.WithoutRateLimit(), api.WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		polls := int64(0)
		progress := api.WithProgress(func(api.Progress) { polls++ })
		for _, err := range c.WaitShipOrderBatches(ctx, newIDs(400), progress) {
			if !errors.Is(err, api.ErrServer) {
				t.Fatal(err)
			}
		}
		if retries := requests.Load() - polls; polls < 8000 || retries > 1100 || retries < 3 {
			t.Errorf("%d polls made %d retries, want some, and at most 1,100", polls, retries)
		}
		refused := strings.Count(log.String(), "sellerscenter: no retry")
		told := strings.Count(log.String(), `reason="the retry budget is used up"`)
		if refused == 0 || told != refused {
			t.Errorf("%d retries were refused, and %d records say why", refused, told)
		}
		if _, err := get(t.Context(), c); answered(err).Attempts != 4 {
			t.Errorf("then a direct call ended with %v, want 4 attempts", err)
		}
	})
}

// TestNetworkFailureKeepsItsChain has the errors of calls that were lost before and after writing.
func TestNetworkFailureKeepsItsChain(t *testing.T) {
	for cause, text := range map[*net.OpError]string{
		errRefused: "dial tcp: connection refused (4 attempts)",
		errReset:   "outcome unknown: read tcp: connection reset by peer (1 attempt)",
	} {
		inBubble(t, text, func(t *testing.T) {
			_, err := submit(t.Context(), t, newClient(t, fail(cause)), "POST", "{}")
			if !errors.Is(err, cause) || !errors.As(err, new(*url.Error)) || !errors.Is(err, cause.Err) {
				t.Errorf("error %v lost its chain", err)
			}
			if fmt.Sprint(err) != "sellerscenter: POST "+operationPath+": "+text {
				t.Errorf("error %v, want %q", err, text)
			}
		})
	}
}

// TestEditorsMayChangeAnything has editors that replace what the client could know the call by.
func TestEditorsMayChangeAnything(t *testing.T) {
	elsewhere := request(t.Context(), t, "GET", baseURL+"/gateway", "").URL
	for name, change := range map[string]func(*http.Request){
		"nothing":        func(*http.Request) {},
		"the context":    func(r *http.Request) { *r = *r.WithContext(context.Background()) },
		"the URL":        func(r *http.Request) { r.URL = elsewhere },
		"the method":     func(r *http.Request) { r.Method = "POST" },
		"the header map": func(r *http.Request) { r.Header = http.Header{"X-Mine": {"1"}} },
		"no header map":  func(r *http.Request) { r.Header = nil },
		"all of it":      func(r *http.Request) { *r = http.Request{Method: "PUT", URL: elsewhere} },
	} {
		t.Run(name, func(t *testing.T) {
			c := newClient(t, wire(func(r *http.Request) (*http.Response, error) {
				if r.Header.Get("X-API-Key") != markedKey {
					t.Errorf("%s is sent without the key", r.URL)
				}
				return reply(200, "maintenance", "Content-Type", "text/plain")(r)
			}), api.WithRateLimit(1000))
			_, err := get(t.Context(), c, editor(change))
			checkUndeclared(t, c, err)
		})
	}
	nothing := editor(func(r *http.Request) { *r = http.Request{} })
	if _, err := get(t.Context(), newClient(t, handle(ok)), nothing); err == nil {
		t.Error("a request without a URL was sent")
	}
}

func editor(change func(*http.Request)) generated.RequestEditorFn {
	return func(_ context.Context, r *http.Request) error {
		change(r)
		return nil
	}
}

// TestMethodThatIsSentDecidesAboutRetries has editors that turn the call into one of another
// method; an empty one is GET.
func TestMethodThatIsSentDecidesAboutRetries(t *testing.T) {
	for method, attempts := range map[string]int{"POST": 1, "PUT": 4, "": 4} {
		inBubble(t, method, func(t *testing.T) {
			set := editor(func(r *http.Request) { r.Method = method })
			_, err := get(t.Context(), newClient(t, reply(502, "")), set)
			if answered(err).Attempts != attempts ||
				errors.Is(err, api.ErrOutcomeUnknown) != (method == "POST") {
				t.Errorf("error %v, want that of %d attempts", err, attempts)
			}
		})
	}
}

// TestDoerOfTheCallersAroundTheClient keeps its calls within the limit of their operation, and their
// responses declared.
func TestDoerOfTheCallersAroundTheClient(t *testing.T) {
	c := newClient(t, inTurn(handle(ok), reply(204, "")))
	methods := c.ClientWithResponsesInterface.(*generated.ClientWithResponses)
	plain := methods.ClientInterface.(*generated.Client)
	plain.Client = struct{ generated.HttpRequestDoer }{plain.Client}
	if _, err := get(t.Context(), c); err != nil {
		t.Error(err)
	}
	if limit := c.RateLimits()[0]; limit.Remaining != limit.Limit-1 {
		t.Errorf("%d of %d remain after one call", limit.Remaining, limit.Limit)
	}
	if _, err := get(t.Context(), c); answered(err).StatusCode != 204 {
		t.Errorf("error %v for an undeclared response", err)
	}
}

// TestKeySourceErrorEndsCall: nothing was sent then, and the turn is the next call's.
func TestKeySourceErrorEndsCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := &keyVault{keys: []string{"sealed", markedKey}}
		c := newClient(t, handle(ok), api.WithKeySource(v.key), api.WithRateLimit(1))
		start := time.Now()
		_, err := get(t.Context(), c)
		_, next := get(t.Context(), c)
		took := time.Since(start)
		want := "sellerscenter: GET " + operationPath + ": key source: vault is sealed (not sent)"
		if !errors.Is(err, errSealed) || fmt.Sprint(err) != want || next != nil || took != 0 {
			t.Errorf("error %v, want %s, then %v after %v", err, want, next, took)
		}
	})
}
