package api_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
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
	quoted, _ := json.Marshal(key) // a string does not fail
	inJSON := strings.Trim(string(quoted), `"`)
	return strings.NewReplacer("{key}", key, "{url}", url.QueryEscape(key), "{json}", inJSON).Replace(text)
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

// keyCaller is a way of making a call, with what the caller puts in between.
type keyCaller struct {
	opts      []api.Option
	waits     bool          // for two batches
	deadline  time.Duration // an hour by default
	cancelled time.Duration // after so long, never by default
	edit      func(*http.Request)
	refusal   error // of redirects
	transport wire  // in place of a network
}

// keyCallers returns the ways of making a call. Editors can replace its context by own.
func keyCallers(own context.Context) map[string]keyCaller {
	everyOption := []api.Option{
		keyOnce, api.WithAttemptTimeout(time.Second), api.WithRateLimit(100), api.WithoutRateLimit(),
		api.WithUserAgent("shop-sync/1.4"), api.WithInsecureHTTP(),
	}
	patient := api.WithRetry(api.RetryPolicy{MinDelay: 24 * time.Hour, MaxDelay: 24 * time.Hour})
	return map[string]keyCaller{
		"GET":                        {},
		"GET, all options":           {opts: everyOption},
		"GET, cancelled":             {cancelled: time.Second},
		"GET, no time":               {deadline: time.Second, opts: []api.Option{patient}},
		"POST":                       {edit: func(r *http.Request) { r.Method = "POST" }},
		"wait":                       {waits: true, deadline: 2 * time.Minute},
		"wait, cancelled":            {waits: true, cancelled: time.Second},
		"wait, not retried":          {waits: true, deadline: 5 * time.Minute, opts: []api.Option{keyOnce}},
		"an editor sets the header":  {edit: func(r *http.Request) { r.Header.Set("X-API-Key", "mine") }},
		"an editor sets the context": {edit: func(r *http.Request) { *r = *r.WithContext(own) }},
		"CheckRedirect refuses":      {refusal: errors.New("no redirects")},
		"the transport quotes": {transport: func(r *http.Request) (*http.Response, error) {
			return nil, fmt.Errorf("dump: %v", r.Header)
		}},
		"a proxy refuses": {transport: func(r *http.Request) (*http.Response, error) {
			proxy := &rawServer{answer: bytesOf("HTTP/1.1 502 Bad Gateway\r\n\r\n")}
			transport := proxy.piped()
			transport.Proxy = http.ProxyURL(&url.URL{Scheme: "http", Host: "proxy.example:3128"})
			return transport.RoundTrip(r)
		}},
	}
}

// TestKeyShowsNowhereAtAll lets every caller meet every response, and looks for the key in all that
// results: responses, errors, log records, contexts, and printed values.
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
	for callerName := range keyCallers(t.Context()) {
		for responseName, said := range keyResponses() {
			meet := func(name string, keys ...string) {
				t.Run(callerName+"/"+responseName+"/"+name, func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						err := keyCallers(t.Context())[callerName].meet(t, said, keys...)
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
	t.Run("in the end", func(t *testing.T) {
		if len(ends) > 0 {
			t.Errorf("no call ended with %q", ends)
		}
	})
}

// keyOrigin is a server that echoes the key of each request, and a key source that gives the next
// key as soon as one was sent.
type keyOrigin struct {
	*keyWitness

	said []string
	keys []string

	mu   sync.Mutex
	sent int
}

func (o *keyOrigin) key(ctx context.Context) (string, error) {
	o.seeText("the context of the source", fmt.Sprint(ctx))
	o.mu.Lock()
	defer o.mu.Unlock()
	return " " + o.keys[min(o.sent, len(o.keys)-1)] + "\n", nil
}

// RoundTrip sends a request over a real transport, whose server says what is next.
func (o *keyOrigin) RoundTrip(r *http.Request) (*http.Response, error) {
	key := r.Header.Get("X-API-Key")
	if r.URL.Host != "sellers.example.com" || !slices.Contains(o.keys, key) {
		o.Errorf("%s got the key %q", r.URL, key)
	}
	o.mu.Lock()
	answer, isSilent := strings.CutSuffix(keyEcho(o.said[min(o.sent, len(o.said)-1)], key), "{silence}")
	o.sent++
	o.mu.Unlock()
	server := &rawServer{answer: func(w io.Writer) {
		_, _ = io.WriteString(w, answer)
		if isSilent {
			<-r.Context().Done()
		}
	}}
	return server.piped().RoundTrip(r)
}

// meet makes a call to an origin that says something, and shows a witness all that comes of it. One
// key is New's argument, and of several there is a source.
func (caller keyCaller) meet(t *testing.T, said []string, keys ...string) error {
	t.Helper()
	w := newKeyWitness(t, keys...)
	origin := &keyOrigin{keyWitness: w, said: said, keys: keys}
	own := &http.Client{
		CheckRedirect: func(r *http.Request, via []*http.Request) error {
			w.seeText("a redirect", fmt.Sprint(r.Header, via[0].Header, r.Context(), via[0].Context()))
			return caller.refusal
		},
		Transport: wire(func(r *http.Request) (*http.Response, error) {
			if caller.transport != nil {
				return caller.transport(r)
			}
			return origin.RoundTrip(r)
		}),
	}
	var logged bytes.Buffer
	all := &slog.HandlerOptions{Level: slog.LevelDebug, AddSource: true}
	opts := append(slices.Clone(caller.opts), api.WithHTTPClient(own), api.WithMaxResponseBytes(2000),
		api.WithLogger(slog.New(slog.NewTextHandler(&logged, all))))
	if len(keys) > 1 {
		opts = append(opts, api.WithKeySource(origin.key))
	}
	c, err := api.New(baseURL, " "+keys[0]+"\n", opts...)
	if err != nil {
		t.Fatal(err)
	}
	result, err := caller.call(t.Context(), w, c)
	synctest.Wait()
	for _, v := range []any{result, err, c, *c, c.RateLimits(), opts, logged.String()} {
		w.see("what the caller has", v)
	}
	return err
}

func (caller keyCaller) call(ctx context.Context, w *keyWitness, c *api.Client) (any, error) {
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(caller.deadline, time.Hour))
	defer cancel()
	defer time.AfterFunc(cmp.Or(caller.cancelled, 24*time.Hour), cancel).Stop()
	if caller.waits {
		return keyWait(ctx, w, c)
	}
	see := func(name string, values []string) { w.seeText("a trace of "+name, fmt.Sprint(values)) }
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteHeaderField: see})
	return get(ctx, c, func(_ context.Context, r *http.Request) error {
		if caller.edit != nil {
			caller.edit(r)
		}
		w.seePrinted("the request in an editor", r)
		return nil
	})
}

// keyWait waits for batches in both ways, one after the other.
func keyWait(ctx context.Context, w *keyWitness, c *api.Client) (any, error) {
	opts := []api.WaitOption{
		api.WithPollInterval(time.Minute, time.Minute), api.WithNotFoundGrace(time.Minute),
		api.WithProgress(func(p api.Progress) { w.see("progress", p) }),
	}
	for result, err := range c.WaitShipOrderBatches(ctx, []uuid.UUID{batchID, {1}}, opts...) {
		w.see("one of many", []any{result, err, opts})
	}
	return c.WaitShipOrderBatch(ctx, batchID, opts...)
}

// TestEchoIsRedacted has the key in each place of a response, and in forms that the client decodes.
// Which forms are known, package auth tests.
func TestEchoIsRedacted(t *testing.T) {
	type echo struct{ message, header, body string }
	key := keyShapes["markup"]
	written := html.EscapeString(key)
	const location = "https://evil.example/login/"
	const query = "?state=0123456789"
	const decoded = "marked+key/0123456789"
	long := strings.Repeat("x", 229) + " "
	for _, tt := range []struct {
		name, key string
		status    int
		header    http.Header
		body      string
		want      echo
	}{
		{
			"letter for letter", key, 401, nil, key + ", " + key,
			echo{"[redacted], [redacted]", "map[]", "[redacted], [redacted]"},
		},
		{
			"in HTML", key, 401, nil, "bad key " + written,
			echo{"bad key [redacted]", "map[]", "bad key [redacted]"},
		},
		{
			"in headers", key, 403, http.Header{"X-Echo": {written, "again " + written}}, "{}",
			echo{"Forbidden", "map[X-Echo:[[redacted] again [redacted]]]", "{}"},
		},
		{
			"in a header's name", key, 403, http.Header{"x-" + written: {"here"}}, "{}",
			echo{"Forbidden", "map[x-[redacted]:[here]]", "{}"},
		},
		{
			"in a Location", key, 302, http.Header{"Location": {location + written + query}}, "",
			echo{
				"redirect not followed: " + location + "[redacted]", // no log should have the query
				"map[Location:[" + location + "[redacted]" + query + "]]", "",
			},
		},
		{
			"in JSON with a slash", decoded, 401, nil, `{"message":"bad key marked+key\/0123456789"}`,
			echo{"bad key [redacted]", "map[]", `{"message":"bad key marked+key\/0123456789"}`},
		},
		{
			"in JSON with escapes", decoded, 401, nil, `{"message":"bad key marked\u002Bkey/0123456789"}`,
			echo{"bad key [redacted]", "map[]", `{"message":"bad key marked\u002Bkey/0123456789"}`},
		},
		{
			"where a message ends", decoded, 401, nil, `{"message":"` + long + `marked+key\/0123456789"}`,
			echo{long + "[redacted]", "map[]", `{"message":"` + long + `marked+key\/0123456789"}`},
		},
		{
			"in a title", decoded, 401, nil, "<title>bad key marked&#43;key/0123456789</title>",
			echo{"bad key [redacted]", "map[]", "<title>bad key marked&#43;key/0123456789</title>"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := keyError(t, tt.key, tt.status, tt.header, strings.NewReader(tt.body))
			if got := (echo{err.Message, fmt.Sprint(err.Header), string(err.Body)}); got != tt.want {
				t.Errorf("%+v, want %+v", got, tt.want)
			}
		})
	}
}

// keyError returns the error of a call with this response, whose length is not known before.
func keyError(t *testing.T, key string, status int, header http.Header, body io.Reader) *api.Error {
	t.Helper()
	transport := wire(func(r *http.Request) (*http.Response, error) {
		return &http.Response{
			StatusCode: status, Header: header, Body: io.NopCloser(body), ContentLength: -1, Request: r,
		}, nil
	})
	c, err := api.New(baseURL, key, keyOnce, api.WithMaxResponseBytes(2000),
		api.WithHTTPClient(&http.Client{Transport: transport}))
	if err != nil {
		t.Fatal(err)
	}
	_, err = get(t.Context(), c)
	if answered(err).StatusCode != status {
		t.Fatalf("error %v, want an *api.Error with status %d", err, status)
	}
	return answered(err)
}

// TestKeyInAPathIsRedacted has an editor that puts the key into the path, and then a response, a
// transport that quotes it, or a redirect to a key that has changed meanwhile.
func TestKeyInAPathIsRedacted(t *testing.T) {
	twice := api.WithRetry(api.RetryPolicy{MaxAttempts: 2, MinDelay: 1, MaxDelay: 1})
	quotes := func(*http.Request) (*http.Response, error) { return nil, errors.New("cannot " + markedKey) }
	moves := inTurn(reply(503, ""), reply(302, "", "Location", "/moved/"+markedKey), reply(404, ""))
	for _, transport := range []wire{reply(404, ""), quotes, moves} {
		v := &keyVault{keys: []string{markedKey, keyRotated}}
		c := newClient(t, transport, twice, api.WithKeySource(v.key))
		_, err := get(t.Context(), c, func(_ context.Context, r *http.Request) error {
			r.URL.Path += "/" + markedKey
			return nil
		})
		text := fmt.Sprint(err, answered(err).URL)
		if strings.Contains(text, markedKey) || !strings.Contains(text, "[redacted]") {
			t.Errorf("error %v, want the key redacted", text)
		}
	}
}

// TestCutBodyDoesNotEndInTheKey cuts bodies after each byte of a key, or some.
func TestCutBodyDoesNotEndInTheKey(t *testing.T) {
	const start = "bad key "
	key := keyShapes["markup"]
	until := func(size, n int) string { return start + strings.Repeat("x", size-len(start)-n) + key }
	for _, tt := range []struct {
		name         string
		status, step int
		body         func(n int) io.Reader
	}{
		{"connection lost", 401, 1, func(n int) io.Reader {
			return io.MultiReader(strings.NewReader(start+key[:n]), iotest.ErrReader(io.ErrUnexpectedEOF))
		}},
		{"longer than an error keeps", 401, 9, func(n int) io.Reader {
			return strings.NewReader(until(64<<10, n))
		}},
		{"longer than what is read", 401, 9, func(n int) io.Reader {
			return strings.NewReader(start + strings.Repeat("x", n) + strings.Repeat(key+" ", 4000))
		}},
		{"longer than a success may be", 200, 1, func(n int) io.Reader {
			return strings.NewReader(until(2000, n))
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for n := 1; n < len(key); n += tt.step {
				err := keyError(t, key, tt.status, nil, tt.body(n))
				body := string(err.Body)
				for end := 1; end <= n; end++ {
					if !strings.HasPrefix(body, "bad key") || strings.HasSuffix(body, key[:end]) ||
						strings.HasSuffix(err.Message, key[:end]) {
						t.Fatalf("cut after %d bytes of the key, the error ends in %q", n, key[:end])
					}
				}
			}
		})
	}
}

// TestErrorsOfNewDoNotShowTheKey puts the key where it does not belong. Which keys are refused,
// package auth tests.
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
			_, swapped := api.New(keyEcho(base, key), baseURL)
			_, badKey := api.New(baseURL, key+"\x00")
			_, badOption := api.New(baseURL, key, api.WithUserAgent("\n"))
			if err == nil || swapped == nil || badKey == nil || badOption == nil {
				t.Errorf("New(%q) succeeds: %v, %v, %v, %v", base, err, swapped, badKey, badOption)
			}
			newKeyWitness(t, key).see("the errors", []error{err, swapped, badKey, badOption})
		}
	}
}
