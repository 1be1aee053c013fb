package api_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/generated"
)

// rawServer answers each request, on a connection of its own, with bytes that a server of net/http
// would not send.
type rawServer struct {
	answer   func(io.Writer)
	requests atomic.Int64
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
	s.answer(conn)
}

// piped returns a real transport that reaches the server without sockets, as a bubble needs it.
func (s *rawServer) piped() *http.Transport {
	dial := func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		s.serving.Go(func() { s.serve(server) })
		return client, nil
	}
	return &http.Transport{
		DialContext: dial, DialTLSContext: dial, DisableKeepAlives: true, MaxResponseHeaderBytes: 2 << 20,
	}
}

// proxy returns a client whose proxy answers CONNECT with a status line.
func proxy(status string) *http.Client {
	transport := (&rawServer{answer: bytesOf(whole(status, ""))}).piped()
	transport.DialTLSContext = nil
	transport.Proxy = http.ProxyURL(&url.URL{Scheme: "http", Host: "proxy.example:3128"})
	return &http.Client{Transport: transport}
}

// bytesOf returns an answer that is always the same.
func bytesOf(answer string) func(io.Writer) {
	return func(w io.Writer) { _, _ = io.WriteString(w, answer) }
}

// endless returns an answer that repeats its last part until the client hangs up, as it must: without
// its end, the connection is of no use.
func endless(t *testing.T, head, part string, pause time.Duration) func(io.Writer) {
	t.Helper()
	return func(w io.Writer) {
		_, err := io.WriteString(w, head)
		for n := 0; n < 1024 && err == nil; n++ {
			_, err = io.WriteString(w, part)
			time.Sleep(pause)
		}
		if err == nil {
			t.Error("the client did not hang up")
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

func zipped(s string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = io.WriteString(w, s)
	_ = w.Close()
	return b.String()
}

// outcome is how a call ends: the status code of an *api.Error, or one of these.
type outcome int

const (
	succeeds outcome = -1
	lost     outcome = -2 // no answer, or one that is not HTTP, or without its end
)

// attempts is how many a GET makes before it ends so.
func (o outcome) attempts() int64 {
	switch o {
	case lost, 408, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524:
		return 4
	default:
		return 1
	}
}

// checkOutcome checks what a call ended with, and that its text is fit for a log.
func checkOutcome(t *testing.T, err error, want outcome) {
	t.Helper()
	got := lost
	var apiErr *api.Error
	if errors.As(err, &apiErr) {
		got = outcome(apiErr.StatusCode)
		checkText(t, apiErr.Message)
	}
	if err == nil {
		got = succeeds
	}
	if got != want {
		t.Errorf("error %.300v, want outcome %d", err, want)
	}
	checkText(t, fmt.Sprint(err))
}

// checkText checks that text is fit for a log: not empty, one line, short, printable, without the
// key.
func checkText(t *testing.T, text string) {
	t.Helper()
	bad := strings.ContainsFunc(text, func(r rune) bool {
		return unicode.IsControl(r) || r == '\u2028' || r == '\u2029'
	})
	if text == "" || len(text) > 2<<10 || bad || !utf8.ValidString(text) ||
		strings.Contains(text, markedKey) {
		t.Errorf("text of %d bytes is not one short line without the key: %.300q", len(text), text)
	}
}

// ask asks s by GET and POST, in a bubble, and checks what came of it. It returns how long the GET
// took, and its error.
func ask(t *testing.T, s *rawServer, want outcome, opts ...api.Option) (took time.Duration, err error) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		logger := slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		c := newClient(t, s.piped(), append(opts, api.WithoutRateLimit(), api.WithLogger(logger))...)
		defer s.serving.Wait() // until the client has hung up on every answer
		start := time.Now()
		var resp *generated.GetShipOrderBatchResultsResponse
		resp, err = get(t.Context(), c)
		took = time.Since(start)
		checkOutcome(t, err, want)
		if err == nil && (resp.JSON200 == nil || resp.StatusCode() != 200) {
			t.Errorf("response %+v without an error", resp)
		}
		if n := s.requests.Swap(0); n != want.attempts() {
			t.Errorf("%d requests of GET, error %.300v, want %d", n, err, want.attempts())
		}

		_, failure := submit(t.Context(), t, c, "POST", "{}")
		if want/100 == 2 && !errors.Is(err, api.ErrResponseTooLarge) {
			want = succeeds // no operation of the spec: any 2xx is a success
		}
		checkOutcome(t, failure, want)
		unknown := want == lost || want == 408 || want/100 == 5 && want != 501
		if n := s.requests.Load(); errors.Is(failure, api.ErrOutcomeUnknown) != unknown || n != 1 {
			t.Errorf("%d POSTs, error %.300v, want one, outcome unknown: %v", n, failure, unknown)
		}
		for line := range strings.Lines(log.String()) {
			checkText(t, strings.TrimSuffix(line, "\n"))
		}
	})
	return took, err
}

// allocated returns how many bytes f allocates.
func allocated(f func()) int64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return int64(after.TotalAlloc - before.TotalAlloc)
}
