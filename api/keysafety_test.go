package api_test

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"log/slog"
	"maps"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/generated"
)

// The tests of this file take the client along every path, with keys that are easy to find again, and look for them in every byte that
// another origin receives and in all that can be seen: errors, log records, printed values, panics. What they look with is in
// keywitness_test.go.
//
// Left out is what gets the key by its nature: the origin, a proxy on the way to an origin of plain http, the caller's own transport
// with the hooks of its httptrace. So is what is not the client's to change: the text of a key source's own error, and the data of a
// success, also where an error tells of it, as a BatchError does of the last status.

// shapedKeys differ from what they look like in JSON, HTML, URLs and Go, each in other places.
var shapedKeys = map[string]string{
	"base64":      "mk1A+front0123/Mid4567Marked89middle+back0123==",
	"token":       "eyJhbGciOiJIUzI1NiJ9.eyJzaG9wIjo0NzExLCJNYXJrZWQiOiJNaWRkbGUifQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
	"punctuation": `"front"\0123<Mid4567Marked89middle>&'%41back0123'$^*()[]{}|.?+`,
}

const rotatedKey = "rk2B+front9876/Mid6543Rotated21middle+back9876=="

// keySentinels has every exported error of the package.
var keySentinels = map[string]error{
	"ErrBadRequest": api.ErrBadRequest, "ErrUnauthorized": api.ErrUnauthorized, "ErrForbidden": api.ErrForbidden,
	"ErrNotFound": api.ErrNotFound, "ErrRateLimited": api.ErrRateLimited, "ErrServer": api.ErrServer,
	"ErrBatchFailed": api.ErrBatchFailed, "ErrResponseTooLarge": api.ErrResponseTooLarge, "ErrOutcomeUnknown": api.ErrOutcomeUnknown,
}

// keyOptions has every option, by its constructor.
var keyOptions = map[string]any{
	"WithHTTPClient":       api.WithHTTPClient(&http.Client{}),
	"WithRetry":            api.WithRetry(api.RetryPolicy{MaxAttempts: 2, MinDelay: time.Second, MaxDelay: time.Minute}),
	"WithAttemptTimeout":   api.WithAttemptTimeout(time.Minute),
	"WithRateLimit":        api.WithRateLimit(100),
	"WithoutRateLimit":     api.WithoutRateLimit(),
	"WithLogger":           api.WithLogger(slog.New(slog.DiscardHandler)),
	"WithUserAgent":        api.WithUserAgent("shop-sync/1.4"),
	"WithKeySource":        api.WithKeySource(giveKey),
	"WithMaxResponseBytes": api.WithMaxResponseBytes(1 << 20),
	"WithInsecureHTTP":     api.WithInsecureHTTP(),
	"WithPollInterval":     api.WithPollInterval(time.Second, time.Minute),
	"WithProgress":         api.WithProgress(func(api.Progress) {}),
	"WithNotFoundGrace":    api.WithNotFoundGrace(time.Minute),
}

func giveKey(context.Context) (string, error) { return shapedKeys["base64"], nil }

// keyPath is a path of a call through the client.
type keyPath struct {
	name string
	base string // baseURL if empty
	// answers of the origin, raw, with the places of an echo; the last one for ever. An empty one ends the connection.
	answers []string
	opts    []api.Option
	// own changes the caller's HTTP client.
	own func(*keyWitness, *http.Client, *http.Transport)
	// dialError fails each connection.
	dialError error
	// source gives the key by the number of requests that the origin got. Without one the path is taken with a key as New's
	// argument, and with a source that gives always the same.
	source func(requests int) (string, error)
	// call makes the call, a GET if nil, and returns what the caller gets.
	call keyCall
	// want is the status of an *api.Error, an error to match, a part of the error's text, or nil for success.
	want any
	// unsent says that the origin gets no key.
	unsent bool
	// reaches is the only other address that gets any bytes, and elsewhere is what it answers, a success if empty.
	reaches, elsewhere string
	// everyShape says that the path is taken with a key of each shape.
	everyShape bool
}

type keyCall func(context.Context, *keyWitness, *api.Client) (any, error)

// anyError is what a path wants whose error has no name.
const anyError = ""

const (
	aSuccess   = "{success}" // of the operation that was asked for
	aJSON200   = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"
	aCompleted = aJSON200 + completed
	aRedirect  = "HTTP/1.1 302 Found\r\nLocation: "
)

// refused is an answer that echoes the key wherever there is a place for it.
func refused(status int, header ...string) string {
	header = append([]string{
		fmt.Sprintf("HTTP/1.1 %d {key}", status), "Content-Type: application/json", "X-Echo: {key}", "Set-Cookie: session={key}", `WWW-Authenticate: ApiKey realm="{key}"`,
	}, header...)
	return strings.Join(header, "\r\n") + "\r\n\r\n" + `{"message":"bad key {php}","detail":[{"loc":["{json}"],"msg":"{dotnet}"}]}`
}

// batchIn is a batch with a status.
func batchIn(status generated.RequestStatus) string {
	return strings.Replace(aCompleted, "completed", string(status), 1)
}

// send makes a call of a method that the spec need not have an operation of.
func send(method, body string) keyCall {
	return func(ctx context.Context, w *keyWitness, c *api.Client) (any, error) {
		req, err := http.NewRequestWithContext(ctx, method, baseURL+"/api/v1/orders/ship", strings.NewReader(body))
		if err != nil {
			return nil, err
		}
		resp, err := doer(w, c).Do(req)
		w.see("request", req)
		return resp, err
	}
}

// edited makes a GET that the caller's editor changes.
func edited(edit func(*keyWitness, *http.Request) error) keyCall {
	return func(ctx context.Context, w *keyWitness, c *api.Client) (any, error) {
		return get(ctx, c, func(_ context.Context, r *http.Request) error { return edit(w, r) })
	}
}

// addressed makes a GET that the caller's editor sends elsewhere.
func addressed(target string) keyCall {
	return edited(func(_ *keyWitness, r *http.Request) (err error) {
		r.URL, err = url.Parse(target)
		r.Host = ""
		return err
	})
}

// ending makes a call with a context that ends.
func ending(after time.Duration, call keyCall) keyCall {
	return func(ctx context.Context, w *keyWitness, c *api.Client) (any, error) {
		ctx, cancel := context.WithTimeout(ctx, after)
		defer cancel()
		return call(ctx, w, c)
	}
}

func getOne(ctx context.Context, _ *keyWitness, c *api.Client) (any, error) { return get(ctx, c) }

// wait waits for batches in each way, one after the other.
func wait(opts ...api.WaitOption) keyCall {
	return func(ctx context.Context, w *keyWitness, c *api.Client) (any, error) {
		opts := append(opts, api.WithProgress(func(p api.Progress) { w.see("progress", p) }))
		for result, err := range c.WaitShipOrderBatches(ctx, []uuid.UUID{batchID, {1}}, opts...) {
			w.see("result of WaitShipOrderBatches", result)
			w.see("error of WaitShipOrderBatches", err)
		}
		w.record.add("Wait")
		_, err := api.Wait(ctx, c, batchID, func(ctx context.Context, id uuid.UUID) (*http.Response, generated.RequestStatus, error) {
			resp, err := c.GetShipOrderBatchResultsWithResponse(ctx, &generated.GetShipOrderBatchResultsParams{BatchRequestID: id})
			synctest.Wait() // for the goroutines of the transport
			w.seeText("context of a poll", fmt.Sprint(ctx))
			w.see("error of a poll", err)
			if err != nil {
				return nil, "", err
			}
			w.see("response of a poll", resp)
			return resp.HTTPResponse, resp.JSON200.Status, nil
		}, opts...)
		w.see("error of Wait", err)
		return c.WaitShipOrderBatch(ctx, batchID, opts...)
	}
}

var everyMinute = api.WithPollInterval(time.Minute, time.Minute)

// keyPaths returns the paths that differ in what the server and the network do, and in what the caller puts in between.
func keyPaths() []keyPath {
	slow := api.WithAttemptTimeout(time.Second)
	patient := api.WithRetry(api.RetryPolicy{MinDelay: 24 * time.Hour, MaxDelay: 24 * time.Hour})
	paths := []keyPath{
		{name: "success", answers: []string{aSuccess}, everyShape: true},
		{name: "success of plain http", base: "http://localhost", answers: []string{aSuccess}},
		{name: "success of insecure http with a prefix", base: "http://sellers.example.com/gateway/api/v1", opts: []api.Option{api.WithInsecureHTTP()}, answers: []string{aSuccess}},
		{name: "success after retries", answers: []string{refused(503), "", refused(429, "Retry-After: 1"), aSuccess}},
		{name: "success after information", answers: []string{"HTTP/1.1 103 Early Hints\r\nLink: {key}\r\n\r\n" + aSuccess}},
		{name: "success with keys for limits", answers: []string{strings.Replace(aCompleted, "\r\n", "\r\nX-RateLimit-Limit: {key}\r\nX-RateLimit-Remaining: {key}\r\n", 1)}},
		{name: "success of POST", answers: []string{aSuccess}, call: send("POST", `{"shipments":[]}`)},
		{name: "success of PATCH after 429", answers: []string{refused(429), aSuccess}, call: send("PATCH", `{}`)},

		{name: "204", answers: []string{"HTTP/1.1 204 {key}\r\nX-Echo: {key}\r\n\r\n"}, want: 204},
		{name: "200 of another content type", answers: []string{"HTTP/1.1 200 OK\r\nContent-Type: text/{key}\r\nX-Echo: {key}\r\n\r\n<p>{html}</p>"}, want: 200, everyShape: true},
		{name: "200 that is no JSON", answers: []string{aJSON200 + "{key}"}, want: anyError},
		{name: "200 with a key for a batch", answers: []string{aJSON200 + `{"batchRequestId":"{json}"}`}, want: anyError},
		{name: "200 with a key for items", answers: []string{aJSON200 + `{"items":"{php}"}`}, want: anyError},
		{name: "200 that is too large", answers: []string{"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Echo: {key}\r\n\r\n" + strings.Repeat("x", 100)}, opts: []api.Option{api.WithMaxResponseBytes(70)}, want: api.ErrResponseTooLarge},
		{name: "long Retry-After", answers: []string{refused(503, "Retry-After: 3600")}, want: 503},
		{name: "429", answers: []string{refused(429, "Retry-After: 5")}, opts: []api.Option{once}, want: 429},
		{name: "epoch for Retry-After", answers: []string{refused(503, "Retry-After: 4102444800", "Date: Sat, 01 Jan 2000 00:00:00 GMT"), refused(503, "Retry-After: 946684801000")}, want: 503},
		{name: "keys for dates", answers: []string{refused(503, "Retry-After: {key}", "Date: {key}")}, want: 503},
		{name: "body without its end", answers: []string{refused(404, "Content-Length: 100000")}, want: 404},
		{name: "gzip that is none", answers: []string{refused(401, "Content-Encoding: gzip")}, want: 401},
		{name: "trailer", answers: []string{"HTTP/1.1 401 Unauthorized\r\nTransfer-Encoding: chunked\r\nTrailer: X-Echo\r\n\r\n2\r\n{}\r\n0\r\nX-Echo: {key}\r\n\r\n"}, want: 401},

		{name: "connection refused", dialError: &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}, want: syscall.ECONNREFUSED, unsent: true},
		{name: "no such host", dialError: &net.DNSError{Err: "no such host", Name: "sellers.example.com", IsNotFound: true}, want: "no such host", unsent: true},
		{name: "connection lost", answers: []string{""}, want: io.EOF},
		{name: "connection lost in the head", answers: []string{"HTTP/1.1 200 OK\r\nX-Echo: {key}"}, want: io.ErrUnexpectedEOF},
		{name: "connection lost after POST", answers: []string{""}, call: send("POST", "{}"), want: api.ErrOutcomeUnknown},
		{name: "body cut short", answers: []string{"HTTP/1.1 200 OK\r\nX-Echo: {key}\r\nContent-Length: 4711\r\n\r\n{key}"}, want: io.ErrUnexpectedEOF},
		{name: "attempt timeout", answers: []string{"{silence}"}, opts: []api.Option{slow}, want: context.DeadlineExceeded},
		{name: "attempt timeout in the body", base: "http://localhost", answers: []string{aJSON200 + "{key}{silence}"}, opts: []api.Option{slow}, want: context.DeadlineExceeded},
		{name: "timeout of the caller's client", answers: []string{"{silence}"}, want: "Client.Timeout", own: func(_ *keyWitness, c *http.Client, _ *http.Transport) { c.Timeout = time.Second }},

		{name: "cancelled before", want: context.Canceled, unsent: true, call: func(ctx context.Context, _ *keyWitness, c *api.Client) (any, error) {
			ctx, cancel := context.WithCancel(ctx)
			cancel()
			return get(ctx, c)
		}},
		{name: "cancelled between attempts", answers: []string{refused(503, "Retry-After: 60")}, want: context.Canceled, call: func(ctx context.Context, _ *keyWitness, c *api.Client) (any, error) {
			ctx, cancel := context.WithCancel(ctx)
			time.AfterFunc(time.Second, cancel)
			return get(ctx, c)
		}},
		{name: "cancelled in an attempt", answers: []string{"{silence}"}, want: context.Canceled, call: func(ctx context.Context, _ *keyWitness, c *api.Client) (any, error) {
			ctx, cancel := context.WithCancel(ctx)
			time.AfterFunc(time.Second, cancel)
			return get(ctx, c)
		}},
		{name: "delay beyond the deadline", answers: []string{refused(503, "Retry-After: 60")}, call: ending(time.Second, getOne), want: context.DeadlineExceeded},
		{name: "rate limit beyond the deadline", answers: []string{refused(429, "Retry-After: 60")}, want: context.DeadlineExceeded, opts: []api.Option{once}, call: func(ctx context.Context, w *keyWitness, c *api.Client) (any, error) {
			_, err := get(ctx, c)
			w.see("first error", err)
			return ending(time.Second, getOne)(ctx, w, c)
		}},
		{name: "rate limit that others use too", answers: []string{strings.Replace(aCompleted, "\r\n", "\r\nX-RateLimit-Limit: 4\r\nX-RateLimit-Remaining: 1\r\n", 1)}, want: context.Canceled, call: func(ctx context.Context, w *keyWitness, c *api.Client) (any, error) {
			var calls sync.WaitGroup
			for range 10 {
				calls.Go(func() {
					_, err := get(ctx, c)
					w.seeInFlight("error in the crowd", err)
				})
			}
			synctest.Wait()
			ctx, cancel := context.WithCancel(ctx)
			time.AfterFunc(time.Millisecond, cancel)
			_, err := get(ctx, c)
			calls.Wait()
			return nil, err
		}},
		{name: "retry budget used up", base: "http://localhost", answers: []string{refused(503)}, want: 503, opts: []api.Option{api.WithRetry(api.RetryPolicy{MaxAttempts: 120})}},

		{name: "wait that ends", answers: []string{batchIn("pending"), batchIn("processing"), batchIn("retry"), aCompleted}, call: wait()},
		{name: "wait for a failed batch", answers: []string{batchIn("failed")}, call: wait(), want: api.ErrBatchFailed},
		{name: "wait without a status", answers: []string{batchIn("")}, call: wait(), want: "without a status"},
		{name: "wait until the deadline", answers: []string{batchIn("pending")}, call: ending(5*time.Minute, wait(everyMinute)), want: context.DeadlineExceeded},
		{name: "wait that is cancelled", answers: []string{batchIn("pending")}, want: context.Canceled, call: func(ctx context.Context, w *keyWitness, c *api.Client) (any, error) {
			ctx, cancel := context.WithCancel(ctx)
			time.AfterFunc(time.Second, cancel)
			return wait(everyMinute)(ctx, w, c)
		}},
		{name: "wait that is broken off", answers: []string{aSuccess}, call: func(ctx context.Context, w *keyWitness, c *api.Client) (any, error) {
			for result, err := range c.WaitShipOrderBatches(ctx, []uuid.UUID{batchID, {1}, {2}}) {
				return result, err
			}
			return nil, nil
		}},
		{name: "wait with a bad option", call: wait(api.WithPollInterval(0, 0)), want: "WithPollInterval", unsent: true},
		{name: "wait without a poll", want: "nil", unsent: true, call: func(ctx context.Context, w *keyWitness, c *api.Client) (any, error) {
			return api.Wait[any](ctx, c, batchID, nil)
		}},
		{name: "wait that is refused", answers: []string{refused(403)}, call: wait(), want: api.ErrForbidden},
		{name: "wait for what is not found", answers: []string{refused(404)}, call: wait(api.WithNotFoundGrace(time.Minute), everyMinute), want: api.ErrNotFound},
		{name: "wait with nothing but failures", answers: []string{refused(502)}, opts: []api.Option{once}, call: wait(everyMinute), want: api.ErrServer},
		{name: "wait with nothing but malformed answers", answers: []string{"HTTP/1.1 200 OK\r\n{key}\r\n\r\n"}, opts: []api.Option{once}, call: wait(everyMinute), want: anyError},
		{name: "wait with failures until the deadline", answers: []string{batchIn("pending"), refused(502)}, opts: []api.Option{once}, call: ending(5*time.Minute, wait(everyMinute)), want: context.DeadlineExceeded},

		{name: "body that cannot be sent again", answers: []string{refused(429)}, want: "file is gone", call: func(ctx context.Context, w *keyWitness, c *api.Client) (any, error) {
			req, err := http.NewRequestWithContext(ctx, "POST", baseURL+"/api/v1/orders/ship", strings.NewReader("{}"))
			if err != nil {
				return nil, err
			}
			req.GetBody = func() (io.ReadCloser, error) { return nil, errors.New("file is gone") }
			return doer(w, c).Do(req)
		}},

		{name: "redirect within the origin", answers: []string{aRedirect + "/moved\r\n\r\n", aCompleted}, everyShape: true},
		{name: "redirect that the caller's client is asked about", answers: []string{aRedirect + "/moved\r\n\r\n", aRedirect + "/moved/again\r\n\r\n", aCompleted}, own: func(w *keyWitness, c *http.Client, _ *http.Transport) {
			c.CheckRedirect = func(req *http.Request, via []*http.Request) error {
				w.seeInFlight("request after a redirect", req)
				w.seeInFlight("requests before a redirect", via)
				return nil
			}
		}},
		{name: "redirect that the caller's client refuses", answers: []string{refused(302, "Location: /moved")}, want: anyError, own: func(_ *keyWitness, c *http.Client, _ *http.Transport) {
			c.CheckRedirect = func(*http.Request, []*http.Request) error { return errors.New("no redirects here") }
		}},
		{name: "redirect loop", answers: []string{refused(302, "Location: /moved")}, want: 302},
		{name: "redirect, then a connection lost", answers: []string{aRedirect + "/moved\r\n\r\n", ""}, want: io.EOF, opts: []api.Option{once}},
		{name: "redirect of POST", answers: []string{refused(307, "Location: /moved"), aCompleted}, call: send("POST", "{}"), want: 307},
		{name: "redirect of DELETE to another host", answers: []string{refused(308, "Location: https://evil.example/{key}")}, call: send("DELETE", ""), want: 308},
		{name: "redirect within the origin to a path with the key", answers: []string{aRedirect + "/moved/{path}\r\n\r\n", aCompleted}, want: 302, everyShape: true},
		{name: "redirect within the origin to a query with the key", answers: []string{aRedirect + "/moved?key={query}\r\n\r\n", ""}, want: 302, everyShape: true},

		{name: "every option", opts: everyOption[api.Option](), answers: []string{aSuccess}, call: func(ctx context.Context, w *keyWitness, c *api.Client) (any, error) {
			w.see("policy", api.RetryPolicy{MaxAttempts: 2, MinDelay: time.Second, MaxDelay: time.Minute})
			for name := range keyOptions {
				w.record.add(name)
			}
			return get(ctx, c)
		}},
		{name: "every option of a wait", answers: []string{aSuccess}, call: func(ctx context.Context, w *keyWitness, c *api.Client) (any, error) {
			w.see("options of a wait", everyOption[api.WaitOption]())
			return wait(everyOption[api.WaitOption]()...)(ctx, w, c)
		}},
		{name: "editor that sees the request", answers: []string{aSuccess}, call: edited(func(w *keyWitness, r *http.Request) error {
			w.seeInFlight("request in an editor", r)
			return nil
		})},
		{name: "editor that sets the header", answers: []string{refused(401)}, want: 401, call: edited(func(_ *keyWitness, r *http.Request) error {
			r.Header.Set("X-API-Key", "the editor's")
			return nil
		})},
		{name: "editor that sets the host", answers: []string{refused(401)}, want: 401, call: edited(func(_ *keyWitness, r *http.Request) error {
			r.Host = "evil.example"
			return nil
		})},
		{name: "editor with another context", answers: []string{refused(403)}, want: 403, call: edited(func(w *keyWitness, r *http.Request) error {
			*r = *r.WithContext(w.Context())
			return nil
		})},
		{name: "editor that fails", want: "no signature", unsent: true, call: edited(func(*keyWitness, *http.Request) error { return errors.New("no signature") })},
		{name: "transport of the caller that sets the response's request", unsent: true, own: func(_ *keyWitness, c *http.Client, _ *http.Transport) { c.Transport = handle(ok) }},
		{name: "transport of the caller that quotes the request", want: "dump", unsent: true, own: func(_ *keyWitness, c *http.Client, _ *http.Transport) {
			c.Transport = wire(func(r *http.Request) (*http.Response, error) { return nil, fmt.Errorf("dump: %v", r.Header) })
		}},
		{name: "transport of the caller that gives nothing", want: anyError, unsent: true, own: func(_ *keyWitness, c *http.Client, _ *http.Transport) {
			c.Transport = wire(func(*http.Request) (*http.Response, error) { return nil, nil })
		}},
		{name: "cookie jar", answers: []string{"HTTP/1.1 503 Unavailable\r\nSet-Cookie: node=4711\r\n\r\n", aRedirect + "/moved\r\n\r\n", aCompleted}, own: func(w *keyWitness, c *http.Client, _ *http.Transport) { c.Jar = keyJar{w} }},
		{name: "proxy", answers: []string{aSuccess}, own: behind("http://proxy.example:3128"), reaches: "proxy.example:3128"},
		{name: "proxy of https with a password", answers: []string{refused(401)}, want: 401, own: behind("https://user:password@proxy.example:8443"), reaches: "proxy.example:8443"},
		{name: "proxy that refuses", want: "Proxy Authentication Required", own: behind("http://proxy.example:3128"), reaches: "proxy.example:3128", elsewhere: "HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", unsent: true},
		{name: "proxy that redirects", want: "Found", own: behind("http://proxy.example:3128"), reaches: "proxy.example:3128", elsewhere: aRedirect + "https://evil.example/\r\n\r\n", unsent: true},

		{name: "source that fails", source: alike("", errors.New("vault is sealed")), want: "vault is sealed", unsent: true},
		{name: "source that fails and gives a key", source: alike(shapedKeys["base64"], errors.New("vault is sealed")), want: "vault is sealed", unsent: true},
		{name: "source that gives control characters", source: alike(shapedKeys["base64"]+"\r\nX-Evil: 1", nil), want: "control character", unsent: true},
		{name: "source that gives white space", source: alike(" \n", nil), want: "empty", unsent: true},
		{name: "source that fails the second time", answers: []string{refused(503)}, want: "vault is sealed", source: func(requests int) (string, error) {
			return shapedKeys["base64"], map[bool]error{true: errors.New("vault is sealed")}[requests > 0]
		}},
		{name: "rotated key", source: rotate, answers: []string{refused(401), aSuccess}},
		{name: "rotated key, refused as well", source: rotate, answers: []string{refused(401)}, want: 401},
	}
	// What is no HTTP is told of by net/http's errors, which quote it.
	for name, answer := range map[string]string{
		"status line":       "{key}\r\n\r\n",
		"status":            "HTTP/1.1 {key} OK\r\n\r\n",
		"header":            "HTTP/1.1 200 OK\r\n{key}\r\n\r\n",
		"length":            "HTTP/1.1 200 OK\r\nContent-Length: {key}\r\n\r\n",
		"transfer encoding": "HTTP/1.1 200 OK\r\nTransfer-Encoding: {key}\r\n\r\n",
		"chunk":             "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{key}\r\n",
		"trailer":           "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n{key}\r\n\r\n",
	} {
		paths = append(paths,
			keyPath{name: "key for a " + name, answers: []string{answer}, want: anyError, everyShape: true},
			keyPath{name: "key for a " + name + ", to POST", answers: []string{answer}, call: send("POST", "{}"), want: anyError},
			keyPath{name: "key for a " + name + ", before the deadline", answers: []string{answer}, opts: []api.Option{patient}, call: ending(time.Second, getOne), want: anyError})
	}
	for _, status := range []int{101, 300, 301, 302, 303, 304, 307, 308, 400, 401, 402, 403, 404, 405, 408, 409, 413, 415, 422, 425, 429, 431, 451, 500, 501, 502, 503, 504, 505, 511, 520, 524, 525, 599, 999} {
		paths = append(paths, keyPath{name: fmt.Sprintf("echo of a %d", status), answers: []string{refused(status)}, want: status})
	}
	for name, body := range map[string]string{
		"text":          "bad key {key}",
		"JSON":          `{"error":"bad key {json}"}`,
		"JSON of PHP":   `{"message":["bad key {php}"]}`,
		"JSON of .NET":  `{"title":"bad key {dotnet}"}`,
		"validation":    `{"detail":[{"loc":["header","{json}"],"msg":"bad key {php}"}]}`,
		"HTML":          "<html><title>bad key {html}</title></html>",
		"a URL":         `{"message":"log in at https://sso.example/?key={query}"}`,
		"a cut message": `{"message":"` + strings.Repeat("x", 230) + ` {php}"}`,
	} {
		paths = append(paths, keyPath{name: "echo in " + name, answers: []string{"HTTP/1.1 401 Unauthorized\r\n\r\n" + body}, want: 401, everyShape: true})
	}
	// An error keeps the start of the body, and more is read.
	for name, body := range map[string]string{
		"that is cut":              strings.Repeat("x", 64<<10-20) + "{key}",
		"that is not read further": strings.Repeat("x", 128<<10-20) + "{key}",
		"that is shorter without":  strings.Repeat("{key} ", 3000),
	} {
		paths = append(paths, keyPath{name: "echo in a body " + name, answers: []string{"HTTP/1.1 401 Unauthorized\r\n\r\n" + body}, want: 401, source: alike(shapedKeys["base64"], nil)})
	}
	// net/http changes the case of a name.
	paths = append(paths, keyPath{name: "key as the name of a header", answers: []string{"HTTP/1.1 401 Unauthorized\r\n{key}: 1\r\n\r\n"}, want: anyError})
	for _, limit := range []int64{1, 25, 60} { // a body too large is cut there
		paths = append(paths, keyPath{
			name: fmt.Sprint("echo in a success cut after ", limit), answers: []string{aJSON200 + strings.Repeat("{key}", 100)}, want: 200,
			opts: []api.Option{api.WithMaxResponseBytes(limit)}, source: alike(shapedKeys["base64"], nil),
		})
	}
	for _, origin := range []string{
		"https://evil.example/", "//evil.example/", "https://sellers.example.com@evil.example/", "https://sellers.example.com.evil.example/", "https://evilsellers.example.com/",
		"https://cdn.sellers.example.com/", "https://example.com/", "https://sellers.example.com./", "https://sellers.example.com:8443/", "http://sellers.example.com/", "http://sellers.example.com:443/",
		"https://{query}:password@evil.example/", "mailto:",
	} {
		for _, rest := range []string{"", "?key={query}", "{path}", "#{key}", "%zz{key}"} {
			to := aRedirect + origin + rest + "\r\nRefresh: 0;url=" + origin + rest + "\r\n\r\n"
			paths = append(paths, keyPath{name: "redirect to " + origin + rest, answers: []string{to}, want: 302})
			if rest == "" {
				paths = append(paths, keyPath{name: "second redirect to " + origin, answers: []string{aRedirect + "/moved\r\n\r\n", to}, want: 302})
			}
		}
	}
	for target, reaches := range map[string]string{
		"https://evil.example/x": "evil.example:443", "https://sellers.example.com@evil.example/x": "evil.example:443", "https://cdn.sellers.example.com/x": "cdn.sellers.example.com:443",
		"https://sellers.example.com:8443/x": "sellers.example.com:8443", "http://sellers.example.com/x": "sellers.example.com:80", "https://sellers.example.com.evil.example/x": "sellers.example.com.evil.example:443",
	} {
		paths = append(paths,
			keyPath{name: "editor that sends to " + target, call: addressed(target), reaches: reaches, unsent: true},
			keyPath{name: "editor that sends to " + target + ", which refuses", call: addressed(target), reaches: reaches, elsewhere: refused(401), want: 401, unsent: true},
			keyPath{name: "editor that sends to " + target + ", which redirects to the origin", call: addressed(target), reaches: reaches, elsewhere: aRedirect + baseURL + "/x\r\n\r\n", answers: []string{refused(403)}, want: 403})
	}
	// The origin remembers the key that it got before.
	both := func(answer string) string { return strings.ReplaceAll(answer, "{key}", "{key} {first}") }
	for name, answers := range map[string][]string{
		"a 401":                     {refused(401), both(refused(401))},
		"a 503":                     {refused(503), both(refused(404))},
		"a redirect":                {aRedirect + "/moved\r\n\r\n", both(refused(404))},
		"an answer that is no HTTP": {"HTTP/1.1 200 OK\r\n{key}\r\n\r\n", "HTTP/1.1 200 OK\r\n{first}\r\n\r\n"},
	} {
		paths = append(paths, keyPath{name: "rotated key after " + name + ", both echoed", source: rotate, answers: answers, want: anyError})
	}
	return paths
}

// methodPaths call each method of the client, generated or not, and let it succeed and fail.
func methodPaths() []keyPath {
	var paths []keyPath
	client := reflect.TypeFor[*api.Client]()
	for i := range client.NumMethod() {
		method := client.Method(i)
		call := func(_ context.Context, w *keyWitness, c *api.Client) (any, error) {
			w.record.add("Client." + method.Name)
			_, results := callMethod(w, reflect.ValueOf(c), i)
			var errs []error
			for _, v := range results {
				if err, isError := v.(error); isError {
					errs = append(errs, err)
				}
			}
			return results, errors.Join(errs...)
		}
		if method.Type.NumOut() == 1 && method.Type.Out(0).Kind() != reflect.Func { // it makes no call
			paths = append(paths, keyPath{name: method.Name, call: call, unsent: true})
			continue
		}
		paths = append(paths,
			keyPath{name: method.Name, call: call, answers: []string{aSuccess}},
			keyPath{name: method.Name + " refused", call: call, answers: []string{refused(401)}, want: 401},
			keyPath{name: method.Name + " after what is no HTTP", call: call, answers: []string{"HTTP/1.1 400 {key}\r\n{key}\r\n\r\n", refused(401)}, want: anyError})
	}
	return paths
}

// everyOption returns the options of a client, or of a wait.
func everyOption[O any]() []O {
	var all []O
	for _, option := range keyOptions {
		if o, is := option.(O); is {
			all = append(all, o)
		}
	}
	return all
}

// behind puts the caller's transport behind a proxy.
func behind(proxy string) func(*keyWitness, *http.Client, *http.Transport) {
	return func(w *keyWitness, _ *http.Client, transport *http.Transport) {
		transport.Proxy = func(*http.Request) (*url.URL, error) { return url.Parse(proxy) }
		transport.OnProxyConnectResponse = func(_ context.Context, _ *url.URL, req *http.Request, resp *http.Response) error {
			w.seeInFlight("request to the proxy", req)
			w.seeInFlight("answer of the proxy", resp)
			return nil
		}
	}
}

// keyJar shows what a cookie jar gets.
type keyJar struct{ w *keyWitness }

func (j keyJar) SetCookies(u *url.URL, cookies []*http.Cookie) {
	j.w.seeInFlight("URL of cookies", u)
	j.w.seeInFlight("cookies", cookies)
}

func (j keyJar) Cookies(u *url.URL) []*http.Cookie {
	j.w.seeInFlight("URL for cookies", u)
	return []*http.Cookie{{Name: "node", Value: "4711"}}
}

// alike gives always the same.
func alike(key string, err error) func(int) (string, error) {
	return func(int) (string, error) { return key, err }
}

// rotate gives another key as soon as the first has been sent.
func rotate(requests int) (string, error) {
	if requests == 0 {
		return shapedKeys["base64"], nil
	}
	return rotatedKey, nil
}

// take takes a client along the path, and shows the witness all that comes of it.
func (p keyPath) take(t *testing.T, record *keyRecord, key string, bySource bool) {
	t.Helper()
	w := &keyWitness{t, keyMarks(key, rotatedKey), record}
	base, err := url.Parse(cmp.Or(p.base, baseURL))
	if err != nil {
		t.Fatal(err)
	}
	origin := net.JoinHostPort(base.Hostname(), map[string]string{"http": "80", "https": "443"}[base.Scheme])
	var mu sync.Mutex
	var sent []string // keys
	network := &keyNetwork{dialError: p.dialError, answer: func(addr string, r *http.Request) string {
		mu.Lock()
		defer mu.Unlock()
		switch {
		case r.Method == http.MethodConnect:
			return cmp.Or(p.elsewhere, "HTTP/1.1 200 OK\r\n\r\n")
		case addr != origin:
			return cmp.Or(p.elsewhere, aCompleted)
		}
		sent = append(sent, r.Header.Get("X-API-Key"))
		if len(p.answers) == 0 {
			return ""
		}
		answer := p.answers[min(len(sent), len(p.answers))-1]
		if op := generated.FindOperation(r.Method, strings.TrimPrefix(r.URL.EscapedPath(), "/gateway")); op != nil {
			record.add(op.Name)
			answer = strings.ReplaceAll(answer, aSuccess, declared(op))
		}
		return echo(strings.ReplaceAll(answer, aSuccess, aCompleted), sent[len(sent)-1], sent[0])
	}}

	own := &http.Client{Transport: network.transport()}
	if p.own != nil {
		p.own(w, own, own.Transport.(*http.Transport))
	}
	opts := append(slices.Clone(p.opts), api.WithHTTPClient(own), api.WithLogger(slog.New(keyLog{w})))
	argument := key
	if bySource || p.source != nil {
		argument = ""
		opts = append(opts, api.WithKeySource(func(ctx context.Context) (string, error) {
			w.seeText("context of the source", fmt.Sprint(ctx))
			if p.source == nil {
				return " " + key + "\n", nil
			}
			mu.Lock()
			defer mu.Unlock()
			return p.source(len(sent))
		}))
	}
	record.add("New")
	c, err := api.New(base.String(), argument, opts...)
	if err != nil {
		t.Fatal(err)
	}
	call := p.call
	if call == nil {
		call = getOne
	}
	result, err := call(t.Context(), w, c)
	network.serving.Wait()
	synctest.Wait()

	p.check(t, err)
	w.see("result", result)
	w.see("error", err)
	w.see("client", c)
	w.see("client", *c)
	w.see("limits", c.RateLimits())
	w.see("options", opts)
	header := strings.NewReplacer("\r\nX-Api-Key: "+key+"\r\n", "\r\n", "\r\nX-Api-Key: "+rotatedKey+"\r\n", "\r\n")
	authenticated, reached := false, ""
	for name, b := range network.received {
		received := b.String()
		if addr, _, _ := strings.Cut(name, " "); addr != origin {
			reached = addr
		} else if without := header.Replace(received); without != received {
			authenticated, received = true, without
		}
		w.seeText("what "+name+" received", received)
	}
	if authenticated == p.unsent || reached != p.reaches {
		t.Errorf("the origin got the key: %v; beside it %q got bytes, want %q", authenticated, reached, p.reaches)
	}
}

// check sees to it that the call went the way that it was to go.
func (p keyPath) check(t *testing.T, err error) {
	t.Helper()
	var apiErr *api.Error
	taken := false
	switch want := p.want.(type) {
	case nil:
		taken = err == nil
	case int:
		taken = errors.As(err, &apiErr) && apiErr.StatusCode == want
	case error:
		taken = errors.Is(err, want)
	case string:
		taken = err != nil && strings.Contains(err.Error(), want)
	}
	if !taken {
		t.Errorf("error %.300v, want %v", err, p.want)
	}
}

func TestKeySafety(t *testing.T) {
	record := &keyRecord{seen: map[string]bool{}}
	keyCertificate() // outside of the bubbles
	var printed bytes.Buffer
	log.SetOutput(&printed)
	defer log.SetOutput(os.Stderr)
	t.Run("path", func(t *testing.T) {
		for _, p := range slices.Concat(keyPaths(), methodPaths()) {
			take := func(name, shape string, bySource bool) {
				t.Run(p.name+name, func(t *testing.T) {
					t.Parallel()
					synctest.Test(t, func(t *testing.T) { p.take(t, record, shapedKeys[shape], bySource) })
				})
			}
			take("", "base64", false)
			if p.source == nil {
				take(", token from a source", "token", true)
			}
			if p.everyShape {
				take(", punctuation", "punctuation", false)
			}
		}
	})
	all := append(slices.Collect(maps.Values(shapedKeys)), rotatedKey)
	(&keyWitness{t, keyMarks(all...), record}).seeText("log of the process", printed.String())
	if strings.Contains(flag.Lookup("test.run").Value.String(), "/") {
		return // only some of the paths were taken
	}
	t.Run("every exported identifier, operation and log record is on a path", func(t *testing.T) {
		want := append(exported(t), "sellerscenter: attempt", "sellerscenter: retry", "sellerscenter: no retry")
		for _, op := range generated.Operations {
			want = append(want, op.Name)
		}
		for _, name := range want {
			if !record.seen[name] {
				t.Errorf("%s is on no path", name)
			}
		}
	})
}

// TestKeySafetyOfBadArguments gives New keys that are bad, and good ones in the wrong place.
func TestKeySafetyOfBadArguments(t *testing.T) {
	for shape, key := range shapedKeys {
		w := &keyWitness{t, keyMarks(key), &keyRecord{seen: map[string]bool{}}}
		refuse := func(base, key string, opts ...api.Option) {
			t.Helper()
			c, err := api.New(base, key, opts...)
			if c != nil || err == nil {
				t.Errorf("New(%q, %q, %d options) succeeds", base, key, len(opts))
			}
			w.see("error for a "+shape, err)
		}
		for _, bad := range []string{"\x00", "\t", "\n", "\r\n", "\x1b", "\x7f", "\u0085", "\xe9"} {
			for _, at := range []int{1, len(key) / 2, len(key) - 1} {
				refuse(baseURL, key[:at]+bad+key[at:])
			}
		}
		for _, base := range []string{
			"{key}", "{query}", "https:{key}", "https:{query}", "https:///{query}", "ftp://{query}", "{query}://sellers.example.com", "https://[{query}]", "http://{query}.example.com",
			"https://user:{query}@sellers.example.com", "https://{query}@sellers.example.com", "http://{query}:x@localhost", "https://sellers.example.com:{query}",
			"https://sellers.example.com?key={query}", "https://sellers.example.com#{query}", "https://sellers.example.com/%zz{query}", "https://sellers.example.com\x7f{key}",
		} {
			refuse(echo(base, key, key), key)
			refuse(echo(base, key, key), "")
		}
		for _, bad := range []api.Option{api.WithRetry(api.RetryPolicy{MaxAttempts: -1}), api.WithUserAgent("\n"), api.WithHTTPClient(nil), api.WithKeySource(nil)} {
			refuse(baseURL, key, bad)
		}
	}
}

// keyPanics end the process with what a caller has in hand, or while the key is on its way.
var keyPanics = map[string]func(context.Context){
	"with values": func(ctx context.Context) {
		c := panicClient(refusing)
		_, err := get(ctx, c)
		_, waitErr := c.WaitShipOrderBatch(ctx, batchID)
		_, lostErr := get(ctx, panicClient(func(r *http.Request) (*http.Response, error) { return nil, fmt.Errorf("dump: %v", r.Header) }))
		_, newErr := api.New("https://"+url.QueryEscape(shapedKeys["base64"])+"@sellers.example.com", shapedKeys["base64"])
		for _, v := range []any{c, *c, api.WithKeySource(giveKey), err, waitErr, lostErr, newErr} {
			defer panic(v) // the runtime prints each of them
		}
	},
	"in a transport": func(ctx context.Context) {
		_, _ = get(ctx, panicClient(func(r *http.Request) (*http.Response, error) { panic(r.Method) }))
	},
	"in a transport, by the runtime": func(ctx context.Context) {
		_, _ = get(ctx, panicClient(func(r *http.Request) (*http.Response, error) { return r.Response.Request.Response, nil }))
	},
	"in a key source, by the runtime": func(ctx context.Context) {
		var keys map[string]string
		_, _ = get(ctx, panicClient(refusing, api.WithKeySource(func(ctx context.Context) (key string, err error) {
			key, err = giveKey(ctx)
			keys["current"] = key
			return key, err
		})))
	},
	"in an editor": func(ctx context.Context) {
		_, _ = get(ctx, panicClient(refusing), func(_ context.Context, r *http.Request) error { panic(r) })
	},
	"in a logger": func(ctx context.Context) {
		_, _ = get(ctx, panicClient(refusing, api.WithLogger(slog.New(slog.NewTextHandler(nil, &slog.HandlerOptions{Level: slog.LevelDebug})))))
	},
	"in the progress of a wait": func(ctx context.Context) {
		for _, err := range panicClient(refusing).WaitShipOrderBatches(ctx, []uuid.UUID{batchID, {1}}, api.WithProgress(func(p api.Progress) { panic(p.Polls) })) {
			panic(err)
		}
	},
	"in a poll": func(ctx context.Context) {
		c := panicClient(refusing)
		_, _ = api.Wait(ctx, c, batchID, func(ctx context.Context, _ uuid.UUID) (any, generated.RequestStatus, error) {
			_, err := get(ctx, c)
			panic(err)
		})
	},
}

// refusing echoes the key.
var refusing = handle(func(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Echo", r.Header.Get("X-API-Key"))
	writeJSON(w, http.StatusUnauthorized, fmt.Sprintf(`{"message":%q}`, r.Header.Get("X-API-Key")))
})

func panicClient(transport wire, opts ...api.Option) *api.Client {
	c, err := api.New(baseURL, shapedKeys["base64"], append(opts, once, api.WithHTTPClient(&http.Client{Transport: transport}))...)
	if err != nil {
		panic(err)
	}
	return c
}

// TestKeySafetyOfPanics runs itself anew for each panic, and reads what the process leaves behind.
func TestKeySafetyOfPanics(t *testing.T) {
	const which = "SELLERSCENTER_TEST_PANIC"
	if name := os.Getenv(which); name != "" {
		keyPanics[name](t.Context())
		return
	}
	key := shapedKeys["base64"]
	for name := range keyPanics {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKeySafetyOfPanics$")
			child.Env = append(os.Environ(), which+"="+name, "GOTRACEBACK=all")
			output, err := child.CombinedOutput()
			if err == nil || !strings.Contains(string(output), "panic: ") || !strings.Contains(string(output), "goroutine ") {
				t.Errorf("error %v, want a panic:\n%s", err, output)
			}
			w := &keyWitness{t, append(keyMarks(key), keyWords(key)...), nil}
			w.seeText("what the process leaves behind", string(output))
		})
	}
}

// TestKeySafetyOnSockets has real connections, the client's own transport, HTTP/2, and the failures of TLS.
func TestKeySafetyOnSockets(t *testing.T) {
	key := shapedKeys["base64"]
	foreign, proxy := newKeyListener(t, aCompleted), newKeyListener(t, "HTTP/1.1 502 Bad Gateway\r\n\r\n")
	var location atomic.Pointer[string] // of the origin's redirects
	var authenticated atomic.Int32
	handler := http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-API-Key") == key {
			authenticated.Add(1)
		}
		switch to := *location.Load(); to {
		case "":
			ok(rw, r)
		case "reset":
			conn, _, err := http.NewResponseController(rw).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			_ = conn.(*net.TCPConn).SetLinger(0)
			_ = conn.Close()
		default:
			rw.Header().Set("Location", to)
			rw.WriteHeader(http.StatusTemporaryRedirect)
			_, _ = io.WriteString(rw, key)
		}
	})
	plain := httptest.NewServer(handler)
	defer plain.Close()
	secure := httptest.NewUnstartedServer(handler)
	secure.EnableHTTP2 = true
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.StartTLS()
	defer secure.Close()
	withTLS := func(change func(*tls.Config)) *http.Client {
		config := secure.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
		change(config)
		return &http.Client{Transport: &http.Transport{TLSClientConfig: config}}
	}
	byProxy := &http.Client{Transport: &http.Transport{Proxy: http.ProxyURL(&url.URL{Scheme: "http", Host: proxy.Addr().String()})}}
	sameAddress := strings.Replace(plain.Listener.Addr().String(), "127.0.0.1", "localhost", 1)

	for _, tt := range []struct {
		name     string
		base     string
		client   *http.Client // nil for the default
		location string
		editor   string // where one sends the request
		sent     int32  // keys
		want     any
	}{
		{name: "success", base: plain.URL, sent: 1},
		{name: "success of HTTP/2", base: secure.URL, client: secure.Client(), sent: 1},
		{name: "redirect to another port", base: plain.URL, location: "http://" + foreign.Addr().String() + "/?" + key, sent: 1, want: 307},
		{name: "redirect to another port, of HTTP/2", base: secure.URL, client: secure.Client(), location: "http://" + foreign.Addr().String() + "/?" + key, sent: 1, want: 307},
		{name: "redirect to another name of the host", base: plain.URL, location: "http://" + sameAddress + "/", sent: 1, want: 307},
		{name: "redirect to another scheme", base: plain.URL, location: "https://" + plain.Listener.Addr().String() + "/", sent: 1, want: 307},
		{name: "editor that sends to another port", base: plain.URL, editor: "http://" + foreign.Addr().String() + "/x"},
		{name: "editor that sends to another name of the host", base: plain.URL, editor: "http://" + sameAddress + "/x"},
		{name: "proxy", base: baseURL, client: byProxy, want: "Bad Gateway"},
		{name: "connection reset", base: plain.URL, location: "reset", sent: 4, want: syscall.ECONNRESET},
		{name: "connection refused", base: "https://127.0.0.1:1", want: syscall.ECONNREFUSED},
		{name: "https of a server that speaks http", base: "https://" + foreign.Addr().String(), want: "HTTP response to HTTPS client"},
		{name: "certificate that is not trusted", base: secure.URL, want: "certificate"},
		{name: "certificate of another host", base: secure.URL, client: withTLS(func(c *tls.Config) { c.ServerName = "other.example" }), want: "other.example"},
		{name: "certificate that has expired", base: secure.URL, client: withTLS(func(c *tls.Config) { c.Time = func() time.Time { return time.Unix(math.MaxUint32, 0) } }), want: "expired"},
		{name: "TLS that the server does not speak", base: secure.URL, client: withTLS(func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS10 }), want: "protocol version"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := &keyWitness{t, keyMarks(key), &keyRecord{seen: map[string]bool{}}}
			opts := []api.Option{api.WithRetry(api.RetryPolicy{MinDelay: 1, MaxDelay: 1}), api.WithLogger(slog.New(keyLog{w}))}
			if tt.client != nil {
				opts = append(opts, api.WithHTTPClient(tt.client))
			}
			c, err := api.New(tt.base, key, opts...)
			if err != nil {
				t.Fatal(err)
			}
			location.Store(&tt.location)
			authenticated.Store(0)
			call := getOne
			if tt.editor != "" {
				call = addressed(tt.editor)
			}
			result, err := call(t.Context(), w, c)
			keyPath{want: tt.want}.check(t, err)
			if n := authenticated.Load(); n != tt.sent {
				t.Errorf("the key was sent %d times, want %d", n, tt.sent)
			}
			for _, v := range []any{result, err, c, *c, opts} {
				w.see("value", v)
			}
			w.seeText("what another port received", foreign.bytes())
			w.seeText("what the proxy received", proxy.bytes())
		})
	}
	if !strings.Contains(foreign.bytes(), "GET /x") || !strings.Contains(proxy.bytes(), "CONNECT ") {
		t.Errorf("another port received %q, the proxy %q", foreign.bytes(), proxy.bytes())
	}
}
