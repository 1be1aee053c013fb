package auth_test

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"testing"

	"github.com/sellerscenter/client-go/internal/auth"
)

// TestRedact has keys in each form in which a server may repeat them.
func TestRedact(t *testing.T) {
	const base64 = "mk1A+front0123/Mid4567=="
	const markup = `<front0123>&"Mid4567"`
	for _, tt := range []struct{ name, key, text, want string }{
		{"letter for letter", base64, "bad key " + base64 + ", " + base64, "bad key [redacted], [redacted]"},
		{"in a URL", base64, "?key=mk1A%2Bfront0123%2FMid4567%3D%3D&x", "?key=[redacted]&x"},
		{"in HTML", markup, "bad &lt;front0123&gt;&amp;&#34;Mid4567&#34;!", "bad [redacted]!"},
		{"in JSON", markup, `{"key":"\u003cfront0123\u003e\u0026\"Mid4567\""}`, `{"key":"[redacted]"}`},
		{"in a header's name", marked, "Marked-Key-0123456789abcdef", "[redacted]"},
		{"8 bytes", "8 bytes.", "bad key: 8 bytes.", "bad key: [redacted]"},
		{"7 bytes, which may be a word", "7 bytes", "bad key: 7 bytes", "bad key: 7 bytes"},
		{"nothing", marked, "bad key", "bad key"},
	} {
		redactor := auth.NewRedactor(keyOf(t, "another-key-0123456789"), keyOf(t, tt.key), auth.Key{})
		text := redactor.Redact(tt.text)
		cut := redactor.RedactCut(tt.text, true)
		err := redactor.RedactError(errors.New(tt.text))
		if text != tt.want || cut != tt.want || err.Error() != tt.want {
			t.Errorf("%s: %q, of a whole text %q, of an error %q, want %q", tt.name, text, cut, err, tt.want)
		}
	}
}

// TestRedactError has errors of an [http.Client], with the key in the URL and in what went wrong.
func TestRedactError(t *testing.T) {
	for want, err := range map[string]error{
		"EOF, in it <nil>":                       io.EOF,
		`Get "/?key=[redacted]": EOF, in it EOF`: &url.Error{Op: "Get", URL: "/?key=" + marked, Err: io.EOF},
		`Get "/?page=2": bad [redacted], in it bad [redacted]`: &url.Error{
			Op: "Get", URL: "/?page=2", Err: errors.New("bad " + marked),
		},
	} {
		got := auth.NewRedactor(keyOf(t, marked)).RedactError(err)
		text := fmt.Sprintf("%v, in it %v", got, errors.Unwrap(got))
		if text != want || errors.Is(got, io.EOF) != errors.Is(err, io.EOF) {
			t.Errorf("%s, want %s", text, want)
		}
	}
}

// TestRedactCut cuts a text after each byte of a key.
func TestRedactCut(t *testing.T) {
	const key = `<front0123>"Mid4567"`
	for _, written := range []string{
		key, "%3Cfront0123%3E%22Mid4567%22", "&lt;front0123&gt;&#34;Mid4567&#34;",
		`\u003cfront0123\u003e\"Mid4567\"`,
	} {
		for n := 1; n < len(written); n++ {
			text := auth.NewRedactor(keyOf(t, key)).RedactCut("bad key "+written[:n], false)
			if strings.TrimSpace(text) != "bad key" {
				t.Errorf("cut after %d bytes of %s: %q", n, written, text)
			}
		}
	}
}
