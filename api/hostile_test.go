package api_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/sellerscenter/client-go/api"
)

// rawServer answers each request, on a connection of its own, with bytes that a server of net/http would not send.
type rawServer struct {
	answer   func(io.Writer)
	requests atomic.Int32
	written  atomic.Int64   // bytes that a client took
	serving  sync.WaitGroup // of connections
}

func (s *rawServer) serve(conn net.Conn) {
	defer conn.Close()
	r, err := http.ReadRequest(bufio.NewReader(conn))
	if err != nil {
		return
	}
	_, _ = io.Copy(io.Discard, r.Body)
	s.requests.Add(1)
	s.answer(countingWriter{conn, &s.written})
}

type countingWriter struct {
	io.Writer

	n *atomic.Int64
}

func (w countingWriter) Write(b []byte) (int, error) {
	n, err := w.Writer.Write(b)
	w.n.Add(int64(n))
	return n, err
}

// piped returns a real transport that reaches the server without sockets, as a bubble needs it.
func (s *rawServer) piped() *http.Transport {
	dial := func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		s.serving.Go(func() { s.serve(server) })
		return client, nil
	}
	return &http.Transport{DialContext: dial, DialTLSContext: dial, DisableKeepAlives: true}
}

// listening returns one that reaches the server through a socket.
func (s *rawServer) listening(t *testing.T) *http.Transport {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			s.serving.Go(func() { s.serve(conn) })
		}
	}()
	return &http.Transport{DisableKeepAlives: true, DialTLSContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", listener.Addr().String())
	}}
}

// bytesOf returns an answer that is always the same.
func bytesOf(answer string) func(io.Writer) {
	return func(w io.Writer) { _, _ = io.WriteString(w, answer) }
}

// tooMuch ends an answer to a client that does not hang up, before that takes all memory.
const tooMuch = 64 << 20

// endless returns an answer that repeats its last part until the client hangs up.
func endless(head, part string) func(io.Writer) {
	return func(w io.Writer) {
		_, err := io.WriteString(w, head)
		for n := 0; n < tooMuch && err == nil; n += len(part) {
			_, err = io.WriteString(w, part)
		}
	}
}

// whole is an answer with the right Content-Length. Its head begins with the status, such as 200 OK.
func whole(head, body string) string {
	return fmt.Sprintf("HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s", head, len(body), body)
}

// outcome is how a call ends.
type outcome int

const (
	succeeds    outcome = iota
	answered            // with an *api.Error
	undecodable         // with the generated parser's error, or an *api.Error of the 200
	lost                // with no answer, or one that is not HTTP, or without its end
)

const aJSON = "\r\nContent-Type: application/json"

// checkOutcome checks what a call ended with, and what holds for every error.
func checkOutcome(t *testing.T, err error, want outcome, status int) {
	t.Helper()
	got, apiErr := succeeds, (*api.Error)(nil)
	switch netErr := (*url.Error)(nil); {
	case errors.As(err, &apiErr):
		got = answered
	case errors.As(err, &netErr) || err != nil && strings.Contains(err.Error(), "attempt"):
		got = lost
	case err != nil:
		got = undecodable
	}
	if want == undecodable && got == answered {
		want, status = answered, 200
	}
	if got != want || want == answered && apiErr.StatusCode != status {
		t.Errorf("error %.300v, want outcome %d and status %d", err, want, status)
	}
	if got == answered || got == lost { // the generated parser's text is as long as a number that it does not take
		checkText(t, err.Error())
	}
	if apiErr != nil {
		checkText(t, apiErr.Message)
		if len(apiErr.Body) > 64<<10 {
			t.Errorf("the error keeps %d bytes of the body", len(apiErr.Body))
		}
	}
}

// checkText checks that text is fit for a log: not empty, one line, short, printable, without the key.
func checkText(t *testing.T, text string) {
	t.Helper()
	bad := strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' })
	if text == "" || len(text) > 2<<10 || bad || !utf8.ValidString(text) {
		t.Errorf("text of %d bytes is not one short line: %.300q", len(text), text)
	}
	if strings.Contains(text, markedKey) {
		t.Errorf("the key shows: %.300q", text)
	}
}

// expectation is how a call ends, and after how many requests.
type expectation struct {
	outcome

	status   int // of an *api.Error
	attempts int
	resent   bool // a POST too
}

// ask asks s by GET and POST, in a bubble, and checks what came of it. It returns how long the GET took, and the RetryAfter of
// its error.
func ask(t *testing.T, s *rawServer, want expectation) (elapsed, retryAfter time.Duration) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		var logged bytes.Buffer
		logger := api.WithLogger(slog.New(slog.NewTextHandler(&logged, &slog.HandlerOptions{Level: slog.LevelDebug})))
		c := newClient(t, s.piped(), api.WithoutRateLimit(), logger)
		defer s.serving.Wait() // until the client has hung up on every answer
		start := time.Now()
		resp, err := get(t.Context(), c)
		elapsed = time.Since(start)
		checkOutcome(t, err, want.outcome, want.status)
		if (err == nil) != (resp != nil) || err == nil && (resp.JSON200 == nil || resp.StatusCode() != 200) {
			t.Errorf("response %+v with error %v", resp, err)
		}
		if n := int(s.requests.Swap(0)); n != want.attempts {
			t.Errorf("%d requests of GET, want %d", n, want.attempts)
		}
		counted := fmt.Sprintf("(%d attempt", want.attempts)
		if (want.outcome == answered || want.outcome == lost) && !strings.Contains(fmt.Sprint(err), counted) {
			t.Errorf("error %.300v does not say %s", err, counted)
		}
		if apiErr := (*api.Error)(nil); errors.As(err, &apiErr) {
			retryAfter = apiErr.RetryAfter
		}

		req, err := http.NewRequestWithContext(t.Context(), "POST", baseURL+"/api/v1/no-such-operation", strings.NewReader(`{}`))
		if err != nil {
			t.Fatal(err)
		}
		_, err = doer(t, c).Do(req)
		switch {
		case want.outcome == answered && want.status/100 != 2:
			checkOutcome(t, err, answered, want.status)
		case want.outcome == lost:
			checkOutcome(t, err, lost, 0)
			if !errors.Is(err, api.ErrOutcomeUnknown) {
				t.Errorf("error of POST %.300v does not match ErrOutcomeUnknown", err)
			}
		case err != nil: // no operation of the spec: any 2xx is a success
			t.Errorf("error of POST %.300v", err)
		}
		if n := int(s.requests.Load()); !want.resent && n != 1 || want.resent && n != want.attempts {
			t.Errorf("%d requests of POST", n)
		}
		for line := range strings.Lines(logged.String()) {
			checkText(t, strings.TrimSuffix(line, "\n"))
		}
	})
	return elapsed, retryAfter
}

// TestBodiesOf200 has bodies that are not what the content type and the spec say. Sending again would not help.
func TestBodiesOf200(t *testing.T) {
	utf16le := func(s string) string {
		b, _ := binary.Append(nil, binary.LittleEndian, utf16.Encode([]rune(s)))
		return string(b)
	}
	digits := strings.Repeat("9", 1<<20)
	item := func(orderItem string) string {
		return strings.Replace(completed, "9007199254740993", orderItem, 1)
	}
	for _, tt := range []struct {
		name, body string
		want       outcome
	}{
		{"as declared", completed, succeeds},
		{"white space around", "\r\n\t " + completed + "\n\n", succeeds},
		{"unknown field", `{"next":null,` + completed[1:], succeeds},
		{"unknown status", strings.Replace(completed, `"completed"`, `"paused"`, 1), succeeds},
		{"repeated field", `{"status":"pending",` + completed[1:], succeeds},
		{"empty object", `{}`, succeeds}, // required fields are the server's promise; a wait refuses the empty status
		{"null list", `{"status":"completed","items":null}`, succeeds},
		{"invalid UTF-8 in a text", strings.Replace(completed, "DHL", "D\xffL", 1), succeeds},
		{"half a surrogate pair", strings.Replace(completed, "DHL", `D\ud800L`, 1), succeeds},

		{"empty", "", undecodable},
		{"white space", " \n", undecodable},
		{"null", "null", undecodable}, // it sets nothing, while a nil error means that the body is set
		{"list", "[]", undecodable},
		{"text", `"completed"`, undecodable},
		{"number", "7", undecodable},
		{"boolean", "true", undecodable},
		{"status is a number", strings.Replace(completed, `"completed"`, "7", 1), undecodable},
		{"items are an object", `{"status":"completed","items":{}}`, undecodable},
		{"id is no UUID", strings.Replace(completed, batchID.String(), "BATCH-7", 1), undecodable},
		{"id is empty", strings.Replace(completed, batchID.String(), "", 1), undecodable},
		{"number is a fraction", item("1.5"), undecodable},
		{"number is beyond int64", item("9223372036854775808"), undecodable},
		{"number is beyond float64", item("1e400"), undecodable},
		{"number of a million digits", item(digits), undecodable},
		{"exponent of a million digits", item("1e" + digits), undecodable},
		{"UTF-8 byte order mark", "\ufeff" + completed, undecodable},
		{"UTF-16", utf16le("\ufeff" + completed), undecodable},
		{"UTF-16 without byte order mark", utf16le(completed), undecodable},
		{"two values", completed + completed, undecodable},
		{"trailing garbage", completed + "<!-- cached -->", undecodable},
		{"trailing NUL", completed + "\x00", undecodable},
		{"HTML", "<html><title>Maintenance</title></html>", undecodable},
		{"a prefix against script inclusion", ")]}',\n" + completed, undecodable},
		{"100,000 lists deep", `{"items":` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + `}`, undecodable},
		{"100,000 lists deep, in an unknown field", `{"next":` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + `}`, undecodable},
		{"100,000 objects deep, cut", strings.Repeat(`{"items":`, 100_000), undecodable},
		{"random bytes", "\x00\xff\xfe\x80\x1b[2J\r\n", undecodable},
		{"gzip that is not said to be", zipped(completed), undecodable},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ask(t, &rawServer{answer: bytesOf(whole("200 OK"+aJSON, tt.body))}, expectation{tt.want, 200, 1, false})
		})
	}
}

// zippers are reused, since one is as large as a thousand answers.
var zippers = sync.Pool{New: func() any { return gzip.NewWriter(nil) }}

func zipped(s string) string {
	var b bytes.Buffer
	w := zippers.Get().(*gzip.Writer)
	defer zippers.Put(w)
	w.Reset(&b)
	_, _ = io.WriteString(w, s)
	_ = w.Close()
	return b.String()
}

// TestHeadsAndFraming has answers that HTTP does not allow, or allows and are rare.
func TestHeadsAndFraming(t *testing.T) {
	const chunked = "HTTP/1.1 200 OK" + aJSON + "\r\nTransfer-Encoding: chunked\r\n"
	sized := func(length, body string) string {
		return "HTTP/1.1 200 OK" + aJSON + "\r\nContent-Length: " + length + "\r\n\r\n" + body
	}
	chunk := fmt.Sprintf("%x\r\n%s\r\n", len(completed), completed)
	n := fmt.Sprint(len(completed))
	for _, tt := range []struct {
		name, answer string
		want         outcome
		status       int // of an *api.Error
		attempts     int // 1, or all 4 if the answer is lost, where it is not given
	}{
		{name: "no content type", answer: whole("200 OK", completed), want: answered, status: 200},
		{name: "empty content type", answer: whole("200 OK\r\nContent-Type:", completed), want: answered, status: 200},
		{name: "HTML", answer: whole("200 OK\r\nContent-Type: text/html", completed), want: answered, status: 200},
		{name: "other JSON", answer: whole("200 OK\r\nContent-Type: application/problem+json", completed), want: answered, status: 200},
		{name: "list of content types", answer: whole("200 OK\r\nContent-Type: text/html, application/json", completed), want: answered, status: 200},
		{name: "endless content type", answer: whole("200 OK\r\nContent-Type: application/"+strings.Repeat("x", 1<<18), completed), want: answered, status: 200},
		{name: "two content types, HTML first", answer: whole("200 OK\r\nContent-Type: text/html"+aJSON, completed), want: answered, status: 200},
		{name: "two content types, JSON first", answer: whole("200 OK"+aJSON+"\r\nContent-Type: text/html", completed)},
		{name: "charset UTF-16, body UTF-8", answer: whole("200 OK"+aJSON+"; charset=utf-16", completed)},
		{name: "broken parameter", answer: whole("200 OK"+aJSON+";;charset", completed)},

		{name: "201", answer: whole("201 Created"+aJSON, completed), want: answered, status: 201},
		{name: "202", answer: whole("202 Accepted"+aJSON, completed), want: answered, status: 202},
		{name: "204", answer: "HTTP/1.1 204 No Content\r\n\r\n", want: answered, status: 204},
		{name: "204 with a body", answer: whole("204 No Content"+aJSON, completed), want: answered, status: 204},
		{name: "206", answer: whole("206 Partial Content"+aJSON+"\r\nContent-Range: bytes 0-9/20", completed), want: answered, status: 206},
		{name: "299", answer: whole("299 Fine"+aJSON, completed), want: answered, status: 299},
		{name: "300", answer: whole("300 Multiple Choices"+aJSON, completed), want: answered, status: 300},
		{name: "304", answer: "HTTP/1.1 304 Not Modified\r\n\r\n", want: answered, status: 304},
		{name: "407", answer: whole("407 Proxy Authentication Required", ""), want: answered, status: 407},
		{name: "500 with a success", answer: whole("500 Internal Server Error"+aJSON, completed), want: answered, status: 500, attempts: 4},
		{name: "101", answer: "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n" + completed, want: answered, status: 101},
		{name: "600", answer: whole("600 x"+aJSON, completed), want: answered, status: 600},
		{name: "999", answer: whole("999 Request denied"+aJSON, completed), want: answered, status: 999},
		{name: "099", answer: whole("099 x"+aJSON, completed), want: answered, status: 99},
		{name: "099 cut short", answer: "HTTP/1.1 099 x\r\nContent-Length: 9999\r\n\r\nx", want: answered, status: 99},
		{name: "000", answer: whole("000 x"+aJSON, completed), want: answered, status: 0},
		{name: "no reason", answer: whole("200"+aJSON, completed)},
		{name: "reason that is not text", answer: whole("404 \xff\x1b[31m", ""), want: answered, status: 404},

		{name: "100, then 200", answer: "HTTP/1.1 100 Continue\r\n\r\n" + whole("200 OK"+aJSON, completed)},
		{name: "1xx, then 200", answer: strings.Repeat("HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n", 4) + whole("200 OK"+aJSON, completed)},
		{name: "1xx, then 404", answer: "HTTP/1.1 102 Processing\r\n\r\n" + whole("404 Not Found", ""), want: answered, status: 404},
		{name: "1xx and no more", answer: "HTTP/1.1 103 Early Hints\r\n\r\n", want: lost},

		{name: "nothing", answer: "", want: lost},
		{name: "another protocol", answer: "SSH-2.0-OpenSSH_9.6\r\n", want: lost},
		{name: "HTTP/0.9", answer: completed, want: lost},
		{name: "status of four digits", answer: whole("2000 OK"+aJSON, completed), want: lost},
		{name: "status is a word", answer: whole("OK"+aJSON, completed), want: lost},
		{name: "negative status", answer: whole("-20 OK"+aJSON, completed), want: lost},
		{name: "long status line that is not HTTP", answer: strings.Repeat("x\xff\x1b", 1<<16) + "\r\n\r\n", want: lost},
		{name: "head without end", answer: "HTTP/1.1 200 OK" + aJSON, want: lost},
		{name: "header without a colon", answer: whole("200 OK\r\nX-Broken"+aJSON, completed), want: lost},
		{name: "long header without a colon", answer: whole("200 OK\r\n"+strings.Repeat("x\xff\x1b", 1<<16)+aJSON, completed), want: lost},

		{name: "no length", answer: "HTTP/1.1 200 OK" + aJSON + "\r\n\r\n" + completed},
		{name: "HTTP/1.0", answer: "HTTP/1.0 200 OK" + aJSON + "\r\n\r\n" + completed},
		{name: "same length twice", answer: sized(n+"\r\nContent-Length: "+n, completed)},
		{name: "conflicting lengths", answer: sized(n+"\r\nContent-Length: 7", completed), want: lost},
		{name: "negative length", answer: sized("-1", completed), want: lost},
		{name: "length is a word", answer: sized("all", completed), want: lost},
		{name: "length beyond int64", answer: sized("99999999999999999999", completed), want: lost},
		{name: "length of 9 EB", answer: sized(fmt.Sprint(int64(math.MaxInt64)), completed), want: lost},
		{name: "body longer than its length", answer: sized(n, completed+completed)},
		{name: "body longer than its length, which cuts it", answer: sized("20", completed), want: undecodable},
		{name: "body longer than its length of 0", answer: sized("0", completed), want: undecodable},
		{name: "body shorter than its length", answer: sized("9999", completed), want: lost},
		{name: "error body shorter than its length", answer: "HTTP/1.1 404 Not Found\r\nContent-Length: 9999\r\n\r\nno such batch", want: answered, status: 404},
		{name: "redirect body shorter than its length", answer: "HTTP/1.1 302 Found\r\nContent-Length: 9999\r\n\r\nx", want: answered, status: 302},

		{name: "chunked", answer: chunked + "\r\n" + chunk + "0\r\n\r\n"},
		{name: "chunked, with a length too", answer: chunked + "Content-Length: 7\r\n\r\n" + chunk + "0\r\n\r\n"},
		{name: "chunked, with a trailer", answer: chunked + "Trailer: X-RateLimit-Limit\r\n\r\n" + chunk + "0\r\nX-RateLimit-Limit: abc\r\n\r\n"},
		{name: "chunked without its end", answer: chunked + "\r\n" + chunk, want: lost},
		{name: "bad chunk size", answer: chunked + "\r\n" + "zz\r\n" + completed, want: lost},
		{name: "negative chunk size", answer: chunked + "\r\n" + "-1\r\n" + completed, want: lost},
		{name: "chunk of 16 EB", answer: chunked + "\r\n" + "ffffffffffffffff\r\n" + completed, want: lost},
		{name: "chunk shorter than its size", answer: chunked + "\r\n" + "9999\r\n" + completed, want: lost},
		{name: "bad chunk in an error", answer: "HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", want: answered, status: 404},
		{name: "unknown transfer encoding", answer: "HTTP/1.1 200 OK" + aJSON + "\r\nTransfer-Encoding: br\r\n\r\n" + completed, want: lost},

		{name: "gzip", answer: whole("200 OK\r\nContent-Encoding: gzip"+aJSON, zipped(completed))},
		{name: "gzip of nothing", answer: whole("200 OK\r\nContent-Encoding: gzip"+aJSON, zipped("")), want: undecodable},
		{name: "gzip cut short", answer: whole("200 OK\r\nContent-Encoding: gzip"+aJSON, zipped(completed)[:50]), want: lost},
		{name: "gzip that is none", answer: whole("200 OK\r\nContent-Encoding: gzip"+aJSON, completed), want: lost},
		{name: "gzip that is none, in an error", answer: whole("404 Not Found\r\nContent-Encoding: gzip", "no such batch"), want: answered, status: 404},
		{name: "encoding that nobody asked for", answer: whole("200 OK\r\nContent-Encoding: br"+aJSON, "\x0b\x02\x80{}\x03"), want: undecodable},

		{name: "counts twice", answer: whole("200 OK\r\nX-RateLimit-Limit: 100\r\nX-RateLimit-Limit: abc\r\nX-RateLimit-Remaining: abc\r\nX-RateLimit-Remaining: 7"+aJSON, completed)},
		{name: "a thousand counts", answer: whole("200 OK"+strings.Repeat("\r\nX-RateLimit-Remaining: -1", 1000)+aJSON, completed)},
		{name: "header of 1 MB", answer: whole("200 OK\r\nX-Padding: "+strings.Repeat("x", 1<<20)+aJSON, completed)},
		{name: "error with a header of 1 MB", answer: whole("404 Not Found\r\nX-Padding: "+strings.Repeat("x", 1<<20), ""), want: answered, status: 404},
		{name: "redirect to 1 MB", answer: whole("302 Found\r\nLocation: https://evil.example/"+strings.Repeat("x", 1<<20), ""), want: answered, status: 302},
	} {
		t.Run(tt.name, func(t *testing.T) {
			attempts := max(tt.attempts, 1)
			if tt.want == lost {
				attempts = 4
			}
			ask(t, &rawServer{answer: bytesOf(tt.answer)}, expectation{tt.want, tt.status, attempts, false})
		})
	}
}

func TestRetryAfterThatIsNoDelay(t *testing.T) {
	for _, tt := range []struct {
		name, header string
		delay        time.Duration // the exact one of a retry; 0 for backoff
		retryAfter   time.Duration // of an error at once
	}{
		{"seconds", "Retry-After: 7", 7 * time.Second, 0},
		{"31 years and more", "Retry-After: 999999999", 0, 999999999 * time.Second},
		{"epoch beyond a Duration", "Retry-After: 99999999999", 0, math.MaxInt64},
		{"date in 1970", "Retry-After: Thu, 01 Jan 1970 00:00:10 GMT", 0, 0},
		{"date in 9999", "Retry-After: Fri, 31 Dec 9999 23:59:59 GMT", 0, math.MaxInt64},
		{"epoch in 2001", "Date: Mon, 23 Nov 2026 13:00:00 GMT\r\nRetry-After: 1000000000", 0, 0},
		{"beyond int64", "Retry-After: 99999999999999999999", 0, 0},
		{"negative", "Retry-After: -1", 0, 0},
		{"fraction", "Retry-After: 1.5", 0, 0},
		{"list", "Retry-After: 1, 2", 0, 0},
		{"empty", "Retry-After:", 0, 0},
		{"other digits", "Retry-After: \u0661", 0, 0},
		{"not UTF-8", "Retry-After: \xff", 0, 0},
		{"1 MB", "Retry-After: " + strings.Repeat("1", 1<<20), 0, 0},
		{"twice, the first counts", "Retry-After: 3\r\nRetry-After: 100", 3 * time.Second, 0},
	} {
		for _, status := range []int{429, 503} {
			t.Run(fmt.Sprint(tt.name, " ", status), func(t *testing.T) {
				// A 503 without a delay that can be read may have been processed: no second POST.
				attempts, resent := 4, status == 429 || tt.delay > 0
				if tt.retryAfter > 0 {
					attempts = 1
				}
				s := &rawServer{answer: bytesOf(whole(fmt.Sprintf("%d x\r\n%s", status, tt.header), ""))}
				elapsed, retryAfter := ask(t, s, expectation{answered, status, attempts, resent})
				if tt.delay > 0 && elapsed != 3*tt.delay || tt.retryAfter > 0 && elapsed != 0 || elapsed > 5*time.Minute {
					t.Errorf("took %v, want three times %v", elapsed, tt.delay)
				}
				if want := max(tt.delay, tt.retryAfter); retryAfter != want {
					t.Errorf("RetryAfter is %v, want %v", retryAfter, want)
				}
			})
		}
	}
}

// TestDrippingAnswers has servers that keep the client busy without an end. The attempt's timeout ends them.
func TestDrippingAnswers(t *testing.T) {
	for _, tt := range []struct {
		name, head, drop string
		want             outcome
	}{
		{"silence", "", "", lost},
		{"status line", "HTTP/1.1 200 ", "x", lost},
		{"header", "HTTP/1.1 200 OK\r\nX-Slow: ", "x", lost},
		{"1xx", "", "HTTP/1.1 102 Processing\r\n\r\n", lost},
		{"body", "HTTP/1.1 200 OK" + aJSON + "\r\n\r\n", " ", lost},
		{"chunks", "HTTP/1.1 200 OK" + aJSON + "\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\n \r\n", lost},
		{"body of an error", "HTTP/1.1 404 Not Found\r\n\r\nno such batch", " ", answered},
		{"protocol of an upgrade", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", "x", answered},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := &rawServer{answer: func(w io.Writer) {
				_, err := io.WriteString(w, tt.head)
				for start := time.Now(); err == nil; _, err = io.WriteString(w, tt.drop) {
					if time.Since(start) > time.Minute {
						t.Error("the client did not hang up")
						return
					}
					time.Sleep(time.Second)
				}
			}}
			status, attempts := map[string]int{"body of an error": 404, "protocol of an upgrade": 101}[tt.name], 1
			if tt.want == lost {
				attempts = 4
			}
			if elapsed, _ := ask(t, s, expectation{tt.want, status, attempts, false}); elapsed > 2*time.Minute+15*time.Second {
				t.Errorf("took %v", elapsed)
			}
		})
	}
}

// TestRedirectLoops has redirects within the origin, which a GET follows.
func TestRedirectLoops(t *testing.T) {
	for _, tt := range []struct {
		name     string
		location func(hop int) string
	}{
		{"to itself", func(int) string { return "" }},
		{"to and fro", func(hop int) string { return fmt.Sprint("/hop/", hop%2) }},
		{"ever new", func(hop int) string { return fmt.Sprint("/hop/", hop) }},
		{"ever longer", func(hop int) string { return "/hop/" + strings.Repeat("x", hop<<16) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			hops := 0
			c := newClient(t, wire(func(r *http.Request) (*http.Response, error) {
				hops++
				location := tt.location(hops)
				if location == "" {
					location = r.URL.String()
				}
				if r.Header.Get("X-API-Key") != markedKey {
					t.Error("a hop within the origin came without the key")
				}
				return &http.Response{StatusCode: 302, Header: http.Header{"Location": {location}}, Body: io.NopCloser(io.LimitReader(zeros{}, tooMuch))}, nil
			}), api.WithoutRateLimit())
			_, err := get(t.Context(), c)
			checkOutcome(t, err, answered, 302)
			if hops != 10 || !strings.Contains(fmt.Sprint(err), "redirect not followed") {
				t.Errorf("followed %d times, then %.300v", hops, err)
			}
		})
	}
}

// zeros is an endless body.
type zeros struct{}

func (zeros) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
}

// TestAnswersOfRoundTripper has what no server can make a transport return, but a caller's own transport may.
func TestAnswersOfRoundTripper(t *testing.T) {
	text := func() io.ReadCloser { return io.NopCloser(strings.NewReader("no such batch")) }
	for _, tt := range []struct {
		name string
		resp *http.Response
		want outcome
	}{
		{"100 as the last word", &http.Response{StatusCode: 100, Header: http.Header{}, Body: text()}, answered},
		{"199 as the last word", &http.Response{StatusCode: 199, Header: http.Header{}, Body: text()}, answered},
		{"status 0", &http.Response{Header: http.Header{}, Body: text()}, answered},
		{"negative status", &http.Response{StatusCode: -200, Header: http.Header{}, Body: text()}, answered},
		{"status of seven digits", &http.Response{StatusCode: 2000000, Header: http.Header{}, Body: text()}, answered},
		{"negative length", &http.Response{StatusCode: 404, ContentLength: -5, Header: http.Header{}, Body: text()}, answered},
		{"no header", &http.Response{StatusCode: 404, Body: text()}, answered},
		{"no header in a success", &http.Response{StatusCode: 200, Body: text()}, answered},
		{"no body", &http.Response{StatusCode: 404, Header: http.Header{}}, answered},
		{"no body in a success", &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"application/json"}}}, undecodable},
		{"nothing", nil, lost},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newClient(t, wire(func(*http.Request) (*http.Response, error) { return tt.resp, nil }), api.WithoutRateLimit())
				_, err := get(t.Context(), c)
				status := 0
				if tt.resp != nil {
					status = tt.resp.StatusCode
				}
				checkOutcome(t, err, tt.want, status)
				req, err := http.NewRequestWithContext(t.Context(), "POST", baseURL+"/api/v1/no-such-operation", nil)
				if err != nil {
					t.Fatal(err)
				}
				// An operation that declares no body takes an answer without a header too.
				if _, err := doer(t, c).Do(req); (err == nil) != (status == 200) {
					t.Errorf("POST: error %v", err)
				}
			})
		})
	}
}

// allocated returns how many bytes f allocates.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

const limit = 1 << 20 // of the bodies of endless answers

func TestGzipBomb(t *testing.T) {
	for status, want := range map[int]error{200: api.ErrResponseTooLarge, 404: api.ErrNotFound} {
		requests, sent := 0, 0
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			requests++
			w.Header().Set("Content-Encoding", "gzip")
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			megabyte := zipped(strings.Repeat(" ", 1<<20)) // a kilobyte
			for range 1024 {
				n, err := io.WriteString(w, megabyte)
				if sent += n; err != nil {
					return
				}
			}
		}))
		c, err := api.New(server.URL, markedKey, api.WithMaxResponseBytes(limit), api.WithHTTPClient(server.Client()))
		if err != nil {
			t.Fatal(err)
		}
		n := allocated(func() { _, err = get(t.Context(), c) })
		server.Close()
		checkOutcome(t, err, answered, status)
		if !errors.Is(err, want) || requests != 1 {
			t.Errorf("error %v after %d requests, want %v", err, requests, want)
		}
		if n > 16*limit {
			t.Errorf("a gigabyte in %d bytes made the client allocate %d", sent, n)
		}
	}
}

func TestEndlessAnswers(t *testing.T) {
	megabyte := strings.Repeat(" ", 1<<20)
	for _, tt := range []struct {
		name   string
		answer func(io.Writer)
		want   outcome
		status int
		is     error
	}{
		{"body", endless("HTTP/1.1 200 OK"+aJSON+"\r\n\r\n", megabyte), answered, 200, api.ErrResponseTooLarge},
		{"body of another type", endless("HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\n\r\n", megabyte), answered, 200, api.ErrResponseTooLarge},
		{"chunks", endless("HTTP/1.1 200 OK"+aJSON+"\r\nTransfer-Encoding: chunked\r\n\r\n", "100000\r\n"+megabyte+"\r\n"), answered, 200, api.ErrResponseTooLarge},
		{"chunk extension", endless("HTTP/1.1 200 OK"+aJSON+"\r\nTransfer-Encoding: chunked\r\n\r\n1;x=", megabyte), lost, 0, nil},
		{"body of an error", endless("HTTP/1.1 404 Not Found\r\n\r\n", megabyte), answered, 404, api.ErrNotFound},
		{"body of a redirect", endless("HTTP/1.1 302 Found\r\nLocation: https://evil.example/\r\n\r\n", megabyte), answered, 302, nil},
		{"protocol of an upgrade", endless("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", megabyte), answered, 101, nil},
		{"1xx", endless("", "HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n"), lost, 0, nil},
		{"1xx in large", endless("", "HTTP/1.1 103 Early Hints\r\nLink: "+megabyte[:1<<16]+"\r\n\r\n"), lost, 0, nil},
		{"header", endless("HTTP/1.1 200 OK\r\nX-Padding: ", megabyte), lost, 0, nil},
		{"headers", endless("HTTP/1.1 200 OK\r\n", strings.Repeat("X-Padding: x\r\n", 1<<12)), lost, 0, nil},
		{"status line", endless("HTTP/1.1 200 ", megabyte), lost, 0, nil},
		{"not HTTP", endless("", megabyte), lost, 0, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := &rawServer{answer: tt.answer}
			transport := s.listening(t)
			transport.MaxResponseHeaderBytes = 1 << 20
			c := newClient(t, transport, api.WithMaxResponseBytes(limit), api.WithRetry(api.RetryPolicy{MaxAttempts: 1}))
			var err error
			n := allocated(func() { _, err = get(t.Context(), c) })
			checkOutcome(t, err, tt.want, tt.status)
			if tt.is != nil && !errors.Is(err, tt.is) {
				t.Errorf("error %.300v, want %v", err, tt.is)
			}
			if n > 32*limit {
				t.Errorf("allocated %d bytes", n)
			}
			// Without a body's end the connection is of no use: the server must see that it is closed.
			if sent := s.written.Load(); sent > 32*limit {
				t.Errorf("took %d bytes", sent)
			}
		})
	}
}

// TestCountsCostNoMemory has rate-limit headers that would be dear if the client believed them.
func TestCountsCostNoMemory(t *testing.T) {
	for _, tt := range []struct {
		header string
		opts   []api.Option
	}{
		{"X-RateLimit-Limit: 1000000\r\nX-RateLimit-Remaining: 0", nil},
		{"X-RateLimit-Limit: 1000000\r\nX-RateLimit-Remaining: 999999", nil},
		{"X-RateLimit-Limit: 1000000", nil},
		{"X-RateLimit-Remaining: 9223372036854775807", nil},
		{"X-RateLimit-Remaining: 0", []api.Option{api.WithRateLimit(1 << 22)}},
	} {
		t.Run(tt.header, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &rawServer{answer: bytesOf(whole("200 OK\r\n"+tt.header+aJSON, completed))}
				c := newClient(t, s.piped(), tt.opts...)
				var err error
				if n := allocated(func() { _, err = get(t.Context(), c) }); n > 4<<20 || err != nil {
					t.Errorf("one answer made the client allocate %d bytes, error %v", n, err)
				}
			})
		})
	}
}

func TestAnyLimitOfTheBody(t *testing.T) {
	for _, n := range []int64{int64(len(completed)), math.MaxInt64 - 1, math.MaxInt64} {
		c := newClient(t, handle(ok), api.WithMaxResponseBytes(n))
		if _, err := get(t.Context(), c); err != nil {
			t.Errorf("limit of %d bytes: %v", n, err)
		}
	}
}

// TestEchoedKeyStaysHidden has servers and proxies that tell the client its own key, each in the way of its format.
func TestEchoedKeyStaysHidden(t *testing.T) {
	const key = "marked+key/0123456789&abcdef=="
	slashed := strings.ReplaceAll(key, "/", `\/`)                                                         // as PHP writes JSON
	coded := strings.ReplaceAll(key, "&", `\u0026`)                                                       // as Go does
	upper := strings.NewReplacer("/", `\u002F`, "+", `\u002B`, "=", `\u003D`, "&", `\u0026`).Replace(key) // as .NET does
	entities := strings.NewReplacer("&", "&amp;", "+", "&#43;").Replace(key)                              // as HTML templates do
	for _, tt := range []struct {
		name, answer string
		want         outcome
		status       int
	}{
		{"text", whole("401 Unauthorized", "bad key "+key), answered, 401},
		{"JSON of PHP", whole("401 Unauthorized"+aJSON, `{"message":"bad key `+slashed+`"}`), answered, 401},
		{"JSON of Go", whole("401 Unauthorized"+aJSON, `{"detail":"bad key `+coded+`"}`), answered, 401},
		{"JSON of .NET", whole("401 Unauthorized"+aJSON, `{"title":"bad key `+upper+`"}`), answered, 401},
		{"JSON in a list", whole("401 Unauthorized"+aJSON, `{"detail":[{"loc":["`+slashed+`"],"msg":"`+slashed+`"}]}`), answered, 401},
		{"JSON cut in the key", whole("401 Unauthorized"+aJSON, `{"message":"`+strings.Repeat("x", 220)+" "+slashed+`"}`), answered, 401},
		{"title", whole("401 Unauthorized", "<html><title>bad key "+entities+"</title></html>"), answered, 401},
		{"reason", whole("401 "+key, ""), answered, 401},
		{"location", whole("302 Found\r\nLocation: https://evil.example/"+key, ""), answered, 302},
		{"location that is no URL", whole("302 Found\r\nLocation: https://%zz/"+key, ""), answered, 302},
		{"content type", whole("200 OK\r\nContent-Type: "+key, ""), answered, 200},
		{"header", whole("404 Not Found\r\nX-Echo: "+key, ""), answered, 404},
		{"long body", whole("404 Not Found", strings.Repeat("x", 64<<10-len(key))+key), answered, 404},
		{"long body cut in the key", whole("404 Not Found", strings.Repeat("x", 64<<10-len(key)+1)+key), answered, 404},
		{"header without a colon", whole("200 OK\r\n"+key+aJSON, completed), lost, 0},
		{"length", "HTTP/1.1 200 OK\r\nContent-Length: " + key + "\r\n\r\n", lost, 0},
		{"transfer encoding", "HTTP/1.1 200 OK\r\nTransfer-Encoding: " + key + "\r\n\r\n", lost, 0},
		{"status", "HTTP/1.1 " + key + " OK\r\n\r\n", lost, 0},
		{"status line", key + "\r\n\r\n", lost, 0},
		{"value of another type", whole("200 OK"+aJSON, `{"batchRequestId":"`+slashed+`"}`), undecodable, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var logged bytes.Buffer
				s := &rawServer{answer: bytesOf(tt.answer)}
				c, err := api.New(baseURL, key, api.WithHTTPClient(&http.Client{Transport: s.piped()}), api.WithoutRateLimit(),
					api.WithLogger(slog.New(slog.NewJSONHandler(&logged, &slog.HandlerOptions{Level: slog.LevelDebug}))))
				if err != nil {
					t.Fatal(err)
				}
				_, err = get(t.Context(), c)
				checkOutcome(t, err, tt.want, tt.status)
				shown := fmt.Sprintf("%+v %s", err, logged.String())
				if strings.Contains(shown, key[:12]) {
					t.Errorf("the key shows, or its start: %.1000s", shown)
				}
				var apiErr *api.Error
				if errors.As(err, &apiErr) && strings.Contains(fmt.Sprintf("%+v %s", *apiErr, apiErr.Body), key[:len(key)-1]) {
					t.Errorf("the key shows in %.1000q", fmt.Sprintf("%+v %s", *apiErr, apiErr.Body))
				}
			})
		})
	}
}

// TestRefusalsOfAProxyAreFitForALog has a proxy that refuses the connection with words of its own, which become the error's.
func TestRefusalsOfAProxyAreFitForALog(t *testing.T) {
	for name, reason := range map[string]string{
		"control characters": "Forbidden\x1b[31m \xff",
		"long":               strings.Repeat("no such place ", 1000),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &rawServer{answer: bytesOf("HTTP/1.1 403 " + reason + "\r\n\r\n")}
				transport := s.piped()
				transport.Proxy = http.ProxyURL(&url.URL{Scheme: "http", Host: "proxy.example:3128"})
				transport.DialTLSContext = nil
				_, err := get(t.Context(), newClient(t, transport, api.WithoutRateLimit()))
				checkOutcome(t, err, lost, 0)
			})
		})
	}
}

// TestLongErrorKeepsItsKind has a certificate of a CDN, for so many names that the error would fill a page.
func TestLongErrorKeepsItsKind(t *testing.T) {
	names := slices.Repeat([]string{"shop.customer-of-the-same-cdn.example"}, 90)
	synctest.Test(t, func(t *testing.T) {
		requests := 0
		_, err := get(t.Context(), newClient(t, wire(func(*http.Request) (*http.Response, error) {
			requests++
			return nil, &tls.CertificateVerificationError{Err: x509.HostnameError{Certificate: &x509.Certificate{DNSNames: names}, Host: "sellers.example.com"}}
		})))
		checkOutcome(t, err, lost, 0)
		if !errors.As(err, new(x509.HostnameError)) || requests != 1 {
			t.Errorf("error %.300v after %d requests, want an x509.HostnameError after one", err, requests)
		}
	})
}
