package api_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"html"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/api"
)

const (
	keyJSON200 = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"
	keySuccess = keyJSON200 + completed
	key401     = "HTTP/1.1 401 Unauthorized\r\n\r\n"
	key302     = "HTTP/1.1 302 Found\r\nLocation: "
	keyRotated = "rk2B+front9876/Mid6543Rotated21middle+back9876=="
)

var keyOnce = api.WithRetry(api.RetryPolicy{MaxAttempts: 1})

// keyRefused returns a response that echoes the key wherever there is a place for it.
func keyRefused(status int, headers ...string) string {
	return fmt.Sprintf("HTTP/1.1 %d {key}\r\n", status) +
		"Content-Type: application/json\r\nX-Echo: {key}\r\nSet-Cookie: session={key}\r\n" +
		strings.Join(append(headers, "\r\n"), "\r\n") +
		`{"message":"bad key {json}","detail":[{"loc":["{json}"],"msg":"{json}"}]}`
}

// keyEcho fills the key in that a server repeats.
func keyEcho(text, key string) string {
	forms := strings.NewReplacer("{key}", key, "{url}", url.QueryEscape(key), "{json}", keyInJSON(key))
	return forms.Replace(text)
}

// keyResponses returns what the origin says, byte for byte, by request; the last one is repeated.
// The empty one ends the connection, and {silence} leaves it open.
func keyResponses() map[string][]string {
	pending := strings.Replace(keySuccess, "completed", "pending", 1)
	responses := map[string][]string{
		"success":              {keySuccess},
		"success after faults": {keyRefused(503), "", keyRefused(429, "Retry-After: 1"), keySuccess},
		"success after a 401":  {keyRefused(401), keySuccess},
		"nothing":              {""},
		"silence":              {"{silence}"},
		"silence in the body":  {keyJSON200 + "{key}{silence}"},
		"a body cut short":     {keyRefused(404, "Content-Length: 9999")},
		"a bad gzip":           {keyRefused(401, "Content-Encoding: gzip")},
		"a long Retry-After":   {keyRefused(503, "Retry-After: 3600")},
		"another media type":   {"HTTP/1.1 200 OK\r\nContent-Type: text/{key}\r\n\r\n<title>{key}</title>"},
		"a large body":         {keyJSON200 + strings.Repeat("{key}", 100)},
		"a trailer": {"HTTP/1.1 401 Unauthorized\r\nTransfer-Encoding: chunked\r\nTrailer: X-Echo\r\n\r\n" +
			"2\r\n{}\r\n0\r\nX-Echo: {key}\r\n\r\n"},

		"a batch in progress":    {pending},
		"a batch, then failures": {pending, keyRefused(502)},
		"a batch, then words":    {pending, keyJSON200 + `{"message":"bad key {json}"}`},
		"a batch, then a page":   {pending, keyJSON200 + "<html><title>bad key {key}</title></html>"},
		"a failed batch":         {strings.Replace(keySuccess, "completed", "failed", 1)},

		"text":            {key401 + "bad key {key}"},
		"text with a URL": {key401 + "log in at https://sso.example/?key={url}"},
		"a title":         {key401 + "<html><title>bad key {key}</title></html>"},
		"a long message":  {key401 + `{"message":"` + strings.Repeat("x", 230) + ` {json}"}`},

		"a redirect":              {key302 + "/moved\r\n\r\n", keySuccess},
		"a redirect, then faults": {key302 + "/moved\r\n\r\n", ""},
		"a redirect to the key":   {key302 + "/moved/{url}?key={url}\r\n\r\n", keySuccess},
		"a lost one to the key":   {key302 + "/moved/{url}?key={url}\r\n\r\n", ""},
		"redirects for ever":      {keyRefused(302, "Location: /moved")},
		"a redirect elsewhere":    {keyRefused(307, "Location: https://{url}@evil.example/?{key}#{key}")},
		"a redirect to no URL":    {key302 + "https://evil.example/%zz{key}\r\n\r\n"},

		// What does not parse is quoted by the errors of net/http and of encoding/json.
		"a bad status line": {"{key}\r\n\r\n"},
		"a bad status":      {"HTTP/1.1 {key} OK\r\n\r\n"},
		"a bad header":      {"HTTP/1.1 200 OK\r\n{key}\r\n\r\n"},
		"a bad length":      {"HTTP/1.1 200 OK\r\nContent-Length: {key}\r\n\r\n"},
		"a bad encoding":    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: {key}\r\n\r\n"},
		"a bad chunk":       {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{key}\r\n"},
		"a 200 of no JSON":  {keyJSON200 + "{key}"},
		"a bad batch id":    {keyJSON200 + `{"batchRequestId":"{json}"}`},
		"bad items":         {keyJSON200 + `{"items":"{json}"}`},
	}
	for _, status := range []int{204, 300, 304, 400, 401, 403, 404, 408, 429, 500, 501, 502, 520, 999} {
		responses[fmt.Sprint(status)] = []string{keyRefused(status)}
	}
	return responses
}

type keyCall func(context.Context, *keyWitness, *api.Client) (any, error)

func keyGet(ctx context.Context, _ *keyWitness, c *api.Client) (any, error) { return get(ctx, c) }

func keyPost(ctx context.Context, w *keyWitness, c *api.Client) (any, error) {
	body := strings.NewReader("{}")
	req, err := http.NewRequestWithContext(ctx, "POST", baseURL+"/no-such-operation", body)
	if err != nil {
		return nil, err
	}
	resp, err := doer(w, c).Do(req)
	w.see("the headers of the request", req.Header)
	if resp == nil {
		return nil, err
	}
	return resp.Request, err // the rest is what the server said
}

// keyWait waits for batches in both ways, one after the other.
func keyWait(ctx context.Context, w *keyWitness, c *api.Client) (any, error) {
	opts := []api.WaitOption{
		api.WithPollInterval(time.Minute, time.Minute), api.WithNotFoundGrace(time.Minute),
		api.WithProgress(func(p api.Progress) { w.see("progress", p) }),
	}
	w.see("the options of a wait", opts)
	for result, err := range c.WaitShipOrderBatches(ctx, []uuid.UUID{batchID, {1}}, opts...) {
		w.see("one of many results", result)
		w.see("one of many errors", err)
	}
	return c.WaitShipOrderBatch(ctx, batchID, opts...)
}

// keyCut cuts a call short, by a deadline or by a cancellation.
func keyCut(call keyCall, deadline, cancelled time.Duration) keyCall {
	return func(ctx context.Context, w *keyWitness, c *api.Client) (any, error) {
		ctx, cancel := context.WithTimeout(ctx, deadline)
		defer cancel()
		defer time.AfterFunc(cancelled, cancel).Stop()
		return call(ctx, w, c)
	}
}

// keyCaller is a way of making a call, with what the caller puts in between.
type keyCaller struct {
	call keyCall
	opts []api.Option
	own  func(*keyWitness, *http.Client) // changes the caller's HTTP client
}

func keyCallers() map[string]keyCaller {
	everyOption := []api.Option{
		keyOnce, api.WithAttemptTimeout(time.Second), api.WithRateLimit(100), api.WithoutRateLimit(),
		api.WithUserAgent("shop-sync/1.4"), api.WithInsecureHTTP(),
	}
	patient := api.WithRetry(api.RetryPolicy{MinDelay: 24 * time.Hour, MaxDelay: 24 * time.Hour})
	edited := func(edit func(*keyWitness, *http.Request)) keyCall {
		return func(ctx context.Context, w *keyWitness, c *api.Client) (any, error) {
			return get(ctx, c, func(_ context.Context, r *http.Request) error {
				edit(w, r)
				return nil
			})
		}
	}
	transport := func(roundTrip wire) func(*keyWitness, *http.Client) {
		return func(_ *keyWitness, c *http.Client) { c.Transport = roundTrip }
	}
	return map[string]keyCaller{
		"GET":               {call: keyGet},
		"GET, all options":  {call: keyGet, opts: everyOption},
		"GET, cancelled":    {call: keyCut(keyGet, time.Hour, time.Second)},
		"GET, no time":      {call: keyCut(keyGet, time.Second, time.Hour), opts: []api.Option{patient}},
		"POST":              {call: keyPost},
		"wait":              {call: keyCut(keyWait, 2*time.Minute, time.Hour)},
		"wait, cancelled":   {call: keyCut(keyWait, time.Hour, time.Second)},
		"wait, not retried": {call: keyCut(keyWait, 5*time.Minute, time.Hour), opts: []api.Option{keyOnce}},

		"an editor sees": {call: edited(func(w *keyWitness, r *http.Request) {
			w.seePrinted("the request in an editor", r)
		})},
		"an editor sets the header": {call: edited(func(_ *keyWitness, r *http.Request) {
			r.Header.Set("X-API-Key", "mine")
		})},
		"an editor sets the context": {call: edited(func(w *keyWitness, r *http.Request) {
			*r = *r.WithContext(w.Context()) //nolint:contextcheck // the point
		})},
		"CheckRedirect sees": {call: keyGet, own: func(w *keyWitness, c *http.Client) {
			c.CheckRedirect = func(r *http.Request, via []*http.Request) error {
				w.see("the headers after a redirect", r.Header)
				w.see("the headers before a redirect", via[0].Header)
				return nil
			}
		}},
		"a trace sees": {call: func(ctx context.Context, w *keyWitness, c *api.Client) (any, error) {
			see := func(name string, values []string) { w.seeText("a trace of "+name, fmt.Sprint(values)) }
			trace := &httptrace.ClientTrace{WroteHeaderField: see}
			return get(httptrace.WithClientTrace(ctx, trace), c)
		}},
		"CheckRedirect refuses": {call: keyGet, own: func(_ *keyWitness, c *http.Client) {
			c.CheckRedirect = func(*http.Request, []*http.Request) error { return errors.New("no redirects") }
		}},
		"the transport quotes": {call: keyGet, own: transport(func(r *http.Request) (*http.Response, error) {
			return nil, fmt.Errorf("dump: %v", r.Header)
		})},
		"the transport panics": {
			own: transport(func(*http.Request) (*http.Response, error) { panic("out of order") }),
			call: func(ctx context.Context, _ *keyWitness, c *api.Client) (result any, err error) {
				defer func() { result = fmt.Sprint(recover(), string(debug.Stack())) }()
				return get(ctx, c)
			},
		},
		"a proxy refuses": {call: keyGet, own: func(_ *keyWitness, c *http.Client) {
			proxy := &url.URL{Scheme: "http", Host: "proxy.example:3128"}
			c.Transport.(*http.Transport).Proxy = http.ProxyURL(proxy)
		}},
	}
}

// TestKeyShowsNowhereAtAll lets every caller meet every response, and looks for the key in all that
// comes of it: results, errors, log records, contexts, printed values, and what other servers than
// the origin get.
//
// The origin and the caller's own transport see the key by their nature. The text of a key source's
// own error and the data of a success are not the client's to change.
func TestKeyShowsNowhereAtAll(t *testing.T) {
	rotated := []string{keyShapes["markup"], keyRotated}
	ends := []error{ // that are to be met
		nil, io.EOF, context.Canceled, context.DeadlineExceeded, api.ErrBadRequest, api.ErrUnauthorized,
		api.ErrForbidden, api.ErrNotFound, api.ErrRateLimited, api.ErrServer, api.ErrBatchFailed,
		api.ErrResponseTooLarge, api.ErrOutcomeUnknown,
	}
	var printed bytes.Buffer
	log.SetOutput(&printed)
	defer log.SetOutput(os.Stderr)
	skipped := strings.Contains(flag.Lookup("test.run").Value.String(), "/")
	for callerName, caller := range keyCallers() {
		for responseName, said := range keyResponses() {
			meet := func(name string, keys ...string) {
				t.Run(callerName+"/"+responseName+"/"+name, func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						err := caller.meet(t, said, keys...)
						ends = slices.DeleteFunc(ends, func(end error) bool { return errors.Is(err, end) })
					})
				})
			}
			meet("rotated", rotated...)
			if callerName == "GET" {
				for shape, key := range keyShapes {
					meet(shape, key)
				}
			}
		}
	}
	newKeyWitness(t, rotated...).seeText("the log of the process", printed.String())
	if !skipped && len(ends) > 0 {
		t.Errorf("no call ended with %q", ends)
	}
}

// meet makes a call to an origin that says something, and shows a witness all that comes of it. One
// key is New's argument. Of several, a source gives the next one as soon as one was sent.
func (caller keyCaller) meet(t *testing.T, said []string, keys ...string) error {
	t.Helper()
	w := newKeyWitness(t, keys...)
	var mu sync.Mutex
	var sent []string
	network := &keyNetwork{answer: func(addr string, r *http.Request) string {
		if addr != keyOrigin {
			return "HTTP/1.1 502 Bad Gateway\r\n\r\n"
		}
		mu.Lock()
		defer mu.Unlock()
		sent = append(sent, r.Header.Get("X-API-Key"))
		return keyEcho(said[min(len(sent), len(said))-1], sent[len(sent)-1])
	}}
	own := &http.Client{Transport: network.transport()}
	if caller.own != nil {
		caller.own(w, own)
	}
	opts := append(slices.Clone(caller.opts),
		api.WithHTTPClient(own), api.WithLogger(slog.New(keyLog{w})), api.WithMaxResponseBytes(2000))
	argument := " " + keys[0] + "\n"
	if len(keys) > 1 {
		argument = ""
		opts = append(opts, api.WithKeySource(func(ctx context.Context) (string, error) {
			w.seeText("the context of the source", fmt.Sprint(ctx))
			mu.Lock()
			defer mu.Unlock()
			return " " + keys[min(len(sent), len(keys)-1)] + "\n", nil
		}))
	}
	c, err := api.New(baseURL, argument, opts...)
	if err != nil {
		t.Fatal(err)
	}
	result, err := caller.call(t.Context(), w, c)
	network.serving.Wait()
	synctest.Wait()

	for _, key := range sent {
		if !slices.Contains(keys, key) {
			t.Errorf("the origin got the key %q", key)
		}
	}
	for _, v := range []any{result, err, c, *c, c.RateLimits(), opts} {
		w.see("what the caller has", v)
	}
	w.seeText("what others received", network.foreign.String())
	return err
}

// keyError returns the error of a call with this response.
func keyError(t *testing.T, key string, resp *http.Response) *api.Error {
	t.Helper()
	_, err := get(t.Context(), keyClient(t, key, func(r *http.Request) (*http.Response, error) {
		resp.Request = r
		return resp, nil
	}))
	var apiErr *api.Error
	if !errors.As(err, &apiErr) || apiErr.StatusCode != resp.StatusCode {
		t.Fatalf("error %v, want an *api.Error with status %d", err, resp.StatusCode)
	}
	return apiErr
}

func keyClient(t *testing.T, key string, transport wire) *api.Client {
	t.Helper()
	c, err := api.New(baseURL, key, keyOnce, api.WithoutRateLimit(), api.WithMaxResponseBytes(2000),
		api.WithHTTPClient(&http.Client{Transport: transport}))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// keyResponse returns a response of a length that is not known before.
func keyResponse(status int, body io.Reader) *http.Response {
	return &http.Response{
		StatusCode: status, Header: http.Header{}, Body: io.NopCloser(body), ContentLength: -1,
	}
}

// TestEchoIsRedacted has the key in each place of a response, and in the error of a transport. The
// forms that are known, package auth tests.
func TestEchoIsRedacted(t *testing.T) {
	const location = "https://evil.example/?key="
	key := keyShapes["markup"]
	written := html.EscapeString(key)
	resp := keyResponse(302, strings.NewReader("your key: "+written+", "+written))
	resp.Header.Set("Location", location+written)
	resp.Header["X-Echo"] = []string{written, "again " + written}
	resp.Header["x-"+written] = []string{"in the name"}
	moved := keyError(t, key, resp)
	refused := keyError(t, key, keyResponse(401, strings.NewReader("bad key "+written)))
	_, lost := get(t.Context(), keyClient(t, key, func(*http.Request) (*http.Response, error) {
		return nil, errors.New("cannot send " + written)
	}))
	for got, want := range map[string]string{
		string(moved.Body):                 "your key: [redacted], [redacted]",
		moved.Header.Get("Location"):       location + "[redacted]",
		fmt.Sprint(moved.Header["X-Echo"]): "[[redacted] again [redacted]]",
		moved.Header.Get("x-[redacted]"):   "in the name",
		moved.Message:                      "redirect not followed: " + location + "[redacted]",
		refused.Message:                    "bad key [redacted]",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if !strings.Contains(lost.Error(), "cannot send [redacted]") {
		t.Errorf("error %v", lost)
	}
}

// TestMessageIsRedacted has a key in forms that the client decodes.
func TestMessageIsRedacted(t *testing.T) {
	const key = "marked+key/0123456789"
	long := strings.Repeat("x", 229) + " "
	for _, tt := range []struct{ body, want string }{
		{`{"message":"bad key marked+key\/0123456789"}`, "bad key [redacted]"},
		{`{"message":"bad key marked\u002Bkey/0123456789"}`, "bad key [redacted]"},
		{`{"message":"` + long + `marked+key\/0123456789"}`, long + "[redacted]"},
		{"<html><title>bad key marked&#43;key/0123456789</title></html>", "bad key [redacted]"},
	} {
		if err := keyError(t, key, keyResponse(401, strings.NewReader(tt.body))); err.Message != tt.want {
			t.Errorf("message %q, want %q of %s", err.Message, tt.want, tt.body)
		}
	}
}

// TestCutBodyDoesNotEndInTheKey cuts bodies after each byte of a key.
func TestCutBodyDoesNotEndInTheKey(t *testing.T) {
	const start = "bad key "
	key := keyShapes["markup"]
	until := func(size, n int) string { return start + strings.Repeat("x", size-len(start)-n) }
	for name, cut := range map[string]struct {
		step     int
		response func(n int) *http.Response
	}{
		"connection lost": {1, func(n int) *http.Response {
			return keyResponse(401, io.MultiReader(strings.NewReader(start+key[:n]), keyLoss{}))
		}},
		"longer than an error keeps": {9, func(n int) *http.Response {
			return keyResponse(401, strings.NewReader(until(64<<10, n)+key))
		}},
		"longer than what is read": {9, func(n int) *http.Response {
			text := start + strings.Repeat("x", n) + strings.Repeat(key+" ", 4000)
			return keyResponse(401, strings.NewReader(text))
		}},
		"longer than a success may be": {1, func(n int) *http.Response {
			return keyResponse(200, strings.NewReader(until(2000, n)+key))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			for n := 1; n < len(key); n += cut.step {
				err := keyError(t, key, cut.response(n))
				body := string(err.Body)
				if !strings.HasPrefix(body, "bad key") {
					t.Errorf("body %.60q", body)
				}
				for end := 1; end <= n; end++ {
					begins := key[:end]
					if strings.HasSuffix(body, begins) || strings.HasSuffix(err.Message, begins) {
						t.Fatalf("cut after %d bytes of the key, the error ends in %q", n, begins)
					}
				}
			}
		})
	}
}

type keyLoss struct{}

func (keyLoss) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// TestBadKeyIsRefused gives bad keys to New, and to a call by a source.
func TestBadKeyIsRefused(t *testing.T) {
	bad := []string{"", " \n\t"}
	for _, char := range []string{"\x00", "\t", "\n", "\r\n", "\x1b", "\x7f", "\u0085", "\xe9"} {
		for _, i := range []int{1, len(markedKey) / 2, len(markedKey) - 1} {
			bad = append(bad, markedKey[:i]+char+markedKey[i:])
		}
	}
	for _, key := range bad {
		_, newErr := api.New(baseURL, key)
		c := newClient(t, wire(func(*http.Request) (*http.Response, error) { panic("sent") }),
			api.WithKeySource(func(context.Context) (string, error) { return key, nil }))
		_, callErr := get(t.Context(), c)
		for _, err := range []error{newErr, callErr} {
			if err == nil || !strings.Contains(err.Error(), "API key") {
				t.Errorf("key %q: error %v", key, err)
			}
			newKeyWitness(t, markedKey).see("the error", err)
		}
	}
}

// TestErrorsOfNewDoNotShowTheKey puts the key where it does not belong.
func TestErrorsOfNewDoNotShowTheKey(t *testing.T) {
	for _, key := range keyShapes {
		for _, base := range []string{
			"{key}", "{url}", "https:{key}", "https:///{url}", "ftp://{url}", "{url}://sellers.example.com",
			"https://[{url}]", "http://{url}.example.com", "https://user:{url}@sellers.example.com",
			"https://{url}@sellers.example.com", "https://sellers.example.com:{url}",
			"https://sellers.example.com?key={url}", "https://sellers.example.com#{url}",
			"https://sellers.example.com/%zz{url}", "https://sellers.example.com\x7f{key}",
		} {
			_, err := api.New(keyEcho(base, key), key)
			if err == nil {
				t.Errorf("New(%q) succeeds", base)
			}
			_, swapped := api.New(keyEcho(base, key), baseURL)
			newKeyWitness(t, key).see("the errors", []error{err, swapped})
		}
		_, err := api.New(baseURL, key, api.WithUserAgent("\n"))
		newKeyWitness(t, key).see("the error", err)
	}
}

// keyVault is a key source, and a server that takes one of its keys.
type keyVault struct {
	keys     []string // what the source gives, in turn, the last one for ever
	valid    string   // other keys are refused
	statuses []int    // of responses before that

	asked  int
	sent   []string
	bodies []string
}

var errSealed = errors.New("vault is sealed")

func (v *keyVault) key(context.Context) (string, error) {
	v.asked++
	key := v.keys[min(v.asked, len(v.keys))-1]
	if key == "sealed" {
		return markedKey, errSealed
	}
	return key, nil
}

func (v *keyVault) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body := ""
	if r.Body != nil {
		b, _ := io.ReadAll(r.Body)
		body = string(b)
	}
	key := r.Header.Get("X-API-Key")
	v.sent = append(v.sent, key)
	v.bodies = append(v.bodies, body)
	w.Header().Set("Location", "/moved")
	w.Header().Set("Content-Type", "application/json")
	switch {
	case len(v.statuses) > 0:
		w.WriteHeader(v.statuses[0])
		v.statuses = v.statuses[1:]
	case key != v.valid:
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = fmt.Fprintf(w, `{"message":"bad keys: %s"}`, strings.Join(v.sent, " "))
	default:
		_, _ = io.WriteString(w, completed)
	}
}

// TestCallIsMadeAgainWithAChangedKey has a source that may know another key after a 401.
func TestCallIsMadeAgainWithAChangedKey(t *testing.T) {
	const first, second, third = "first-key-1", "second-key-2", "third-key-3"
	for _, tt := range []struct {
		name  string
		keys  []string
		valid string
		sent  []string
		base  string // where the request goes
	}{
		{"valid", []string{first}, first, []string{first}, baseURL},
		{"changed", []string{first, second}, second, []string{first, second}, baseURL},
		{"the same", []string{first}, second, []string{first}, baseURL},
		{"the same, with a newline", []string{first, first + "\n"}, second, []string{first}, baseURL},
		{
			"changed twice", []string{first, third, third, second}, second,
			[]string{first, third, second}, baseURL,
		},
		{
			"changed for ever", []string{first, second, third, first, second, third, first}, "none",
			[]string{first, third, second}, baseURL,
		},
		{"sealed", []string{first, "sealed", second}, second, []string{first}, baseURL},
		{"bad", []string{first, "\n", second}, second, []string{first}, baseURL},
		{"not sent", []string{first, second}, second, []string{""}, "https://other.example"},
	} {
		for _, method := range []string{"GET", "PUT", "POST", "PATCH", "DELETE"} {
			t.Run(tt.name+", "+method, func(t *testing.T) {
				v := &keyVault{keys: tt.keys, valid: tt.valid}
				c := newClient(t, handle(v.ServeHTTP), api.WithKeySource(v.key),
					api.WithRetry(api.RetryPolicy{MaxAttempts: 3}))
				body := `{"items":[]}`
				req, err := http.NewRequest(method, tt.base+"/no-such-operation", strings.NewReader(body))
				if err != nil {
					t.Fatal(err)
				}
				_, err = doer(t, c).Do(req)
				bodies := slices.Repeat([]string{body}, len(tt.sent))
				if !slices.Equal(v.sent, tt.sent) || !slices.Equal(v.bodies, bodies) {
					t.Errorf("sent %q with %q, want %q with %q", v.sent, v.bodies, tt.sent, bodies)
				}
				if slices.Contains(tt.sent, tt.valid) {
					if err != nil {
						t.Error(err)
					}
					return
				}
				want := len(strings.Fields(strings.Join(tt.sent, " ")))
				got := strings.Count(fmt.Sprint(err), "[redacted]")
				if !errors.Is(err, api.ErrUnauthorized) || got != want {
					t.Errorf("error %v, want a 401 with %d keys", err, want)
				}
			})
		}
	}
}

func TestKeySourceIsAskedOnceAnAttempt(t *testing.T) {
	for _, tt := range []struct {
		name     string
		statuses []int
		keys     []string
		asked    int
		want     error
	}{
		{"success", nil, []string{markedKey}, 1, nil},
		{"retries", []int{503, 503}, []string{markedKey}, 3, nil},
		{"redirects", []int{302, 503, 302, 302}, []string{markedKey}, 2, nil},
		{"refused after a change", []int{503, 401}, []string{markedKey, keyRotated}, 3, api.ErrUnauthorized},
		{"sealed", nil, []string{"sealed", markedKey}, 1, errSealed},
		{"sealed later", []int{503}, []string{markedKey, "sealed", markedKey}, 2, errSealed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				v := &keyVault{keys: tt.keys, valid: markedKey, statuses: tt.statuses}
				_, err := get(t.Context(), newClient(t, handle(v.ServeHTTP), api.WithKeySource(v.key)))
				if !errors.Is(err, tt.want) || v.asked != tt.asked {
					t.Errorf("error %v, asked %d times, want %v and %d", err, v.asked, tt.want, tt.asked)
				}
				newKeyWitness(t, markedKey).see("the error", err)
			})
		})
	}
}

// TestEarlierKeyIsRedacted has a key that changes between an attempt that fails and the next one,
// which the context ends. The error tells of the first, whose response echoes the first key.
func TestEarlierKeyIsRedacted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const first, second = "first-key-1", "second-key-2"
		server := wire(func(r *http.Request) (*http.Response, error) {
			if r.Header.Get("X-Api-Key") == second {
				<-r.Context().Done()
				return nil, r.Context().Err()
			}
			w := newRecorder()
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = io.WriteString(w, `{"message":"no upstream for `+first+`"}`)
			return w.response(r), nil
		})
		v := &keyVault{keys: []string{first, second}}
		c := newClient(t, server, api.WithKeySource(v.key), api.WithAttemptTimeout(0))
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		_, err := get(ctx, c)
		if v.asked != 2 || !errors.Is(err, api.ErrServer) {
			t.Errorf("%d attempts, error %v, want the 503 of the first of two", v.asked, err)
		}
		newKeyWitness(t, first).see("the error", err)
	})
}

// TestCallsOfAKeySourceAreNoPolls has a source that makes a call of another client.
func TestCallsOfAKeySourceAreNoPolls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var batches []uuid.UUID
		vault := newClient(t, wire(func(r *http.Request) (*http.Response, error) {
			a, _ := api.AttemptFromContext(r.Context())
			batches = append(batches, a.Batch)
			return okReply(r)
		}))
		c := newClient(t, okReply, api.WithKeySource(func(ctx context.Context) (string, error) {
			_, err := get(ctx, vault)
			return markedKey, err
		}))
		_, err := c.WaitShipOrderBatch(t.Context(), batchID)
		if want := []uuid.UUID{uuid.Nil}; err != nil || !slices.Equal(batches, want) {
			t.Errorf("calls for the batches %v, want one direct call; error %v", batches, err)
		}
	})
}

// TestContextOfKeySource has a source that does not answer, be it at first or after a 401.
func TestContextOfKeySource(t *testing.T) {
	type name struct{}
	for _, tt := range []struct {
		name              string
		answers           int
		timeout, deadline time.Duration
	}{
		{"at first, attempt timeout", 0, time.Second, time.Hour},
		{"at first, deadline", 0, time.Hour, time.Second},
		{"after a 401, attempt timeout", 1, time.Second, time.Hour},
		{"after a 401, deadline", 1, time.Hour, time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				v := &keyVault{keys: []string{markedKey}}
				source := func(ctx context.Context) (string, error) {
					if ctx.Value(name{}) != "caller" {
						t.Error("the context is not the caller's")
					}
					if httptrace.ContextClientTrace(ctx) != nil {
						t.Error("the context has a trace, which requests of the source would trip")
					}
					if _, ok := api.AttemptFromContext(ctx); ok {
						t.Error("the context has the attempt, to which requests of the source do not belong")
					}
					if v.asked < tt.answers {
						return v.key(ctx)
					}
					select {
					case <-ctx.Done():
					case <-time.After(24 * time.Hour):
					}
					return "", ctx.Err()
				}
				c := newClient(t, handle(v.ServeHTTP),
					api.WithAttemptTimeout(tt.timeout), api.WithKeySource(source))
				ctx := context.WithValue(t.Context(), name{}, "caller")
				ctx, cancel := context.WithTimeout(ctx, tt.deadline)
				defer cancel()
				start := time.Now()
				_, err := keyPost(ctx, newKeyWitness(t, markedKey), c)
				late := errors.Is(err, context.DeadlineExceeded)
				if !late && (tt.answers == 0 || !errors.Is(err, api.ErrUnauthorized)) {
					t.Errorf("error %v, want the timeout, or the 401 before it", err)
				}
				if elapsed := time.Since(start); elapsed != time.Second {
					t.Errorf("ended after %v, want 1s", elapsed)
				}
			})
		})
	}
}

// TestKeyInAPathIsRedacted: an editor that puts the key into the path does not make the error of a
// call without a response show it.
func TestKeyInAPathIsRedacted(t *testing.T) {
	c := newClient(t, wire(func(*http.Request) (*http.Response, error) {
		return nil, errors.New("connection lost")
	}), api.WithRetry(api.RetryPolicy{MaxAttempts: 1}))
	_, err := get(t.Context(), c, func(_ context.Context, r *http.Request) error {
		r.URL.Path += "/" + markedKey
		return nil
	})
	if err == nil || strings.Contains(err.Error(), markedKey) {
		t.Errorf("error %v", err)
	}
}
