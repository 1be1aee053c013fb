package api

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"regexp"
	"strings"
	"unicode"

	"github.com/sellerscenter/client-go/internal/retry"
)

// result turns the end of a call into what the generated client gets: an answer that the spec declares as a success, or an
// error.
func result(req *http.Request, out retry.Outcome) (*http.Response, error) {
	call, resp := callOf(req), out.Response
	bad := resp != nil && (resp.StatusCode/100 != 2 || out.Err != nil || out.Interrupted != nil || !call.op.Accept(resp))
	switch {
	case resp == nil:
		return nil, newCallError(req, out, out.Err)
	case bad && out.Interrupted != nil:
		return nil, newCallError(req, out, newError(req, out))
	case bad:
		return nil, newError(req, out)
	}
	return resp, nil
}

func newError(req *http.Request, out retry.Outcome) *Error {
	call, resp, redact := callOf(req), out.Response, callOf(req).sent.Redactor()
	body, _ := io.ReadAll(io.LimitReader(resp.Body, 2*retry.MaxErrorBody)) // in memory: it does not fail
	text := redact(string(body))
	if resp.Close { // what was read can end within the key
		text = text[:max(strings.LastIndexAny(text, " \t\r\n")+1, len(text)-4096)]
	}
	text = text[:min(len(text), retry.MaxErrorBody)]
	e := &Error{
		Method: req.Method, URL: req.URL.String(), StatusCode: resp.StatusCode, Header: http.Header{}, Body: []byte(text),
		Attempts: out.Attempts, RetryAfter: out.RetryAfter, cause: out.Err,
	}
	for name, values := range resp.Header {
		for _, v := range values {
			e.Header.Add(redact(name), redact(v))
		}
	}
	switch location := e.Header.Get("Location"); {
	case out.Err != nil:
		e.Message = out.Err.Error()
	case resp.StatusCode/100 == 2:
		e.Message = oneLine(fmt.Sprintf("the spec declares %v for %s, not content type %q", call.op.Success, call.op.Name, e.Header.Get("Content-Type")))
	case resp.StatusCode/100 == 3 && location != "":
		e.Message = oneLine("redirect not followed: " + location)
	default:
		e.Message = message(resp.StatusCode, e.Body)
	}
	return e
}

// clean returns an error of net/http, unless it has the key in it, which a server echoed in what is no HTTP.
func clean(req *http.Request, err error) error {
	if text := callOf(req).sent.Redactor()(err.Error()); text != err.Error() {
		return errors.New(text)
	}
	return err
}

// message returns the best text for a person in the body of an error answer: the message, detail or error of a JSON
// object, in any of the shapes that the API and the proxies in front of it use; the title of an HTML page; plain text; or
// else the status in words.
func message(status int, body []byte) string {
	text := strings.TrimSpace(strings.TrimPrefix(string(body), "\ufeff")) // a byte order mark
	var value any
	if json.Unmarshal([]byte(text), &value) == nil {
		text = cmp.Or(jsonText(value), text)
	} else if strings.HasPrefix(text, "<") {
		text = htmlTag.ReplaceAllString(html.UnescapeString(htmlTitle.FindString(text[:min(len(text), 8<<10)])), " ")
	}
	if text = oneLine(text); text == "null" || !strings.ContainsFunc(text, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) {
		text = cmp.Or(http.StatusText(status), "no message")
	}
	return text
}

var htmlTitle, htmlTag = regexp.MustCompile(`(?is)<title\b.*?</title`), regexp.MustCompile(`<[^>]*(>|$)`)

// jsonText finds the text in an error value. Lists are those of Django Ninja's validation, of objects with loc and msg.
func jsonText(value any) string {
	var texts []string
	switch v := value.(type) {
	case string:
		return v
	case []any:
		for _, item := range v {
			texts = append(texts, jsonText(item))
		}
	case map[string]any:
		for _, key := range []string{"message", "msg", "detail", "error", "errors", "title"} {
			if t := jsonText(v[key]); t != "" && v["loc"] != nil {
				return fmt.Sprint(v["loc"], ": ", t)
			} else if t != "" {
				return t
			}
		}
	}
	return strings.Join(texts, "; ")
}

// oneLine makes foreign text safe to print in a log: valid UTF-8, no control characters, single spaces, 240 characters.
func oneLine(s string) string {
	words := strings.FieldsFunc(strings.ToValidUTF8(s, "\uFFFD"), func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) })
	return fmt.Sprintf("%.240s", strings.Join(words, " "))
}
