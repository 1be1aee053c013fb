package api

import (
	"bytes"
	"errors"
	"net/http"
	"strings"

	"github.com/sellerscenter/client-go/internal/attempt"
	"github.com/sellerscenter/client-go/internal/auth"
	"github.com/sellerscenter/client-go/internal/operation"
)

// response returns what the generated client gets: a success that the spec declares, or an error.
func (c *call) response() (*http.Response, error) {
	if c.Response == nil || c.Interrupted != nil {
		return nil, c.withoutResponse()
	}
	if c.Err != nil || c.Response.StatusCode/100 != 2 {
		return nil, c.asError(c.Err)
	}
	declared, err := c.Operation.Declared(c.Response.StatusCode, c.Response.Header.Get("Content-Type"))
	if err != nil {
		return nil, c.asError(err)
	}
	return c.success(declared)
}

var (
	errNullBody   = errors.New("the body does not decode: the body is null")
	byteOrderMark = []byte("\ufeff")
)

// success returns a declared success, fit for the generated parser. That takes null for a result
// without content, which the spec may not declare.
func (c *call) success(declared operation.Success) (*http.Response, error) {
	resp := c.Response.Response
	content := c.Response.Content
	operation.LowerMediaType(resp.Header)
	if strings.Contains(resp.Header.Get("Content-Type"), "json") {
		// A parser may ignore it (RFC 8259, section 8.1). That of encoding/json does not.
		content = bytes.TrimPrefix(content, byteOrderMark)
		if !declared.Nullable && bytes.Equal(bytes.TrimSpace(content), []byte("null")) {
			return nil, c.asError(errNullBody)
		}
	}
	resp.Body = &successBody{Reader: *bytes.NewReader(content), call: c, content: content}
	return resp, nil
}

// successBody is the [operation.Body] of a success.
type successBody struct {
	bytes.Reader
	*call

	content []byte
}

// Content returns the whole body, without a copy, and leaves nothing to read.
func (b *successBody) Content() []byte {
	b.Reset(nil)
	return b.content
}

// Close does nothing.
func (*successBody) Close() error { return nil }

// Unusable returns the error of the call.
func (b *successBody) Unusable(why error) error { return b.asError(why) }

// asError returns the response as an error. A success that cannot be used has a cause, with which the
// message then begins. The message of another response is the best text that its body has.
func (c *call) asError(cause error) *Error {
	redactor := auth.NewRedactor(c.Keys...)
	content := c.Response.Content
	start := content[:min(len(content), 2*maxErrorBody)] // room for what redacting makes shorter
	isWhole := c.Response.Whole && len(start) == len(content)
	out := &Error{
		Method:     c.Request.Method,
		URL:        redactor.Redact(c.Request.URL.String()),
		StatusCode: c.Response.StatusCode,
		Header:     http.Header{},
		Body:       []byte(redactor.RedactCut(string(start), isWhole)),
		Attempts:   c.Attempts,
		RetryAfter: c.RetryAfter,
		unknown:    c.Unknown,
	}
	if answered := c.Response.Request.URL; answered.Path != c.Request.URL.Path {
		out.redirected = oneLine(redactor.Redact("redirected to " + answered.EscapedPath()))
	}
	for name, values := range c.Response.Header {
		for _, value := range values {
			out.Header.Add(redactor.Redact(name), redactor.Redact(value))
		}
	}
	var message string
	if cause == nil {
		message = messageOf(out.StatusCode, out.Header, out.Body)
	} else {
		out.cause = redactor.RedactError(cause)
		message = joined(cause.Error(), saidIn(trimmed(out.Body)))
	}
	encoding := attempt.EncodingOf(c.Response.Header)
	if encoding != "" {
		message += " (Content-Encoding " + encoding + ")"
	}
	// An escape that is undone may bring a key to light.
	out.Message = oneLine(redactor.Redact(message))
	out.Body = out.Body[:min(len(out.Body), maxErrorBody)]
	return out
}

// maxErrorBody is how much of a body an error keeps, in bytes.
const maxErrorBody = 64 << 10
