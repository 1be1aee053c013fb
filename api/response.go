package api

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/sellerscenter/client-go/internal/attempt"
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
		return nil, e.callError(e.error(e.message()))
	case e.Err != nil || e.Response.StatusCode/100 != 2:
		return nil, e.error(e.message())
	}
	declared, err := e.operation.Declared(e.Response.StatusCode, e.Response.Header.Get("Content-Type"))
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

// error returns the response as an error.
func (e *ended) error(message string) *Error {
	redactor := auth.NewRedactor(e.Keys...)
	out := &Error{
		Method:     e.request.Method,
		URL:        redactor.Redact(e.request.URL.String()),
		StatusCode: e.Response.StatusCode,
		Message:    oneLine(redactor.Redact(message)),
		Header:     http.Header{},
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
	redact := redactor.RedactCut
	if e.Response.Whole {
		redact = redactor.Redact
	}
	body := redact(string(e.Response.Content))
	out.Body = []byte(body[:min(len(body), attempt.MaxErrorBody)])
	return out
}

// message returns the best text for a person that a response has.
func (e *ended) message() string {
	location := e.Response.Header.Get("Location")
	switch {
	case e.Err != nil:
		return e.Err.Error()
	case e.Response.StatusCode/100 == 3 && location != "":
		return "redirect not followed: " + location
	}
	return messageOf(e.Response.StatusCode, e.Response.Header, e.Response.Content)
}
