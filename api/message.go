package api

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxMessage is how many characters of a message are kept.
const maxMessage = 240

// messageOf returns the best text for a person in the body of an error response: the message,
// detail or error of a JSON object, in any of the shapes that the API and the proxies in front of
// it use; the title of an HTML page; plain text; or else the status code in words.
func messageOf(status int, header http.Header, body []byte) string {
	words := cmp.Or(http.StatusText(status), "no message")
	if location := header.Get("Location"); status/100 == 3 && location != "" {
		end := strings.IndexAny(location+"?", "?#") // no log should have its query
		return "redirect not followed: " + location[:end]
	}
	content := trimmed(body)
	text := saidIn(content)
	if text == "" && !isPage(content) {
		text = content
	}
	saysNothing := text == "null" || !strings.ContainsFunc(text, isWord)
	if saysNothing || !utf8.Valid(body) && bytes.ContainsFunc(body, isBinary) {
		return words
	}
	return text
}

func isWord(r rune) bool   { return unicode.IsLetter(r) || unicode.IsDigit(r) }
func isBinary(r rune) bool { return unicode.IsControl(r) && !unicode.IsSpace(r) }

func isPage(body string) bool { return strings.HasPrefix(body, "<") }

// trimmed returns a body without white space and a byte order mark around it.
func trimmed(body []byte) string {
	return strings.TrimSpace(strings.TrimPrefix(string(body), "\ufeff"))
}

// saidIn returns what a page or JSON says to a person, empty for anything else.
func saidIn(body string) string {
	if isPage(body) {
		return htmlTitle(body)
	}
	var value any
	_ = json.Unmarshal([]byte(body), &value) // of what is not JSON, nothing
	return jsonText(value)
}

var (
	// pageTitle matches the beginning of every page, up to the end of its title if it has one.
	pageTitle = regexp.MustCompile(`(?is)^(?:.*?<title\b[^>]*>(.*?)(?:</title|$))?`)
	htmlTag   = regexp.MustCompile(`<[^>]*(>|$)`)
)

// htmlTitle returns the title of a page, which is looked for only at its beginning.
func htmlTitle(page string) string {
	title := pageTitle.FindStringSubmatch(page[:min(len(page), 8<<10)])
	return htmlTag.ReplaceAllString(html.UnescapeString(title[1]), " ")
}

// jsonText returns the text in an error value. Lists are those of Django Ninja's validation, of
// objects with loc and msg.
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
		text := cmp.Or(jsonText(v["message"]), jsonText(v["msg"]), jsonText(v["detail"]),
			jsonText(v["error"]), jsonText(v["errors"]), jsonText(v["title"]))
		if text != "" && v["loc"] != nil {
			return fmt.Sprint(v["loc"], ": ", text)
		}
		return text
	}
	return strings.Join(texts, "; ")
}

// oneLine makes foreign text safe to print in a log: valid UTF-8, no control characters, single
// spaces, no more than maxMessage characters.
func oneLine(text string) string {
	words := strings.FieldsFunc(strings.ToValidUTF8(text, "\uFFFD"), func(r rune) bool {
		return unicode.IsSpace(r) || !unicode.IsPrint(r)
	})
	return fmt.Sprintf("%.*s", maxMessage, strings.Join(words, " "))
}
