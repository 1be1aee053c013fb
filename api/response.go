package api

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/sellerscenter/client-go/internal/auth"
	"github.com/sellerscenter/client-go/internal/operation"
	"github.com/sellerscenter/client-go/internal/retry"
)

// ended is a call that has come to its end.
type ended struct {
	retry.Outcome

	request   *http.Request
	operation *operation.Operation
}

// response returns what the generated client gets: a success that the spec declares, or an error.
func (e *ended) response() (*http.Response, error) {
	switch {
	case e.Response == nil:
		return nil, e.callError(e.Err)
	case e.Interrupted != nil:
		return nil, e.callError(e.error(""))
	case e.Err != nil:
		return nil, e.error(e.Err.Error())
	case e.Response.StatusCode/100 != 2:
		return nil, e.error("")
	}
	contentType := e.Response.Header.Get("Content-Type")
	declared, err := e.operation.Declared(e.Response.StatusCode, contentType)
	if err != nil {
		return nil, e.error(err.Error())
	}
	return e.success(declared)
}

var (
	errNullBody   = errors.New("the body is null")
	byteOrderMark = []byte("\ufeff")
)

// success returns a declared success, fit for the generated parser. That takes null for a result
// without content, which the spec may not declare.
func (e *ended) success(declared operation.Success) (*http.Response, error) {
	resp := e.Response.Response
	content := e.Response.Content
	e.operation.FitHeader(resp.Header)
	if strings.Contains(resp.Header.Get("Content-Type"), "json") {
		content = bytes.TrimPrefix(content, byteOrderMark) // which a parser may ignore (RFC 8259, section 8.1)
		if !declared.Nullable && bytes.Equal(bytes.TrimSpace(content), []byte("null")) {
			return nil, e.undecodable(errNullBody)
		}
	}
	body := &successBody{ended: e}
	body.Reset(content)
	resp.Body = body
	resp.ContentLength = int64(len(content))
	return resp, nil
}

// successBody is the body of a success, in memory. It knows its call, for the case that it does not
// decode.
type successBody struct {
	bytes.Reader

	ended *ended
}

// Close does nothing.
func (*successBody) Close() error { return nil }

// Undecodable returns the error of the call.
func (b *successBody) Undecodable(err error) error { return b.ended.undecodable(err) }

func (e *ended) undecodable(err error) error {
	e.Err = fmt.Errorf("the body does not decode: %w", err)
	return e.error(e.Err.Error())
}

// error returns the response as an error. An empty problem stands for the best text that the
// response has itself.
func (e *ended) error(problem string) *Error {
	redactor := auth.NewRedactor(e.Keys...)
	out := &Error{
		Method:     e.request.Method,
		URL:        redactor.Redact(e.request.URL.String()),
		StatusCode: e.Response.StatusCode,
		Header:     http.Header{},
		Body:       []byte(redactor.RedactCut(string(e.Response.Content), e.Response.Whole)),
		Attempts:   e.Attempts,
		RetryAfter: e.RetryAfter,
		cause:      e.Err,
		unknown:    e.Unknown,
	}
	for name, values := range e.Response.Header {
		for _, value := range values {
			out.Header.Add(redactor.Redact(name), redactor.Redact(value))
		}
	}
	// An escape that is undone may bring a key to light.
	message := cmp.Or(problem, messageOf(out.StatusCode, out.Header, out.Body))
	out.Message = oneLine(redactor.Redact(message))
	out.Body = out.Body[:min(len(out.Body), maxErrorBody)]
	return out
}

// maxErrorBody is how much of a body an error keeps, in bytes.
const maxErrorBody = 64 << 10
