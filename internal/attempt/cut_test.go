package attempt_test

import (
	"bufio"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/sellerscenter/client-go/internal/attempt"
)

// answering is a transport that answers with the bytes of a connection, which then ends.
func answering(raw string, change func(*http.Response)) wire {
	return func(r *http.Request) (*http.Response, error) {
		resp, err := http.ReadResponse(bufio.NewReader(strings.NewReader(raw)), r)
		if err == nil {
			change(resp)
		}
		return resp, err
	}
}

// wantCut checks that an attempt was lost as one is whose body is cut.
func wantCut(t *testing.T, result attempt.Result) {
	t.Helper()
	if result.Response != nil || !errors.Is(result.Err, io.ErrUnexpectedEOF) {
		t.Fatalf("response %+v, error %v, want an unexpected EOF", result.Response, result.Err)
	}
}

// TestSuccessThatEndsWithTheConnection is cut at each byte. Nothing but the JSON tells.
func TestSuccessThatEndsWithTheConnection(t *testing.T) {
	const json = `{"status":"completed","items":[{"success":true,"errors":["M\u00fc\"ll"]}, 7, null]}`
	for _, head := range []string{"HTTP/1.0 200 OK", "HTTP/1.1 201 Created\r\nConnection: close"} {
		head += "\r\nContent-Type: application/json; charset=utf-8\r\n\r\n"
		for n := range json {
			wantCut(t, send(t, answering(head+json[:n], func(*http.Response) {})))
		}
		result := send(t, answering(head+json, func(*http.Response) {}))
		if result.Err != nil || string(result.Response.Content) != json {
			t.Errorf("the whole response gives %+v", result)
		}
	}
}

// TestWhatIsNotCut has bodies that end within their JSON, or look like it, and are whole as far as
// anybody can tell.
func TestWhatIsNotCut(t *testing.T) {
	const untold = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"
	unchanged := func(*http.Response) {}
	unzipped := func(r *http.Response) { r.Uncompressed = true }
	for _, tt := range []struct {
		name, raw string
		change    func(*http.Response)
		cut       bool
	}{
		{"cut", untold + `{"a":`, unchanged, true},
		{"blank", untold + " \r\n", unchanged, true},
		{"a byte order mark", untold + "\ufeff", unchanged, true},
		{"a length", "HTTP/1.0 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1\r\n\r\n{",
			unchanged, false},
		{"chunks", "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" +
			"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n0\r\n\r\n", unchanged, false},
		{"HTTP/2", untold + "{", func(r *http.Response) { r.ProtoMajor = 2 }, false},
		{"unzipped", untold + "{", unzipped, false},
		{"unzipped, nothing", untold, unzipped, true},
		{"text", "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\n{", unchanged, false},
		{"an error", "HTTP/1.0 404 Not Found\r\nContent-Type: application/json\r\n\r\n{", unchanged, false},
		{"not JSON", untold + "<html>", unchanged, false},
		{"more than JSON", untold + "{}{", unchanged, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			result := send(t, answering(tt.raw, tt.change))
			if tt.cut {
				wantCut(t, result)
				return
			}
			if result.Err != nil || !result.Response.Whole {
				t.Errorf("got %+v, want a whole response", result)
			}
		})
	}
}
