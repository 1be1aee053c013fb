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
	"reflect"
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
	"github.com/sellerscenter/client-go/generated"
)

// rawServer answers each request, on a connection of its own, with bytes that a server of net/http
// would not send.
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

const (
	aJSON   = "\r\nContent-Type: application/json"
	upgrade = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"
)

// whole is an answer with the right Content-Length. Its head begins with the status, such as 200
// OK.
func whole(head, body string) string {
	return fmt.Sprintf("HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s", head, len(body), body)
}

// wholeJSON is one whose content type is JSON.
func wholeJSON(head, body string) string { return whole(head+aJSON, body) }

// outcome is how a call ends: the status code of an *api.Error, or one of these.
type outcome int

const (
	succeeds outcome = -1
	lost     outcome = -2 // no answer, or one that is not HTTP, or without its end
)

// attempts is how many a GET makes before it ends so.
func (o outcome) attempts() int {
	if o == lost || slices.Contains([]outcome{408, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524}, o) {
		return 4
	}
	return 1
}

// checkOutcome checks what a call ended with, and what holds for every error.
func checkOutcome(t *testing.T, err error, want outcome) {
	t.Helper()
	got := succeeds
	var apiErr *api.Error
	if errors.As(err, &apiErr) {
		got = outcome(apiErr.StatusCode)
		checkText(t, apiErr.Message)
		if len(apiErr.Body) > 64<<10 {
			t.Errorf("the error keeps %d bytes of the body", len(apiErr.Body))
		}
	} else if err != nil {
		got = lost
	}
	if got != want {
		t.Errorf("error %.300v, want outcome %d", err, want)
	}
	if err != nil {
		checkText(t, err.Error())
	}
}

// checkText checks that text is fit for a log: not empty, one line, short, printable, without the
// key.
func checkText(t *testing.T, text string) {
	t.Helper()
	bad := strings.ContainsFunc(text, func(r rune) bool {
		return unicode.IsControl(r) || r == '\u2028' || r == '\u2029'
	})
	if text == "" || len(text) > 2<<10 || bad || !utf8.ValidString(text) {
		t.Errorf("text of %d bytes is not one short line: %.300q", len(text), text)
	}
	if strings.Contains(text, markedKey) {
		t.Errorf("the key shows: %.300q", text)
	}
}

// ask asks s by GET and POST, in a bubble, and checks what came of it. It returns how long the GET
// took.
func ask(t *testing.T, s *rawServer, want outcome) (elapsed time.Duration) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		var logged bytes.Buffer
		logger := slog.New(slog.NewTextHandler(&logged, &slog.HandlerOptions{Level: slog.LevelDebug}))
		c := newClient(t, s.piped(), api.WithoutRateLimit(), api.WithLogger(logger))
		defer s.serving.Wait() // until the client has hung up on every answer
		start := time.Now()
		resp, err := get(t.Context(), c)
		elapsed = time.Since(start)
		checkOutcome(t, err, want)
		if (err == nil) != (resp != nil) || err == nil && (resp.JSON200 == nil || resp.StatusCode() != 200) {
			t.Errorf("response %+v with error %v", resp, err)
		}
		attempts := want.attempts()
		if n := int(s.requests.Swap(0)); n != attempts {
			t.Errorf("%d requests of GET, want %d", n, attempts)
		}
		if err != nil && !strings.Contains(err.Error(), fmt.Sprintf("(%d attempt", attempts)) {
			t.Errorf("error %.300v does not say %d attempts", err, attempts)
		}

		_, err = submit(t.Context(), t, c, "POST", "{}")
		if want/100 == 2 {
			want = succeeds // no operation of the spec: any 2xx is a success
		}
		checkOutcome(t, err, want)
		unknown := want == lost || want == 408 || want/100 == 5 && want != 501
		if errors.Is(err, api.ErrOutcomeUnknown) != unknown {
			t.Errorf("error of POST %.300v, want outcome unknown: %v", err, unknown)
		}
		if n := int(s.requests.Load()); n != 1 {
			t.Errorf("%d requests of POST", n)
		}
		for line := range strings.Lines(logged.String()) {
			checkText(t, strings.TrimSuffix(line, "\n"))
		}
	})
	return elapsed
}

// TestBodiesOf200 has bodies that are not what the content type and the spec say. Sending again
// would not help.
func TestBodiesOf200(t *testing.T) {
	utf16le := func(s string) string {
		b, _ := binary.Append(nil, binary.LittleEndian, utf16.Encode([]rune(s)))
		return string(b)
	}
	digits := strings.Repeat("9", 1<<20)
	deep := strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000)
	with := func(old, value string) string { return strings.Replace(completed, old, value, 1) }
	item := func(value string) string { return with("9007199254740993", value) }
	status := func(value string) string { return with(`"completed"`, value) }
	blanks := strings.Repeat(" \n", 1000)
	for _, tt := range []struct {
		name, body string
		want       outcome
	}{
		{"as declared", completed, succeeds},
		{"white space around", "\r\n\t " + completed + "\n\n", succeeds},
		{"unknown field", `{"next":null,` + completed[1:], succeeds},
		{"unknown status", status(`"paused"`), succeeds},
		{"empty object", `{}`, succeeds}, // required fields are the server's promise
		{"null list", `{"status":"completed","items":null}`, succeeds},
		{"invalid UTF-8 in a text", with("DHL", "D\xffL"), succeeds},
		{"half a surrogate pair", with("DHL", `D\ud800L`), succeeds},
		{"UTF-8 byte order mark", byteOrderMark + completed, succeeds},

		{"empty", "", 200},
		{"white space", " \n", 200},
		{"null", "null", 200}, // it sets nothing, while a nil error means that the body is set
		{"null after a byte order mark", byteOrderMark + "null", 200},
		{"null in a great deal of white space", blanks + "null" + blanks, 200},
		{"two byte order marks", byteOrderMark + byteOrderMark + completed, 200},
		{"list", "[]", 200},
		{"status is a number", status("7"), 200},
		{"items are an object", `{"status":"completed","items":{}}`, 200},
		{"id is no UUID", with(batchID.String(), "BATCH-7"), 200},
		{"number is a fraction", item("1.5"), 200},
		{"number is beyond int64", item("9223372036854775808"), 200},
		{"number of a million digits", item(digits), 200},
		{"UTF-16", utf16le(byteOrderMark + completed), 200},
		{"trailing garbage", completed + "<!-- cached -->", 200},
		{"HTML", "<html><title>Maintenance</title></html>", 200},
		{"a prefix against script inclusion", ")]}',\n" + completed, 200},
		{"100,000 lists deep", `{"items":` + deep + `}`, 200},
		{"100,000 objects deep, cut", strings.Repeat(`{"items":`, 100_000), 200},
		{"random bytes", "\x00\xff\xfe\x80\x1b[2J\r\n", 200},
		{"gzip that is not said to be", zipped(completed), 200},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ask(t, &rawServer{answer: bytesOf(wholeJSON("200 OK", tt.body))}, tt.want)
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
	const okHead = "HTTP/1.1 200 OK" + aJSON + "\r\n"
	const chunked = okHead + "Transfer-Encoding: chunked\r\n"
	const hints = "HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n"
	sized := func(length, body string) string {
		return okHead + "Content-Length: " + length + "\r\n\r\n" + body
	}
	typed := func(contentType string) string {
		return whole("200 OK\r\nContent-Type:"+contentType, completed)
	}
	encoded := func(encoding, body string) string {
		return wholeJSON("200 OK\r\nContent-Encoding: "+encoding, body)
	}
	short := func(status string) string {
		return "HTTP/1.1 " + status + "\r\nContent-Length: 9999\r\n\r\nno such batch"
	}
	chunk := fmt.Sprintf("%x\r\n%s\r\n", len(completed), completed)
	n := fmt.Sprint(len(completed))
	megabyte := strings.Repeat("x", 1<<20)
	garbage := strings.Repeat("x\xff\x1b", 1<<16)
	for _, tt := range []struct {
		name, answer string
		want         outcome
	}{
		{"no content type", whole("200 OK", completed), 200},
		{"empty content type", typed(""), 200},
		{"HTML", typed(" text/html"), 200},
		{"other JSON", typed(" application/problem+json"), 200},
		{"list of content types", typed(" text/html, application/json"), 200},
		{"endless content type", typed(" application/" + megabyte[:1<<18]), 200},
		{"two content types, HTML first", typed(" text/html" + aJSON), 200},
		{"two content types, JSON first", typed(" application/json\r\nContent-Type: text/html"), succeeds},
		{"charset UTF-16, body UTF-8", typed(" application/json; charset=utf-16"), succeeds},
		{"broken parameter", typed(" application/json;;charset"), succeeds},

		{"201", wholeJSON("201 Created", completed), 201},
		{"202", wholeJSON("202 Accepted", completed), 202},
		{"204", "HTTP/1.1 204 No Content\r\n\r\n", 204},
		{"204 with a body", wholeJSON("204 No Content", completed), 204},
		{"304", "HTTP/1.1 304 Not Modified\r\n\r\n", 304},
		{"407", whole("407 Proxy Authentication Required", ""), 407},
		{"500 with a success", wholeJSON("500 Internal Server Error", completed), 500},
		{"101", upgrade + completed, 101},
		{"600", wholeJSON("600 x", completed), 600},
		{"999", wholeJSON("999 Request denied", completed), 999},
		{"099", wholeJSON("099 x", completed), 99},
		{"099 cut short", short("099 x"), 99},
		{"000", wholeJSON("000 x", completed), 0},
		{"no reason", wholeJSON("200", completed), succeeds},
		{"reason that is not text", whole("404 \xff\x1b[31m", ""), 404},

		{"100, then 200", "HTTP/1.1 100 Continue\r\n\r\n" + wholeJSON("200 OK", completed), succeeds},
		{"1xx, then 200", strings.Repeat(hints, 4) + wholeJSON("200 OK", completed), succeeds},
		{"1xx, then 404", "HTTP/1.1 102 Processing\r\n\r\n" + whole("404 Not Found", ""), 404},
		{"1xx and no more", hints, lost},

		{"nothing", "", lost},
		{"HTTP/0.9", completed, lost},
		{"status of four digits", wholeJSON("2000 OK", completed), lost},
		{"long status line that is not HTTP", garbage + "\r\n\r\n", lost},
		{"head without end", okHead, lost},
		{"header without a colon", wholeJSON("200 OK\r\nX-Broken", completed), lost},
		{"long header without a colon", wholeJSON("200 OK\r\n"+garbage, completed), lost},

		{"no length", okHead + "\r\n" + completed, succeeds},
		{"no length, cut", okHead + "\r\n" + completed[:len(completed)-1], lost},
		{"no length, cut before its body", okHead + "\r\n", lost},
		{"no length, cut before its gzip", okHead + "Content-Encoding: gzip\r\n\r\n", lost},
		{"no length, encoded", okHead + "Content-Encoding: br\r\n\r\n[1", 200},
		{"no length, not JSON", okHead + "\r\n<html>", 200},
		{"conflicting lengths", sized(n+"\r\nContent-Length: 7", completed), lost},
		{"length beyond int64", sized("99999999999999999999", completed), lost},
		{"length of 9 EB", sized(fmt.Sprint(int64(math.MaxInt64)), completed), lost},
		{"body longer than its length", sized(n, completed+completed), succeeds},
		{"body longer than its length, which cuts it", sized("20", completed), 200},
		{"body longer than its length of 0", sized("0", completed), 200},
		{"body shorter than its length", sized("9999", completed), lost},
		{"error body shorter than its length", short("404 Not Found"), 404},

		{"chunked", chunked + "\r\n" + chunk + "0\r\n\r\n", succeeds},
		{"chunked, with a length too", chunked + "Content-Length: 7\r\n\r\n" + chunk + "0\r\n\r\n", succeeds},
		{
			"chunked, with a trailer",
			chunked + "Trailer: X-RateLimit-Limit\r\n\r\n" + chunk + "0\r\nX-RateLimit-Limit: abc\r\n\r\n",
			succeeds,
		},
		{"chunked without its end", chunked + "\r\n" + chunk, lost},
		{"bad chunk size", chunked + "\r\nzz\r\n" + completed, lost},
		{"chunk shorter than its size", chunked + "\r\n9999\r\n" + completed, lost},
		{"bad chunk in an error", "HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 404},
		{"unknown transfer encoding", okHead + "Transfer-Encoding: br\r\n\r\n" + completed, lost},

		{"gzip", encoded("gzip", zipped(completed)), succeeds},
		{"gzip cut short", encoded("gzip", zipped(completed)[:50]), lost},
		{"gzip that is none", encoded("gzip", completed), lost},
		{
			"gzip that is none, in an error",
			whole("404 Not Found\r\nContent-Encoding: gzip", "no such batch"), 404,
		},
		{"encoding that nobody asked for", encoded("br", "\x0b\x02\x80{}\x03"), 200},

		{
			"counts twice", wholeJSON("200 OK\r\nX-RateLimit-Limit: 100\r\nX-RateLimit-Limit: abc\r\n"+
				"X-RateLimit-Remaining: abc\r\nX-RateLimit-Remaining: 7", completed), succeeds,
		},
		{
			"a thousand counts",
			wholeJSON("200 OK"+strings.Repeat("\r\nX-RateLimit-Remaining: -1", 1000), completed), succeeds,
		},
		{"header of 1 MB", wholeJSON("200 OK\r\nX-Padding: "+megabyte, completed), succeeds},
		{"error with a header of 1 MB", whole("404 Not Found\r\nX-Padding: "+megabyte, ""), 404},
		{"redirect to 1 MB", whole("302 Found\r\nLocation: https://evil.example/"+megabyte, ""), 302},
	} {
		t.Run(tt.name, func(t *testing.T) { ask(t, &rawServer{answer: bytesOf(tt.answer)}, tt.want) })
	}
}

// TestHeadersOfAHeadAreAWholeResponse: that has no body, whatever its content type.
func TestHeadersOfAHeadAreAWholeResponse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &rawServer{answer: bytesOf("HTTP/1.1 200 OK" + aJSON + "\r\n\r\n")}
		defer s.serving.Wait()
		_, err := submit(t.Context(), t, newClient(t, s.piped()), "HEAD", "")
		if err != nil || s.requests.Load() != 1 {
			t.Errorf("error %v after %d requests", err, s.requests.Load())
		}
	})
}

// TestDrippingAnswers has servers that keep the client busy without an end. The attempt's timeout
// ends them.
func TestDrippingAnswers(t *testing.T) {
	const okHead = "HTTP/1.1 200 OK" + aJSON + "\r\n"
	for _, tt := range []struct {
		name, head, drop string
		want             outcome
	}{
		{"silence", "", "", lost},
		{"status line", "HTTP/1.1 200 ", "x", lost},
		{"header", "HTTP/1.1 200 OK\r\nX-Slow: ", "x", lost},
		{"1xx", "", "HTTP/1.1 102 Processing\r\n\r\n", lost},
		{"body", okHead + "\r\n", " ", lost},
		{"chunks", okHead + "Transfer-Encoding: chunked\r\n\r\n", "1\r\n \r\n", lost},
		{"body of an error", "HTTP/1.1 404 Not Found\r\n\r\nno such batch", " ", 404},
		{
			"protocol of an upgrade",
			upgrade, "x", 101,
		},
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
			if elapsed := ask(t, s, tt.want); elapsed > 2*time.Minute+15*time.Second {
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
				body := io.NopCloser(io.LimitReader(zeros{}, tooMuch))
				header := http.Header{"Location": {location}}
				return &http.Response{StatusCode: 302, Header: header, Body: body}, nil
			}), api.WithoutRateLimit())
			_, err := get(t.Context(), c)
			checkOutcome(t, err, 302)
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

// TestAnswersOfRoundTripper has what no server can make a transport return, but a caller's own
// transport may.
func TestAnswersOfRoundTripper(t *testing.T) {
	text := func() io.ReadCloser { return io.NopCloser(strings.NewReader("no such batch")) }
	isJSON := http.Header{"Content-Type": {"application/json"}}
	for _, tt := range []struct {
		name string
		resp *http.Response
		want outcome
	}{
		{"100 as the last word", &http.Response{StatusCode: 100, Header: http.Header{}, Body: text()}, 100},
		{"199 as the last word", &http.Response{StatusCode: 199, Header: http.Header{}, Body: text()}, 199},
		{"status 0", &http.Response{Header: http.Header{}, Body: text()}, 0},
		{"negative status", &http.Response{StatusCode: -200, Header: http.Header{}, Body: text()}, -200},
		{
			"status of seven digits",
			&http.Response{StatusCode: 2000000, Header: http.Header{}, Body: text()}, 2000000,
		},
		{
			"negative length",
			&http.Response{StatusCode: 404, ContentLength: -5, Header: http.Header{}, Body: text()}, 404,
		},
		{"no header", &http.Response{StatusCode: 404, Body: text()}, 404},
		{"no header in a success", &http.Response{StatusCode: 200, Body: text()}, 200},
		{"no body", &http.Response{StatusCode: 404, Header: http.Header{}}, 404},
		{"no body in a success", &http.Response{StatusCode: 200, Header: isJSON}, 200},
		{"nothing", nil, lost},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := wire(func(*http.Request) (*http.Response, error) { return tt.resp, nil })
				c := newClient(t, w, api.WithoutRateLimit())
				_, err := get(t.Context(), c)
				checkOutcome(t, err, tt.want)
				// An operation that declares no body takes an answer without a header too.
				if _, err := submit(t.Context(), t, c, "POST", ""); (err == nil) != (tt.want == 200) {
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
		requests := 0
		sent := 0
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			requests++
			w.Header().Set("Content-Encoding", "gzip")
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			megabyte := zipped(strings.Repeat(" ", 1<<20)) // a kilobyte
			for range 1024 {
				n, err := io.WriteString(w, megabyte)
				sent += n
				if err != nil {
					return
				}
			}
		}))
		client := api.WithHTTPClient(server.Client())
		c, err := api.New(server.URL, markedKey, api.WithMaxResponseBytes(limit), client)
		if err != nil {
			t.Fatal(err)
		}
		n := allocated(func() { _, err = get(t.Context(), c) })
		server.Close()
		checkOutcome(t, err, outcome(status))
		if !errors.Is(err, want) || requests != 1 {
			t.Errorf("error %v after %d requests, want %v", err, requests, want)
		}
		if n > 16*limit {
			t.Errorf("a gigabyte in %d bytes made the client allocate %d", sent, n)
		}
	}
}

// TestCostOfDecoding has the lists that cost most: each element is as short as it can be, and becomes
// a struct, also where it is none.
func TestCostOfDecoding(t *testing.T) {
	item := uint64(reflect.TypeFor[generated.ShipmentResultItemSchema]().Size())
	for _, element := range []string{"{}", "0"} {
		list := strings.Repeat(element+",", 1<<18/len(element+",")) + element
		body := `{"items":[` + list + `]}`
		c := newClient(t, reply(200, body))
		n := allocated(func() { _, _ = get(t.Context(), c) })
		per := n / uint64(len(body))
		if per > 4*item || per < item/3 {
			t.Errorf("%s: decoding allocated %d bytes for each of the body, want 4 * %d at most",
				element, per, item)
		}
	}
}

func TestEndlessAnswers(t *testing.T) {
	const okHead = "HTTP/1.1 200 OK" + aJSON + "\r\n"
	const hints = "HTTP/1.1 103 Early Hints\r\nLink: "
	megabyte := strings.Repeat(" ", 1<<20)
	for _, tt := range []struct {
		name       string
		head, part string
		want       outcome
		is         error
	}{
		{"body", okHead + "\r\n", megabyte, 200, api.ErrResponseTooLarge},
		{
			"body of another type", "HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\n\r\n", megabyte, 200,
			api.ErrResponseTooLarge,
		},
		{
			"chunks", okHead + "Transfer-Encoding: chunked\r\n\r\n", "100000\r\n" + megabyte + "\r\n", 200,
			api.ErrResponseTooLarge,
		},
		{"chunk extension", okHead + "Transfer-Encoding: chunked\r\n\r\n1;x=", megabyte, lost, nil},
		{"body of an error", "HTTP/1.1 404 Not Found\r\n\r\n", megabyte, 404, api.ErrNotFound},
		{
			"body of a redirect", "HTTP/1.1 302 Found\r\nLocation: https://evil.example/\r\n\r\n", megabyte,
			302, nil,
		},
		{
			"protocol of an upgrade", upgrade,
			megabyte, 101, nil,
		},
		{"1xx", "", hints + "</a>; rel=preload\r\n\r\n", lost, nil},
		{"1xx in large", "", hints + megabyte[:1<<16] + "\r\n\r\n", lost, nil},
		{"header", "HTTP/1.1 200 OK\r\nX-Padding: ", megabyte, lost, nil},
		{"headers", "HTTP/1.1 200 OK\r\n", strings.Repeat("X-Padding: x\r\n", 1<<12), lost, nil},
		{"status line", "HTTP/1.1 200 ", megabyte, lost, nil},
		{"not HTTP", "", megabyte, lost, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := &rawServer{answer: endless(tt.head, tt.part)}
			transport := s.piped()
			transport.MaxResponseHeaderBytes = 1 << 20
			c := newClient(t, transport, api.WithMaxResponseBytes(limit), noRetry)
			var err error
			n := allocated(func() { _, err = get(t.Context(), c) })
			checkOutcome(t, err, tt.want)
			if tt.is != nil && !errors.Is(err, tt.is) {
				t.Errorf("error %.300v, want %v", err, tt.is)
			}
			if n > 32*limit {
				t.Errorf("allocated %d bytes", n)
			}
			// Without a body's end the connection is of no use: the server must see that it is
			// closed.
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
				s := &rawServer{answer: bytesOf(wholeJSON("200 OK\r\n"+tt.header, completed))}
				c := newClient(t, s.piped(), tt.opts...)
				var err error
				if n := allocated(func() { _, err = get(t.Context(), c) }); n > 4<<20 || err != nil {
					t.Errorf("one answer made the client allocate %d bytes, error %v", n, err)
				}
			})
		})
	}
}

// TestRefusalsOfAProxyAreFitForALog has a proxy that refuses the connection with words of its own,
// which become the error's.
func TestRefusalsOfAProxyAreFitForALog(t *testing.T) {
	for name, reason := range map[string]string{
		"control characters": "Forbidden\x1b[31m \xff",
		"long":               strings.Repeat("no such place ", 1000),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newClient(t, proxy("403 "+reason).Transport, api.WithoutRateLimit())
				_, err := get(t.Context(), c)
				checkOutcome(t, err, lost)
			})
		})
	}
}

// TestLongErrorKeepsItsKind has a certificate of a CDN, for so many names that the error would
// fill a page.
func TestLongErrorKeepsItsKind(t *testing.T) {
	names := slices.Repeat([]string{"shop.customer-of-the-same-cdn.example"}, 90)
	synctest.Test(t, func(t *testing.T) {
		requests := 0
		certificate := &x509.Certificate{DNSNames: names}
		wrongHost := x509.HostnameError{Certificate: certificate, Host: "sellers.example.com"}
		w := counted(&requests, fail(&tls.CertificateVerificationError{Err: wrongHost}))
		_, err := get(t.Context(), newClient(t, w))
		checkOutcome(t, err, lost)
		if !errors.As(err, new(x509.HostnameError)) || requests != 1 {
			t.Errorf("error %.300v after %d requests, want an x509.HostnameError after one", err, requests)
		}
	})
}
