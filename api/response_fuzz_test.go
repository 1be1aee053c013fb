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
	body = bytes.ReplaceAll(body, []byte("{key}"), []byte(markedKey))
	if how&repeated != 0 && len(body) > 0 {
		body = bytes.Repeat(body, 136<<10/len(body)+1)
	}
	var raw strings.Builder
	if how&afterHints != 0 {
		raw.WriteString("HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n")
	}
	fmt.Fprintf(&raw, "HTTP/1.1 %03d x\r\n", status%1000)
	for line := range strings.SplitSeq(strings.ReplaceAll(string(header), "{key}", markedKey), "\n") {
		line = strings.TrimSuffix(line, "\r")
		if how&verbatim != 0 || headerField.MatchString(line) {
			raw.WriteString(line + "\r\n")
		}
	}
	if how&compressed != 0 {
		raw.WriteString("Content-Encoding: gzip\r\n")
		body = []byte(zipped(string(body)))
	}
	switch how & framingBits {
	case untilClose:
		fmt.Fprintf(&raw, "\r\n%s", body)
	case inChunks:
		fmt.Fprintf(&raw, "Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", len(body), body)
	case cutShort:
		fmt.Fprintf(&raw, "Content-Length: %d\r\n\r\n%s", len(body)+1, body)
	default:
		fmt.Fprintf(&raw, "Content-Length: %d\r\n\r\n%s", len(body), body)
	}
	return raw.String()
}

// observer is a transport that sees what its client gets and what it makes of it.
type observer struct {
	http.RoundTripper

	requests int
	answers  []*observedBody
	last     *observedBody // nil if the last request had no answer
}

func (o *observer) RoundTrip(r *http.Request) (*http.Response, error) {
	o.requests++
	resp, err := o.RoundTripper.RoundTrip(r)
	o.last = nil
	if err == nil {
		o.last = &observedBody{ReadCloser: resp.Body, resp: resp}
		o.answers = append(o.answers, o.last)
		resp.Body = o.last
	}
	return resp, err
}

type observedBody struct {
	io.ReadCloser

	resp   *http.Response
	read   bytes.Buffer
	err    error
	closed bool
}

func (b *observedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.read.Write(p[:n])
	b.err = err
	return n, err
}

func (b *observedBody) Close() error {
	b.closed = true
	return b.ReadCloser.Close()
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
		{
			200, isJSON + "\nX-RateLimit-Limit: 100, 100;w=60\nX-RateLimit-Remaining: 7", completed,
			inChunks | afterHints,
		},
		{200, isJSON, completed, compressed},
		{200, isJSON, completed, cutShort},
		{200, isJSON, " ", repeated},
		{200, isJSON, "{}", untilClose},
		{200, isJSON, "\ufeff{}", 0},
		{200, isJSON, `{"items":{}}`, 0},
		{200, isJSON, `{"batchRequestId":"BATCH-7"}`, 0},
		{200, "Content-Type: text/html", "<html><title>Maintenance</title></html>", 0},
		{204, "", "", 0},
		{201, isJSON, completed, asksByPOST},
		{302, "Location: /hop", "", 0},
		{307, "Location: https://evil.example/?key={key}", "", asksByPOST},
		{400, isJSON, `{"detail":[{"loc":["query",0],"msg":"bad {key}"}]}`, 0},
		{401, isJSON, `{"message":["bad","key"]}`, compressed},
		{404, "Content-Type: text/html", "<html><title>Not &amp; found</title>{key}", repeated},
		{429, "Retry-After: 1\nX-RateLimit-Limit: 200\nX-RateLimit-Remaining: 0", "slow down", asksByPOST},
		{429, "Retry-After: 99999999999", "", 0},
		{429, "Retry-After: Thu, 01 Jan 1970 00:00:10 GMT\nRetry-After: 7", "", 0},
		{
			503, "Retry-After: Sat, 01 Jan 2000 00:00:30 GMT\nDate: Sat, 01 Jan 2000 00:00:00 GMT", "",
			asksByPOST,
		},
		{503, "Retry-After: Thu, 01 Jan 1970 00:00:10 GMT", "", asksByPOST},
		{503, "", "<html>", 0},
		{503, "", "", asksByPOST},
		{520, "Content-Type: text/plain", "no\x1b[31m such\u2028 b\xe4tch", asksByPOST},
		{524, "Content-Length: 7\nContent-Length: 8", "\xff\xfe{\x00}\x00", asksByPOST},
		{101, "Upgrade: x\nConnection: upgrade", "x", repeated},
		{999, "X-Echo: {key}", "", cutShort},
		{0, "no colon", "", verbatim},
		{200, isJSON + "\nContent-Length: {key}", completed, asksByPOST},
		{500, "Content-Encoding: gzip", "not gzip", 0},
	} {
		f.Add(seed.status, []byte(seed.header), []byte(seed.body), seed.how)
	}
	f.Fuzz(func(t *testing.T, status uint16, header, body []byte, how byte) {
		if len(header)+len(body) > 1<<16 {
			t.Skip("larger inputs tell no more")
		}
		raw := rawResponse(status, header, body, how)
		synctest.Test(t, func(t *testing.T) { checkCall(t, raw, how&asksByPOST != 0) })
	})
}

// checkCall makes a call that is answered with raw, again and again.
func checkCall(t *testing.T, raw string, byPOST bool) {
	t.Helper()
	const maxBytes = 8 << 10
	s := &rawServer{answer: bytesOf(raw)}
	defer s.serving.Wait()
	transport := s.piped()
	transport.MaxResponseHeaderBytes = 64 << 10
	seen := &observer{RoundTripper: transport}
	var logged bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&logged, &slog.HandlerOptions{Level: slog.LevelDebug}))
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
	if n > 32<<20 {
		t.Errorf("allocated %d bytes", n)
	}
	// Four attempts, and at most two minutes before each: a delay of the server's, or the rate
	// limit's hold.
	if d := time.Since(start); d > 10*time.Minute {
		t.Errorf("took %v", d)
	}
	if strings.Contains(logged.String(), markedKey) || !strings.Contains(logged.String(), "attempt") {
		t.Errorf("the key shows in the log, or nothing was logged: %.1000s", logged.String())
	}
	checkRequests(t, seen, byPOST, maxBytes)
	if err != nil {
		checkText(t, err.Error())
		checkFailure(t, seen.last, err, byPOST, maxBytes)
		return
	}
	if seen.last == nil || !seen.last.isWhole(maxBytes) {
		t.Fatalf("success of the answer %+v", seen.last)
	}
	if byPOST {
		return
	}
	if resp == nil || resp.JSON200 == nil || resp.StatusCode() != 200 || !isObject(resp.Body) {
		t.Fatalf("response %+v of the answer %+v is no success", resp, seen.last)
	}
	read := bytes.TrimPrefix(seen.last.read.Bytes(), []byte(byteOrderMark))
	if !bytes.Equal(resp.Body, read) {
		t.Errorf("body %q of a success, want %q", resp.Body, read)
	}
}

// isWhole reports whether b is the body of a 2xx that arrived whole.
func (b *observedBody) isWhole(maxBytes int) bool {
	return b.resp.StatusCode/100 == 2 && errors.Is(b.err, io.EOF) && b.read.Len() <= maxBytes
}

// checkFailure checks an error against the last answer, which is nil if none came.
func checkFailure(t *testing.T, last *observedBody, err error, byPOST bool, maxBytes int) {
	t.Helper()
	apiErr := answered(err)
	if apiErr.Attempts == 0 {
		if last != nil && (last.resp.StatusCode/100 != 2 || last.isWhole(maxBytes)) {
			t.Errorf("error %v lost the answer %+v", err, last)
		}
		if byPOST != errors.Is(err, api.ErrOutcomeUnknown) {
			t.Errorf("error %v with a POST: %v", err, byPOST)
		}
		return
	}
	attempts := apiErr.Attempts
	if last == nil || apiErr.StatusCode != last.resp.StatusCode || attempts < 1 || attempts > 4 ||
		apiErr.RetryAfter < 0 {
		t.Fatalf("error %+v of the answer %+v", apiErr, last)
	}
	checkText(t, apiErr.Message)
	if bytes.Contains(apiErr.Body, []byte(markedKey)) ||
		strings.Contains(fmt.Sprint(apiErr.Header), markedKey) {
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
	isDeclared := apiErr.StatusCode == 200 && strings.EqualFold(contentType, "application/json")
	if !byPOST && isDeclared && whole && isObject(read) && json.Unmarshal(read, &declared) == nil {
		t.Errorf("error %v of a good answer, %q", err, read)
	}
}

// checkRequests checks how often the client asked, and that it read no more of an answer than it
// may, and closed it.
func checkRequests(t *testing.T, seen *observer, byPOST bool, maxBytes int) {
	t.Helper()
	most := 4
	for _, a := range seen.answers {
		told := retryAfter.MatchString(a.resp.Header.Get("Retry-After"))
		switch status := a.resp.StatusCode; {
		case status == 429, status == 503 && told: // not processed
		case byPOST:
			most = 1
		case status/100 == 3:
			most = 10
		case status/100 != 2:
			most = outcome(status).attempts()
		}
		readable := 128<<10 + 1
		if a.resp.StatusCode/100 == 2 {
			readable = maxBytes + 1
		} else if a.resp.StatusCode == 101 {
			readable = 0 // no body, but what follows in another protocol
		}
		if !a.closed || a.read.Len() > readable {
			t.Errorf("read %d bytes of the answer %d, and closed it: %v",
				a.read.Len(), a.resp.StatusCode, a.closed)
		}
	}
	if byPOST && len(seen.answers) == 0 {
		most = 1
	}
	if seen.requests > most {
		t.Errorf("%d requests, want at most %d", seen.requests, most)
	}
}

// retryAfter matches what may be a time in Retry-After: a number, or a date.
var retryAfter = regexp.MustCompile("^[0-9.]+$|GMT|[A-Z][a-z]{2} ")

func isObject(body []byte) bool {
	var object map[string]json.RawMessage // not any, which takes no number beyond float64
	return json.Unmarshal(body, &object) == nil && object != nil
}
