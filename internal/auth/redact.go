package auth

import (
	"encoding/json"
	"errors"
	"html"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

const (
	redacted = "[redacted]"
	// minRedacted is the length in bytes of the shortest key that is replaced: a shorter one, as in
	// a test, is likely to be part of a word.
	minRedacted = 8
)

// Redactor takes keys out of what a server or proxy echoes: where one stands letter for letter, or
// as Go writes it in a URL, HTML, JSON or the name of a header.
type Redactor struct{ spellings []string }

// NewRedactor returns a redactor of some keys. It has them in its fields, so it must not be kept.
func NewRedactor(keys ...Key) Redactor {
	var r Redactor
	for _, key := range keys {
		text := key.text()
		if len(text) >= minRedacted && !slices.Contains(r.spellings, text) {
			r.spellings = append(r.spellings,
				text, url.QueryEscape(text), html.EscapeString(text), escapeJSON(text),
				http.CanonicalHeaderKey(text))
		}
	}
	return r
}

// escapeJSON returns text as it stands in a JSON string.
func escapeJSON(text string) string {
	quoted, _ := json.Marshal(text) // a string that is UTF-8 does not fail
	return string(quoted[1 : len(quoted)-1])
}

// Redact returns text with [redacted] in place of each key.
func (r Redactor) Redact(text string) string {
	for _, spelling := range r.spellings {
		text = strings.ReplaceAll(text, spelling, redacted)
	}
	return text
}

// RedactCut is Redact for a text that, if it is not whole, was cut off at its end, which may be in
// the middle of a key.
func (r Redactor) RedactCut(text string, whole bool) string {
	text = r.Redact(text)
	if !whole {
		for _, spelling := range r.spellings {
			for n := range spelling {
				text = strings.TrimSuffix(text, spelling[:len(spelling)-n])
			}
		}
	}
	return text
}

// RedactError returns err. If its text has a key in it, as that of net/http's error about what is
// not HTTP may, it returns an error with only the redacted text. Of an err that has a [url.Error] in
// it, it returns that without what is around it, since what is written in a log leaves its URL out.
func (r Redactor) RedactError(err error) error {
	text := r.Redact(err.Error())
	if text == err.Error() {
		return err
	}
	var outer *url.Error
	if errors.As(err, &outer) {
		return &url.Error{Op: outer.Op, URL: r.Redact(outer.URL), Err: r.RedactError(outer.Err)}
	}
	return errors.New(text)
}
