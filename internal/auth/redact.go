package auth

import (
	"encoding/json"
	"errors"
	"html"
	"net/url"
	"strings"
)

const (
	redacted = "[redacted]"
	// minRedacted is the length in bytes of the shortest key that is replaced: a shorter one, as in
	// a test, is likely to be part of a word.
	minRedacted = 8
)

// Redactor takes keys out of what a server or proxy echoes: where one stands letter for letter, or
// as Go writes it in a URL, HTML or JSON.
type Redactor struct{ keys []Key }

// NewRedactor returns a redactor of some keys.
func NewRedactor(keys ...Key) Redactor { return Redactor{keys} }

// spellings returns the ways in which the keys may be echoed.
func (r Redactor) spellings() []string {
	var all []string
	for _, key := range r.keys {
		text := key.text()
		if len(text) < minRedacted {
			continue
		}
		quoted, _ := json.Marshal(text) // a string that is UTF-8 does not fail
		inJSON := string(quoted[1 : len(quoted)-1])
		all = append(all, text, url.QueryEscape(text), html.EscapeString(text), inJSON)
	}
	return all
}

// Redact returns text with [redacted] in place of each key.
func (r Redactor) Redact(text string) string {
	var pairs []string
	for _, spelling := range r.spellings() {
		pairs = append(pairs, spelling, redacted)
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// RedactCut is Redact for a text that, if it is not whole, was cut off at its end, which may be in the
// middle of a key.
func (r Redactor) RedactCut(text string, whole bool) string {
	text = r.Redact(text)
	if whole {
		return text
	}
	for _, spelling := range r.spellings() {
		for n := range spelling {
			text = strings.TrimSuffix(text, spelling[:len(spelling)-n])
		}
	}
	return text
}

// RedactError returns err, or one with its text redacted where it has a key in it, as net/http's
// error about what is no HTTP may.
func (r Redactor) RedactError(err error) error {
	clean := r.Redact(err.Error())
	if clean == err.Error() {
		return err
	}
	return errors.New(clean)
}
