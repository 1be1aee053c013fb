package api_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/generated"
)

// How FuzzResponse sends a header and a body; the two lowest bits say where the body ends.
const (
	untilClose  = 1
	inChunks    = 2
	cutShort    = 3
	compressed  = 1 << 2
	afterHints  = 1 << 3 // an answer with the status 103 goes before
	verbatim    = 1 << 4 // lines that are no header fields are sent too
	repeated    = 1 << 5 // the body, to more than is ever read
	asksByPOST  = 1 << 6
	framingBits = 3
)

var headerField = regexp.MustCompile("^[!#$%&'*+.^_`|~0-9A-Za-z-]+:[^\\x00\\r]*$")

// rawResponse puts an answer together. In header and body, {key} stands for the API key.
func rawResponse(status uint16, header, body []byte, how byte) string {
	content := strings.ReplaceAll(string(body), "{key}", markedKey)
	if how&repeated != 0 && content != "" {
		content = strings.Repeat(content, 136<<10/len(content)+1)
	}
	head := fmt.Sprintf("HTTP/1.1 %03d x\r\n", status%1000)
	if how&afterHints != 0 {
		head = "HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n" + head
	}
	for line := range strings.SplitSeq(strings.ReplaceAll(string(header), "{key}", markedKey), "\n") {
		if how&verbatim != 0 || headerField.MatchString(line) {
			head += line + "\r\n"
		}
	}
	if how&compressed != 0 {
		head += "Content-Encoding: gzip\r\n"
		content = zipped(content)
	}
	switch how & framingBits {
	case untilClose:
		return head + "\r\n" + content
	case inChunks:
		return fmt.Sprintf("%sTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", head,
			len(content), content)
	case cutShort:
		return fmt.Sprintf("%sContent-Length: %d\r\n\r\n%s", head, len(content)+1, content)
	}
	return fmt.Sprintf("%sContent-Length: %d\r\n\r\n%s", head, len(content), content)
}

// observer is a transport that sees what its client gets and what it makes of it.
type observer struct {
	http.RoundTripper

	requests int
	last     *observedBody // nil if the last request had no answer
}

func (o *observer) RoundTrip(r *http.Request) (*http.Response, error) {
	o.requests++
	o.last = nil
	resp, err := o.RoundTripper.RoundTrip(r)
	if err == nil {
		o.last = &observedBody{ReadCloser: resp.Body, resp: resp}
		resp.Body = o.last
	}
	return resp, err
}

type observedBody struct {
	io.ReadCloser

	resp *http.Response
	read bytes.Buffer
	err  error
}

func (b *observedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.read.Write(p[:n])
	b.err = err
	return n, err
}

// FuzzResponse sends an answer made of any parts through a real transport and the whole client,
// and checks what users rely on, whatever a server or a proxy does: see checkCall.
func FuzzResponse(f *testing.F) {
	const isJSON = "Content-Type: application/json"
	for _, seed := range []struct {
		status       uint16
		header, body string
		how          byte
	}{
		{200, isJSON, completed, 0},
		{200, isJSON + "\nX-RateLimit-Limit: 100, 100;w=60\nX-RateLimit-Remaining: 7", completed,
			inChunks | afterHints},
		{200, isJSON, completed, compressed},
		{200, isJSON, completed, cutShort},
		{200, isJSON, " ", repeated},
		{200, isJSON, "{}", untilClose},
		{200, isJSON, "{", untilClose},
		{200, isJSON, "\ufeff{}", 0},
		{200, isJSON, `{"items":{}}`, 0},
		{200, isJSON, `{"batchRequestId":"BATCH-7"}`, 0},
		{200, isJSON, `{"items":[{"requestIUem":{"order_items":[922337203E854775808]}}]}`, 0},
		{200, isJSON + "\nContent-Encoding: gzip", "{}", compressed},
		{200, isJSON + "\nLocation: /hop", "{}", 0},
		{200, isJSON + "\n charset=utf-8", "{}", verbatim},
		{200, isJSON + "\nContent-Length: {key}", completed, asksByPOST},
		{200, "Content-Type: json", "{}", untilClose},
		{200, "Content-Type: text/html", "<html><title>Maintenance</title></html>", 0},
		{200, "Transfer-Encoding: {key}", "", untilClose},
		{200, "0:\x7f{key}", "", verbatim | asksByPOST},
		{204, "", "", 0},
		{201, isJSON, completed, asksByPOST},
		{302, "Location: /hop", "", 0},
		{302, "Location: https://{key}.example/{key}", "", 0},
		{301, "Location: https://%zz/", "", 0},
		{307, "Location: https://evil.example/?key={key}", "", asksByPOST},
		{400, isJSON, `{"detail":[{"loc":["query",0],"msg":"bad {key}"}]}`, 0},
		{400, isJSON, `{"detail":[`, repeated},
		{401, isJSON, `{"message":["bad","key"]}`, compressed},
		{404, "Content-Type: text/html", "<html><title>Not &amp; found</title>{key}", repeated},
		{429, "Retry-After: 1\nX-RateLimit-Limit: 200\nX-RateLimit-Remaining: 0", "slow down", asksByPOST},
		{429, "Retry-After: 99999999999", "", 0},
		{429, "Retry-After: Thu, 01 Jan 1970 00:00:10 GMT\nRetry-After: 7", "", 0},
		{503, "Retry-After: Sat, 01 Jan 2000 00:00:30 GMT\nDate: Sat, 01 Jan 2000 00:00:00 GMT", "",
			asksByPOST},
		{503, "Retry-After: Thu, 01 Jan 1970 00:00:10 GMT", "", asksByPOST},
		{503, "", "<html>", 0},
		{503, "", "", asksByPOST},
		{520, "Content-Type: text/plain", "no\x1b[31m such\u2028 b\xe4tch", asksByPOST},
		{524, "Content-Length: 7\nContent-Length: 8", "\xff\xfe{\x00}\x00", asksByPOST},
		{101, "Upgrade: x\nConnection: upgrade", "x", repeated},
		{163, "", "\xca", repeated},
		{999, "X-Echo: {key}", "", cutShort},
		{0, "no colon", "", verbatim},
		{500, "Content-Encoding: gzip", "not gzip", 0},
	} {
		f.Add(seed.status, []byte(seed.header), []byte(seed.body), seed.how)
	}
	f.Fuzz(func(t *testing.T, status uint16, header, body []byte, how byte) {
		raw := rawResponse(status, header, body, how)
		synctest.Test(t, func(t *testing.T) { checkCall(t, raw, how&asksByPOST != 0) })
	})
}

const maxBytes = 8 << 10 // of a success that FuzzResponse accepts

// checkCall makes a call that is answered with raw, again and again.
func checkCall(t *testing.T, raw string, byPOST bool) {
	t.Helper()
	s := &rawServer{answer: bytesOf(raw)}
	defer s.serving.Wait()
	seen := &observer{RoundTripper: s.piped()}
	var log bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	c := newClient(t, seen, api.WithMaxResponseBytes(maxBytes), api.WithLogger(logger))

	var resp *generated.GetShipOrderBatchResultsResponse
	var err error
	start := time.Now()
	n := allocated(func() {
		if byPOST {
			_, err = submit(t.Context(), t, c, "POST", "{}")
		} else {
			resp, err = get(t.Context(), c)
		}
	})
	// Four attempts, and at most two minutes before each: a delay of the server's, or the rate
	// limit's hold.
	if took := time.Since(start); n > 32<<20 || took > 10*time.Minute {
		t.Errorf("allocated %d bytes, took %v", n, took)
	}
	if strings.Contains(log.String(), markedKey) || !strings.Contains(log.String(), "attempt") {
		t.Errorf("the key shows in the log, or nothing was logged: %.1000s", log.String())
	}
	requests, readable := seen.last.allowed(byPOST)
	if seen.requests > requests || seen.last != nil && seen.last.read.Len() > readable {
		t.Errorf("%d requests for the answer %+v, want at most %d, and %d bytes read",
			seen.requests, seen.last, requests, readable)
	}
	switch {
	case err != nil:
		checkText(t, err.Error())
		checkFailure(t, seen.last, err, byPOST)
	case seen.last == nil || !seen.last.isWhole():
		t.Errorf("success of the answer %+v", seen.last)
	case !byPOST && (resp.JSON200 == nil || resp.StatusCode() != 200 || !isObject(resp.Body) ||
		string(resp.Body) != strings.TrimPrefix(seen.last.read.String(), byteOrderMark)):
		t.Errorf("response %+v of the answer %+v is no success", resp, seen.last)
	}
}

// isWhole reports whether b is the body of a 2xx that arrived whole.
func (b *observedBody) isWhole() bool {
	return b.resp.StatusCode/100 == 2 && errors.Is(b.err, io.EOF) && b.read.Len() <= maxBytes
}

// retryAfter matches what may be a time in Retry-After: a number, or a date.
var retryAfter = regexp.MustCompile("^[0-9.]+$|GMT|[A-Z][a-z]{2} ")

// allowed returns how many requests an answer is worth, and how much of its body may be read. There
// need not be an answer.
func (b *observedBody) allowed(byPOST bool) (requests, readable int) {
	requests = 4
	if byPOST {
		requests = 1
	}
	if b == nil || b.resp.StatusCode/100 == 2 {
		return requests, maxBytes + 1
	}
	status := b.resp.StatusCode
	told := retryAfter.MatchString(b.resp.Header.Get("Retry-After"))
	switch {
	case status == 101:
		return 1, 0 // no body, but what follows in another protocol
	case status == 429, status == 503 && told: // not processed
		requests = 4
	case status/100 == 3 && !byPOST:
		requests = 10
	case !byPOST:
		requests = int(outcome(status).attempts())
	}
	return requests, 128<<10 + 1
}

// checkFailure checks an error against the last answer, which is nil if none came.
func checkFailure(t *testing.T, last *observedBody, err error, byPOST bool) {
	t.Helper()
	apiErr := answered(err)
	if apiErr.Attempts == 0 {
		// The connection may have ended within JSON of a length that nobody told.
		isCut := errors.Is(err, io.ErrUnexpectedEOF)
		isLost := last == nil || last.resp.StatusCode/100 == 2 && (isCut || !last.isWhole())
		if !isLost || byPOST != errors.Is(err, api.ErrOutcomeUnknown) {
			t.Errorf("error %v of the answer %+v", err, last)
		}
		return
	}
	if last == nil || apiErr.StatusCode != last.resp.StatusCode || apiErr.Attempts > 4 ||
		apiErr.RetryAfter < 0 {
		t.Fatalf("error %+v of the answer %+v", apiErr, last)
	}
	checkText(t, apiErr.Message)
	if strings.Contains(fmt.Sprintf("%s %v", apiErr.Body, apiErr.Header), markedKey) {
		t.Errorf("the key shows in %.1000q, %v", apiErr.Body, apiErr.Header)
	}
	read := last.read.Bytes()
	if bytes.Contains(bytes.ToLower(read), []byte("marked")) {
		return // an echo of the key is not kept
	}
	// The end of what was cut may be the beginning of the key.
	whole := errors.Is(last.err, io.EOF) && !errors.Is(err, api.ErrResponseTooLarge) && len(read) <= 64<<10
	if !bytes.HasPrefix(read, apiErr.Body) || whole && len(apiErr.Body) != len(read) {
		t.Errorf("kept %.1000q of the body %.1000q", apiErr.Body, read)
	}
	var declared generated.ShipmentOrderResultsResponseSchema
	contentType := last.resp.Header.Get("Content-Type")
	isDeclared := !byPOST && apiErr.StatusCode == 200 && strings.EqualFold(contentType, "application/json")
	if isDeclared && whole && isObject(read) && json.Unmarshal(read, &declared) == nil {
		t.Errorf("error %v of a good answer, %q", err, read)
	}
}

func isObject(body []byte) bool {
	var object map[string]json.RawMessage // not any, which takes no number beyond float64
	return json.Unmarshal(body, &object) == nil && object != nil
}
