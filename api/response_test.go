package api_test

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/generated"
)

const byteOrderMark = "\ufeff"

// TestNilErrorMeansBodyIsSet has successes that the spec declares, and others, with bodies that are
// what their type says, or not. Sending again would not help.
func TestNilErrorMeansBodyIsSet(t *testing.T) {
	const ok = "200 OK" + aJSON
	utf16le, _ := binary.Append(nil, binary.LittleEndian, utf16.Encode([]rune(byteOrderMark+completed)))
	deep := strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000)
	with := func(old, value string) string { return strings.Replace(completed, old, value, 1) }
	item := func(value string) string { return with("9007199254740993", value) }
	blanks := strings.Repeat(" \n", 1000)
	page := "<html><title>Maintenance</title></html>"
	typed := func(contentType string) string { return "200 OK\r\nContent-Type:" + contentType }
	encoded := func(encoding string) string { return ok + "\r\nContent-Encoding: " + encoding }
	for _, tt := range []struct {
		name, head, body string
		says             string // empty for success
		cause            any    // nil for any
	}{
		{"as declared", ok, completed, "", nil},
		{"charset", typed(" application/json; charset=utf-8"), completed, "", nil},
		{"charset UTF-16, body UTF-8", typed(" application/json; charset=utf-16"), completed, "", nil},
		{"upper case", typed(" Application/JSON"), completed, "", nil},
		{"broken parameter", typed(" application/json;;charset"), completed, "", nil},
		{"joined", typed(" application/json; charset=utf-8, application/json"), completed, "", nil},
		{"two content types", ok + "\r\nContent-Type: text/html", completed, "", nil},
		{"no reason", "200" + aJSON, completed, "", nil},
		{"white space around", ok, "\r\n\t " + completed + "\n\n", "", nil},
		{"unknown field", ok, `{"next":null,` + completed[1:], "", nil},
		{"unknown status", ok, with("completed", "paused"), "", nil},
		{"empty object", ok, `{}`, "", nil}, // required fields are the server's promise
		{"null list", ok, `{"status":"completed","items":null}`, "", nil},
		{"invalid UTF-8 in a text", ok, with("DHL", "D\xffL"), "", nil},
		{"half a surrogate pair", ok, with("DHL", `D\ud800L`), "", nil},
		{"byte order mark", ok, byteOrderMark + completed, "", nil},
		{"gzip", encoded("gzip"), zipped(completed), "", nil},

		{"HTML", typed(" text/html"), page, "the spec declares [200 application/json] for " +
			`GetShipOrderBatchResults, not content type "text/html": Maintenance (`, nil},
		{"other JSON", typed(" application/problem+json"), completed, `type "application/problem+json"`, nil},
		{"no content type", "200 OK", completed, `not content type ""`, nil},
		{"list of content types", typed(" text/html, application/json"), completed, "not content type", nil},
		{"endless content type", typed(" application/" + strings.Repeat("x", 1<<18)), completed,
			"not con", nil},
		{"HTML first", typed(" text/html" + aJSON), completed, `not content type "text/html"`, nil},
		{"201", "201 Created" + aJSON, completed, "not status code 201 (", nil},
		{"202 in HTML", "202 Accepted\r\nContent-Type: text/html", page, "not status code 202: Maint", nil},
		{"206", "206 Partial Content" + aJSON, completed, "not status code 206 (", nil},

		{"empty", ok, "", "does not decode: unexpected end of JSON input", new(*json.SyntaxError)},
		{"white space", ok, " \n", "unexpected end", nil},
		{"byte order mark alone", ok, byteOrderMark, "unexpected end", nil},
		{"two byte order marks", ok, byteOrderMark + byteOrderMark + completed, "invalid character", nil},
		{"null", ok, "null", "the body does not decode: the body is null", nil},
		{"null after a byte order mark", ok, byteOrderMark + "null", "the body is null", nil},
		{"null in white space", ok, blanks + "null" + blanks, "the body is null", nil},
		{"list", ok, "[]", "cannot unmarshal", new(*json.UnmarshalTypeError)},
		{"status is a number", ok, with(`"completed"`, "7"), "cannot unmarshal",
			new(*json.UnmarshalTypeError)},
		{"items are an object", ok, `{"items":{}}`, "cannot unmarshal", nil},
		{"id is no UUID", ok, with(batchID.String(), "BATCH-7"), "invalid UUID", nil},
		{"number is a fraction", ok, item("1.5"), "cannot unmarshal", nil},
		{"number is beyond int64", ok, item("9223372036854775808"), "cannot unmarshal", nil},
		{"number of a million digits", ok, item(strings.Repeat("9", 1<<20)), "cannot unmarshal", nil},
		{"UTF-16", ok, string(utf16le), "invalid character", nil},
		{"trailing garbage", ok, completed + "<!-- cached -->", "invalid character", nil},
		{"HTML for JSON", ok, page, "invalid character '<' looking for beginning of value: Maintenance (",
			new(*json.SyntaxError)},
		{"a prefix against script inclusion", ok, ")]}',\n" + completed, "invalid character", nil},
		{"100,000 lists deep", ok, `{"items":` + deep + `}`, "exceeded max depth", nil},
		{"100,000 objects deep, cut", ok, strings.Repeat(`{"items":`, 100_000), "does not decode", nil},
		{"random bytes", ok, "\x00\xff\xfe\x80\x1b[2J\r\n", "invalid character", nil},
		{"gzip that is not said to be", ok, zipped(completed), "invalid character", nil},
		{"brotli", encoded("br"), "\x0b\x02\x80{}\x03", "(Content-Encoding br)", nil},
		{"two encodings", encoded("br, gzip"), zipped("\x0b"), "(Content-Encoding br, gzip)", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			want := succeeds
			if tt.says != "" {
				_, _ = fmt.Sscan(tt.head, &want)
			}
			_, err := ask(t, &rawServer{answer: bytesOf(whole(tt.head, tt.body))}, want)
			if !strings.Contains(fmt.Sprint(err), tt.says) || tt.cause != nil && !errors.As(err, tt.cause) {
				t.Errorf("error %.300v, want %q, and a %T", err, tt.says, tt.cause)
			}
			kept := string(answered(err).Body)
			if tt.says != "" && kept != tt.body[:min(len(tt.body), 64<<10)] {
				t.Errorf("the error keeps %.300q of %.300q", kept, tt.body)
			}
		})
	}
}

// TestHeadsAndFraming has answers that HTTP does not allow, or allows and are rare.
func TestHeadsAndFraming(t *testing.T) {
	const okHead = "HTTP/1.1 200 OK" + aJSON + "\r\n"
	const chunked = okHead + "Transfer-Encoding: chunked\r\n"
	const hints = "HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n"
	sized := func(length, body string) string {
		return okHead + "Content-Length: " + length + "\r\n\r\n" + body
	}
	short := func(status string) string {
		return "HTTP/1.1 " + status + "\r\nContent-Length: 9999\r\n\r\nno such batch"
	}
	chunk := fmt.Sprintf("%x\r\n%s\r\n", len(completed), completed)
	n := fmt.Sprint(len(completed))
	megabyte := strings.Repeat("x", 1<<20)
	garbage := strings.Repeat("x\xff\x1b", 1<<16)
	const twice = "\r\nX-RateLimit-Limit: 100\r\nX-RateLimit-Limit: abc" +
		"\r\nX-RateLimit-Remaining: abc\r\nX-RateLimit-Remaining: 7"
	for _, tt := range []struct {
		name, answer string
		want         outcome
	}{
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
		{"header that echoes the key", wholeJSON("200 OK\r\nTransfer-Encoding: "+markedKey, completed), lost},

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
		{"chunked, with a trailer", chunked + "Trailer: X-RateLimit-Limit\r\n\r\n" + chunk +
			"0\r\nX-RateLimit-Limit: abc\r\n\r\n", succeeds},
		{"chunked without its end", chunked + "\r\n" + chunk, lost},
		{"bad chunk size", chunked + "\r\nzz\r\n" + completed, lost},
		{"chunk shorter than its size", chunked + "\r\n9999\r\n" + completed, lost},
		{"bad chunk in an error", "HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 404},
		{"unknown transfer encoding", okHead + "Transfer-Encoding: br\r\n\r\n" + completed, lost},

		{"gzip cut short", wholeJSON("200 OK\r\nContent-Encoding: gzip", zipped(completed)[:50]), lost},
		{"gzip that is none", wholeJSON("200 OK\r\nContent-Encoding: gzip", completed), lost},
		{"gzip that is none, in an error", whole("404 Not Found\r\nContent-Encoding: gzip", "no"), 404},

		{"counts twice", wholeJSON("200 OK"+twice, completed), succeeds},
		{"a thousand counts",
			wholeJSON("200 OK"+strings.Repeat("\r\nX-RateLimit-Remaining: -1", 1000), completed),
			succeeds},
		{"header of 1 MB", wholeJSON("200 OK\r\nX-Padding: "+megabyte, completed), succeeds},
		{"error with a header of 1 MB", whole("404 Not Found\r\nX-Padding: "+megabyte, ""), 404},
		{"redirect to 1 MB", whole("302 Found\r\nLocation: https://evil.example/"+megabyte, ""), 302},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, _ = ask(t, &rawServer{answer: bytesOf(tt.answer)}, tt.want)
		})
	}
}

// TestEndlessAnswers has servers that go on for ever: by drops, which the attempt's timeout ends, and
// as fast as the client reads, which must cost it little.
func TestEndlessAnswers(t *testing.T) {
	const limit = 1 << 20
	const okHead = "HTTP/1.1 200 OK" + aJSON + "\r\n"
	megabyte := zipped(strings.Repeat(" ", 1<<20)) // a kilobyte
	for _, tt := range []struct {
		name, head, part  string
		dripping, flowing outcome
	}{
		{"status line", "HTTP/1.1 200 ", "x", lost, lost},
		{"not HTTP", "", " ", lost, lost},
		{"header", "HTTP/1.1 200 OK\r\nX-Padding: ", "x", lost, lost},
		{"headers", "HTTP/1.1 200 OK\r\n", "X-Padding: x\r\n", lost, lost},
		{"1xx", "", "HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n", lost, lost},
		{"1xx in large", "", "HTTP/1.1 102 x\r\nX-Padding: " + strings.Repeat("x", 1<<15) + "\r\n\r\n",
			lost, lost},
		{"body", okHead + "\r\n", " ", lost, 200},
		{"body of another type", "HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\n\r\n", "x", lost, 200},
		{"chunks", okHead + "Transfer-Encoding: chunked\r\n\r\n", "1\r\n \r\n", lost, 200},
		{"chunk extension", okHead + "Transfer-Encoding: chunked\r\n\r\n1;x=", "x", lost, lost},
		{"gzip bomb", okHead + "Content-Encoding: gzip\r\n\r\n", megabyte, 200, 200},
		{"gzip bomb in an error", "HTTP/1.1 404 Not Found\r\nContent-Encoding: gzip\r\n\r\n",
			megabyte, 404, 404},
		{"body of an error", "HTTP/1.1 404 Not Found\r\n\r\nno such batch", " ", 404, 404},
		{"body of a redirect", "HTTP/1.1 302 Found\r\nLocation: https://evil.example/\r\n\r\n", "x",
			302, 302},
		{"protocol of an upgrade", upgrade, "x", 101, 101},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dripping := &rawServer{answer: endless(t, tt.head, tt.part, time.Second)}
			took, _ := ask(t, dripping, tt.dripping, api.WithMaxResponseBytes(limit))
			if took > 2*time.Minute+15*time.Second {
				t.Errorf("took %v", took)
			}
			flowing := &rawServer{answer: endless(t, tt.head, strings.Repeat(tt.part, 1<<16/len(tt.part)), 0)}
			var err error
			n := allocated(func() { _, err = ask(t, flowing, tt.flowing, api.WithMaxResponseBytes(limit)) })
			isTooLarge := errors.Is(err, api.ErrResponseTooLarge)
			if n > 32*limit*(tt.flowing.attempts()+1) || isTooLarge != (tt.flowing == 200) {
				t.Errorf("allocated %d bytes, error %.300v", n, err)
			}
		})
	}
}

// TestAnswersOfRoundTripper has what no server can make a transport return, but a caller's own
// transport may.
func TestAnswersOfRoundTripper(t *testing.T) {
	text := func() io.ReadCloser { return io.NopCloser(strings.NewReader("no such batch")) }
	empty := http.Header{}
	badLocation := http.Header{"Location": {"https://%zz/"}}
	for _, tt := range []struct {
		name string
		resp *http.Response
		want outcome
	}{
		{"100 as the last word", &http.Response{StatusCode: 100, Header: empty, Body: text()}, 100},
		{"199 as the last word", &http.Response{StatusCode: 199, Header: empty, Body: text()}, 199},
		{"status 0", &http.Response{Header: empty, Body: text()}, 0},
		{"negative status", &http.Response{StatusCode: -200, Header: empty, Body: text()}, -200},
		{"status of seven digits", &http.Response{StatusCode: 2000000, Header: empty, Body: text()}, 2000000},
		{"negative length",
			&http.Response{StatusCode: 404, ContentLength: -5, Header: empty, Body: text()}, 404},
		{"no header", &http.Response{StatusCode: 404, Body: text()}, 404},
		{"no header in a success", &http.Response{StatusCode: 200, Body: text()}, 200},
		{"no body", &http.Response{StatusCode: 404, Header: empty}, 404},
		{"no body in a success", &http.Response{StatusCode: 200, Header: empty}, 200},
		{"no body in a redirect to no URL", &http.Response{StatusCode: 302, Header: badLocation}, 302},
		{"nothing", nil, lost},
	} {
		inBubble(t, tt.name, func(t *testing.T) {
			w := wire(func(*http.Request) (*http.Response, error) { return tt.resp, nil })
			c := newClient(t, w, api.WithoutRateLimit())
			_, err := get(t.Context(), c)
			checkOutcome(t, err, tt.want)
			// An operation that declares no body takes an answer without a header too.
			if _, err := submit(t.Context(), t, c, "POST", ""); (err == nil) != (tt.want == 200) {
				t.Errorf("POST: error %v", err)
			}
		})
	}
}

// TestParsedResponseHasNoBodyToShow: orders do not get into a log that prints the response.
func TestParsedResponseHasNoBodyToShow(t *testing.T) {
	resp, err := get(t.Context(), newClient(t, handle(ok)))
	if err != nil || string(resp.Body) != completed {
		t.Fatalf("response %+v, error %v", resp, err)
	}
	left, err := io.ReadAll(resp.HTTPResponse.Body)
	shown := fmt.Sprintf("%+v", resp.HTTPResponse)
	if len(left) > 0 || err != nil || strings.Contains(shown, "DHL_STD_NATIONAL") {
		t.Errorf("%q is left, error %v, printed as %s", left, err, shown)
	}
}

// TestTooLargeResponse has the default limit, which is chosen by what decoding costs, and others.
func TestTooLargeResponse(t *testing.T) {
	least := len(completed)
	for _, tt := range []struct {
		limit []api.Option
		size  int
		want  error
	}{
		{nil, 4 << 20, nil},
		{nil, 4<<20 + 1, api.ErrResponseTooLarge},
		{[]api.Option{api.WithMaxResponseBytes(int64(least))}, least, nil},
		{[]api.Option{api.WithMaxResponseBytes(int64(least))}, least + 1, api.ErrResponseTooLarge},
		{[]api.Option{api.WithMaxResponseBytes(math.MaxInt64)}, 5 << 20, nil},
	} {
		body := completed + strings.Repeat(" ", tt.size-least)
		if _, err := get(t.Context(), newClient(t, reply(200, body), tt.limit...)); !errors.Is(err, tt.want) {
			t.Errorf("body of %d bytes: error %v, want %v", tt.size, err, tt.want)
		}
	}
}

// TestErrorOfALongBodyKeepsLittle: what an error holds is no more than what it shows, though a
// success that does not decode may be as long as the limit allows.
func TestErrorOfALongBodyKeepsLittle(t *testing.T) {
	for _, status := range []int{200, 404} {
		_, err := get(t.Context(), newClient(t, reply(status, strings.Repeat("[", 3<<20))))
		if body := answered(err).Body; len(body) != 64<<10 || cap(body) > 256<<10 {
			t.Errorf("%d: %d bytes in %d, want 64 KiB and not much more", status, len(body), cap(body))
		}
	}
}

// TestCostOfDecoding has the lists that cost most: each element is as short as it can be, and becomes
// a struct, also where it is none.
func TestCostOfDecoding(t *testing.T) {
	item := int64(reflect.TypeFor[generated.ShipmentResultItemSchema]().Size())
	for _, element := range []string{"{}", "0"} {
		body := `{"items":[` + strings.Repeat(element+",", 1<<16) + element + `]}`
		c := newClient(t, reply(200, body))
		n := allocated(func() { _, _ = get(t.Context(), c) })
		if per := n / int64(len(body)); per > 4*item || per < item/3 {
			t.Errorf("%s: decoding allocated %d bytes for each of the body, want 4 * %d at most",
				element, per, item)
		}
	}
}

// TestHeaderIsReadAndKept has values of a rate-limit header: what the success says of them, and that
// its headers are the server's own.
func TestHeaderIsReadAndKept(t *testing.T) {
	const name = "X-Ratelimit-Limit"
	for _, tt := range []struct {
		values []string
		want   int64 // -1 for none
	}{
		{[]string{"200"}, 200},
		{[]string{"200, 200;w=60"}, 200},
		{[]string{"abc"}, -1},
		{[]string{"-1"}, -1},
		{[]string{"9223372036854775808"}, -1},
		{[]string{""}, -1},
		{[]string{"100", "abc"}, 100},
		{[]string{"abc", "100"}, -1},
		{nil, -1},
	} {
		t.Run(strings.Join(tt.values, " and "), func(t *testing.T) {
			resp, err := get(t.Context(), newClient(t, handle(func(w http.ResponseWriter, _ *http.Request) {
				w.Header()["Content-Type"] = []string{"application/json"}
				w.Header()[name] = tt.values
				_, _ = io.WriteString(w, completed)
			})))
			if err != nil {
				t.Fatal(err)
			}
			got := int64(-1)
			if limit := resp.HeadersDefault.XRateLimitLimit; limit != nil {
				got = *limit
			}
			if kept := resp.HTTPResponse.Header[name]; got != tt.want || !slices.Equal(kept, tt.values) {
				t.Errorf("%q is %d, want %d, and the header has %q", tt.values, got, tt.want, kept)
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
		inBubble(t, tt.header, func(t *testing.T) {
			s := &rawServer{answer: bytesOf(wholeJSON("200 OK\r\n"+tt.header, completed))}
			c := newClient(t, s.piped(), tt.opts...)
			var err error
			if n := allocated(func() { _, err = get(t.Context(), c) }); n > 4<<20 || err != nil {
				t.Errorf("one answer made the client allocate %d bytes, error %v", n, err)
			}
		})
	}
}
