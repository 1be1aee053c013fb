package api

import (
	"bytes"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/sellerscenter/client-go/generated"
	"github.com/sellerscenter/client-go/internal/auth"
	"github.com/sellerscenter/client-go/internal/ratelimit"
	"github.com/sellerscenter/client-go/internal/retry"
)

// result turns the end of a call into what the generated client gets: an answer that the spec declares as a success, or an
// error.
func result(op *generated.Operation, req *http.Request, out retry.Outcome) (*http.Response, error) {
	last := out.Err
	if resp := out.Response; resp != nil {
		if out.Err == nil && out.Interrupted == nil && resp.StatusCode/100 == 2 && declared(op, resp) {
			cleanHeaders(op, resp.Header)
			return resp, nil
		}
		last = newError(op, req, out)
	}
	if out.Response != nil && out.Interrupted == nil {
		return nil, last
	}
	return nil, newCallError(req, out, last)
}

func newError(op *generated.Operation, req *http.Request, out retry.Outcome) *Error {
	resp := out.Response
	body, _ := io.ReadAll(resp.Body) // in memory: it does not fail
	body = auth.Redact(resp, body)
	e := &Error{
		Method: req.Method, URL: req.URL.String(), StatusCode: resp.StatusCode, Header: http.Header{},
		Body: bytes.Clone(body[:min(len(body), retry.MaxErrorBody)]), Attempts: out.Attempts, RetryAfter: out.RetryAfter,
		cause: out.Err,
	}
	for name, values := range resp.Header {
		for _, v := range values {
			e.Header[name] = append(e.Header[name], string(auth.Redact(resp, []byte(v))))
		}
	}
	switch location := auth.Location(e.Header); {
	case out.Err != nil:
		e.Message = out.Err.Error()
	case resp.StatusCode/100 == 2:
		e.Message = undeclared(op, e.Header)
	case resp.StatusCode/100 == 3 && location != "":
		e.Message = oneLine("redirect not followed: " + location)
	default:
		e.Message = message(resp.StatusCode, e.Body)
	}
	return e
}

// declared reports whether the spec declares the answer's status, and its content type with it, as a success of the
// operation. The generated parser leaves the body of any other answer aside.
func declared(op *generated.Operation, resp *http.Response) bool {
	for _, a := range op.Success {
		if matchesStatus(a.Status, resp.StatusCode) {
			return len(a.ContentTypes) == 0 || slices.ContainsFunc(a.ContentTypes, func(declared string) bool {
				return sameMediaType(declared, resp.Header.Get("Content-Type"))
			})
		}
	}
	return len(op.Success) == 0
}

func matchesStatus(pattern string, status int) bool {
	return pattern == strconv.Itoa(status) || strings.EqualFold(pattern, "2XX") || pattern == "default"
}

// sameMediaType compares without parameters such as charset. The spec may declare a range, application/* or */*.
func sameMediaType(declared, got string) bool {
	d, _, err := mime.ParseMediaType(declared)
	if err != nil {
		return false
	}
	g, _, _ := strings.Cut(got, ";")
	g = strings.ToLower(strings.TrimSpace(g))
	if family, isRange := strings.CutSuffix(d, "*"); isRange && g != "" {
		return d == "*/*" || strings.HasPrefix(g, family)
	}
	return d == g
}

func undeclared(op *generated.Operation, h http.Header) string {
	var expected []string
	for _, a := range op.Success {
		expected = append(expected, strings.TrimSpace(a.Status+" "+strings.Join(a.ContentTypes, " or ")))
	}
	contentType := h.Get("Content-Type")
	if contentType == "" {
		contentType = "no content type"
	}
	return oneLine(fmt.Sprintf("an answer with %s, which the spec does not declare for %s; it declares %s",
		contentType, op.Name, strings.Join(expected, ", ")))
}

// cleanHeaders leaves nothing in the headers of a good answer that the generated parser would lose the answer for: it knows
// media types in lower case only, and gives up on a value that is not the integer which the spec declares.
func cleanHeaders(op *generated.Operation, h http.Header) {
	if contentType := h.Get("Content-Type"); contentType != "" {
		mediaType, params, _ := strings.Cut(contentType, ";")
		if lower := strings.ToLower(mediaType); lower != mediaType {
			h.Set("Content-Type", strings.TrimSuffix(lower+";"+params, ";"))
		}
	}
	for _, name := range op.IntegerHeaders {
		if n, ok := ratelimit.ParseCount(h.Get(name)); ok {
			h.Set(name, strconv.FormatInt(n, 10))
		} else {
			h.Del(name)
		}
	}
}
