package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
)

// parseJSON is parseDocument for JSON. What YAML is more generous about is an error.
func parseJSON(file string, src []byte) (*document, error) {
	var value any
	if err := json.Unmarshal(src, &value); err != nil {
		return nil, fmt.Errorf("%s:%d: broken JSON: %w", file, lineOf(err, src), err)
	}
	return parseDocument(file, surrogates.ReplaceAllFunc(src, decodeSurrogates))
}

// lineOf returns the line of a JSON error: the one that it names, or the last.
func lineOf(err error, src []byte) int {
	text := bytes.TrimRight(src, " \t\r\n")
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) && int(syntax.Offset) < len(text) {
		text = text[:syntax.Offset]
	}
	return 1 + bytes.Count(text, []byte("\n"))
}

// surrogates matches JSON's form of a character beyond U+FFFF, two escapes, which YAML does not
// know. It also matches any other escape, so that a backslash before a u is not taken for the
// beginning of one.
var surrogates = regexp.MustCompile(`\\[^u]|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}`)

func decodeSurrogates(escape []byte) []byte {
	if escape[1] != 'u' {
		return escape
	}
	var character string
	if err := json.Unmarshal([]byte(`"`+string(escape)+`"`), &character); err != nil {
		return escape
	}
	return []byte(character)
}
