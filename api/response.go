package api

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/sellerscenter/client-go/internal/auth"
	"github.com/sellerscenter/client-go/internal/operation"
	"github.com/sellerscenter/client-go/internal/retry"
)

// ended is a call that has come to its end.
type ended struct {
	retry.Call
	*retry.Outcome
}

// response returns what the generated client gets: a success that the spec declares, or an error.
func (e *ended) response() (*http.Response, error) {
	if e.Response == nil || e.Interrupted != nil {
		return nil, e.callError()
	}
	if e.Err != nil || e.Response.StatusCode/100 != 2 {
		return nil, e.error(e.Err)
	}
	declared, err := e.Operation.Declared(e.Response.StatusCode, e.Response.Header.Get("Content-Type"))
	if err != nil {
		return nil, e.error(undeclaredError{err})
	}
	return e.success(declared)
}

// undeclaredError says what of a 2xx response the spec does not declare.
type undeclaredError struct{ error }

var (
	errNullBody   = errors.New("the body is null")
	byteOrderMark = []byte("\ufeff")
)

// success returns a declared success, fit for the generated parser. That takes null for a result
// without content, which the spec may not declare.
func (e *ended) success(declared operation.Success) (*http.Response, error) {
	resp := e.Response.Response
	content := e.Response.Content
	e.Operation.FitHeader(resp.Header)
	if strings.Contains(resp.Header.Get("Content-Type"), "json") {
		// A parser may ignore it (RFC 8259, section 8.1). That of encoding/json does not.
		content = bytes.TrimPrefix(content, byteOrderMark)
		if !declared.Nullable && bytes.Equal(bytes.TrimSpace(content), []byte("null")) {
			return nil, e.Undecodable(errNullBody)
		}
	}
	body := &successBody{ended: e}
	body.Reset(content)
	resp.Body = body
	resp.ContentLength = int64(len(content))
	return resp, nil
}

// successBody is the body of a success, in memory. It knows its call, whose method Undecodable the
// generated client calls through [operation.Undecodable] if the body does not decode.
type successBody struct {
	bytes.Reader
	*ended
}

// Read tells of the end with the last bytes, as the body of a response from the network does. It
// spares io.ReadAll, and so the generated parser, another buffer.
func (b *successBody) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if b.Len() == 0 {
		err = io.EOF
	}
	return n, err
}

// Close does nothing.
func (*successBody) Close() error { return nil }

// Undecodable returns the error of a call whose success has a body that does not decode.
func (e *ended) Undecodable(err error) error {
	return e.error(fmt.Errorf("the body does not decode: %w", err))
}

// error returns the response as an error. A success that cannot be used has a cause, which is then
// the message. The message of another response is the best text that its body has.
func (e *ended) error(cause error) *Error {
	redactor := auth.NewRedactor(e.Keys[:]...)
	content := e.Response.Content
	start := content[:min(len(content), 2*maxErrorBody)] // room for what redacting makes shorter
	isWhole := e.Response.Whole && len(start) == len(content)
	out := &Error{
		Method:     e.Request.Method,
		URL:        redactor.Redact(e.Request.URL.String()),
		StatusCode: e.Response.StatusCode,
		Header:     http.Header{},
		Body:       []byte(redactor.RedactCut(string(start), isWhole)),
		Attempts:   e.Attempts,
		RetryAfter: e.RetryAfter,
		unknown:    e.Unknown,
	}
	for name, values := range e.Response.Header {
		for _, value := range values {
			out.Header.Add(redactor.Redact(name), redactor.Redact(value))
		}
	}
	var message string
	if cause == nil {
		message = messageOf(out.StatusCode, out.Header, out.Body)
	} else {
		out.cause = redactor.RedactError(cause)
		message = cause.Error()
	}
	// An escape that is undone may bring a key to light.
	out.Message = oneLine(redactor.Redact(message))
	out.Body = out.Body[:min(len(out.Body), maxErrorBody)]
	return out
}

// maxErrorBody is how much of a body an error keeps, in bytes.
const maxErrorBody = 64 << 10
