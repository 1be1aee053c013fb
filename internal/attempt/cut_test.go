package attempt_test

import (
	"bufio"
	"net/http"
	"strings"
	"testing"

	"github.com/sellerscenter/client-go/internal/attempt"
)

// answering is a transport that answers with the bytes of a connection, which then ends.
func answering(raw string) wire {
	return func(r *http.Request) (*http.Response, error) {
		return http.ReadResponse(bufio.NewReader(strings.NewReader(raw)), r)
	}
}

// lost is the error of an attempt whose body is cut.
const lost = "body of the response with status code 200: " +
	"the connection ended in the middle of the JSON: unexpected EOF"

// bodyOf returns the body that an attempt brought, or its error.
func bodyOf(result attempt.Result) string {
	if result.Err != nil {
		return result.Err.Error()
	}
	return string(result.Response.Content)
}

// TestSuccessThatEndsWithTheConnection is cut at each byte. Nothing but the JSON tells.
func TestSuccessThatEndsWithTheConnection(t *testing.T) {
	const json = `{"status":"completed","items":[{"success":true,"errors":["M\u00fc\"ll"]}, 7, null]}`
	for _, head := range []string{"HTTP/1.0 200 OK", "HTTP/1.1 200 OK\r\nConnection: close"} {
		head += "\r\nContent-Type: application/json; charset=utf-8\r\n\r\n"
		for n := range json {
			if got := bodyOf(send(t, "GET", answering(head+json[:n]))); got != lost {
				t.Errorf("%q gives %q, want an unexpected EOF", json[:n], got)
			}
		}
		if got := bodyOf(send(t, "GET", answering(head+json))); got != json {
			t.Errorf("the whole response gives %q", got)
		}
	}
}

// TestWhatIsCut has bodies that end within their JSON, or look like it.
func TestWhatIsCut(t *testing.T) {
	const (
		untold  = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"
		sized   = "HTTP/1.0 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1\r\n\r\n"
		chunked = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
		encoded = "HTTP/1.0 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: br\r\n\r\n"
		text    = "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\n"
		failed  = "HTTP/1.0 404 Not Found\r\nContent-Type: application/json\r\n\r\n"
		short   = "HTTP/1.1 404 Not Found\r\nContent-Length: 99\r\n\r\n"
	)
	unchanged := func(*http.Response) {}
	http2 := func(r *http.Response) { r.ProtoMajor = 2 }
	unzipped := func(r *http.Response) { r.Uncompressed = true }
	for _, tt := range []struct {
		name, method, raw string
		change            func(*http.Response)
		want              string
	}{
		{"cut", "GET", untold + `{"a":`, unchanged, lost},
		{"blank", "GET", untold + " \r\n", unchanged, lost},
		{"a byte order mark", "GET", untold + "\ufeff", unchanged, lost},
		{"unzipped, nothing", "GET", untold, unzipped, lost},
		{"unzipped", "GET", untold + "{", unzipped, "{"},
		{"a length", "GET", sized + "{", unchanged, "{"},
		{"chunks", "GET", chunked + "1\r\n{\r\n0\r\n\r\n", unchanged, "{"},
		{"HTTP/2", "GET", untold + "{", http2, "{"},
		{"HEAD", "HEAD", untold, unchanged, ""},
		{"encoded", "GET", encoded + "{", unchanged, "{"},
		{"text", "GET", text + "{", unchanged, "{"},
		{"an error", "GET", failed + "{", unchanged, "{"},
		{"an error shorter than its length", "GET", short + "no", unchanged, "no"},
		{"not JSON", "GET", untold + "<html>", unchanged, "<html>"},
		{"more than JSON", "GET", untold + "{}{", unchanged, "{}{"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			result := send(t, tt.method, wire(func(r *http.Request) (*http.Response, error) {
				resp, err := answering(tt.raw)(r)
				tt.change(resp)
				return resp, err
			}))
			if got := bodyOf(result); got != tt.want {
				t.Errorf("the body is %q, want %q", got, tt.want)
			}
		})
	}
}
