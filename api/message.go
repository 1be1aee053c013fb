package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"regexp"
	"strings"
	"unicode"
)

// maxHTML is how much of an HTML page is searched for its text, in bytes.
const maxHTML = 8 << 10

// maxMessage is the longest message, in characters; it is meant for one line of a log.
const maxMessage = 240

// message returns the best text for a person in the body of an error answer: the message, detail or error of a JSON
// object, in any of the shapes that the API and the proxies in front of it use; the title of an HTML page; plain text; or
// else the status in words.
func message(status int, body []byte) string {
	body = bytes.TrimPrefix(body, []byte("\xef\xbb\xbf")) // a byte order mark
	var text string
	var value any
	switch {
	case json.Unmarshal(body, &value) == nil:
		if text = jsonText(value); text == "" && value != nil {
			text = string(body)
		}
	case bytes.HasPrefix(bytes.TrimSpace(body), []byte("<")):
		text = htmlText(string(body))
	default:
		text = string(body)
	}
	if text = oneLine(text); strings.ContainsFunc(text, isWord) {
		return text
	}
	if text = http.StatusText(status); text != "" {
		return text
	}
	return "no message"
}

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// jsonText finds the text in an error value. Lists are those of Django Ninja's validation, of objects with loc and msg.
func jsonText(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case []any:
		var texts []string
		for _, item := range v {
			if t := jsonText(item); t != "" {
				texts = append(texts, t)
			}
		}
		return strings.Join(texts, "; ")
	case map[string]any:
		for _, key := range []string{"message", "msg", "detail", "error", "errors", "title"} {
			if t := jsonText(v[key]); t != "" {
				return location(v["loc"]) + t
			}
		}
	}
	return ""
}

// location returns where in the request a validation error is, like "body.payload.items.0: ".
func location(loc any) string {
	parts, _ := loc.([]any)
	var names []string
	for _, p := range parts {
		names = append(names, fmt.Sprint(p))
	}
	if len(names) == 0 {
		return ""
	}
	return strings.Join(names, ".") + ": "
}

var (
	htmlTitle  = regexp.MustCompile(`(?is)<(title|h1)\b[^>]*>(.*?)</(?:title|h1)`)
	htmlHidden = regexp.MustCompile(`(?is)<(script|style|head)\b.*?</(?:script|style|head)>|<!--.*?-->`)
	htmlTag    = regexp.MustCompile(`<[^>]*(>|$)`)
)

func htmlText(page string) string {
	page = page[:min(len(page), maxHTML)]
	if m := htmlTitle.FindStringSubmatch(page); m != nil && strings.TrimSpace(m[2]) != "" {
		page = m[2]
	}
	return html.UnescapeString(htmlTag.ReplaceAllString(htmlHidden.ReplaceAllString(page, " "), " "))
}

// oneLine makes foreign text safe to print: valid UTF-8, no control characters, single spaces, of limited length.
func oneLine(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }), " ")
	if runes := []rune(s); len(runes) > maxMessage {
		return string(runes[:maxMessage-1]) + "…"
	}
	return s
}
