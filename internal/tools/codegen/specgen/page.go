package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"
)

// readPage reads the OpenAPI document of a file: a JSON or YAML document, or a Markdown page with one in a fenced block.
func readPage(path string) (*document, error) {
	src, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	src = bytes.TrimPrefix(src, []byte("\ufeff"))
	isJSON := bytes.HasPrefix(bytes.TrimSpace(src), []byte("{"))
	switch ext := strings.ToLower(filepath.Ext(path)); {
	case ext == ".yaml" || ext == ".yml":
		return parseDocument(path, src)
	case ext == ".json" || isJSON:
		return parseJSON(path, src)
	default:
		return parsePage(path, src)
	}
}

// parsePage finds the one fenced block of a Markdown page that is an OpenAPI document. Other blocks of JSON, such as
// examples of answers, may stand beside it.
func parsePage(path string, src []byte) (*document, error) {
	type block struct {
		line   int
		src    []byte // after as many line feeds as there are lines before it, so that lines are counted as the page's
		isJSON bool
	}
	var found []block
	var broken error
	err := ast.Walk(goldmark.New().Parser().Parse(text.NewReader(src)), func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		fence, ok := n.(*ast.FencedCodeBlock)
		if !ok || !entering || fence.Lines().Len() == 0 {
			return ast.WalkContinue, nil
		}
		language := strings.ToLower(string(fence.Language(src)))
		if !slices.Contains([]string{"", "json", "jsonc", "json5", "yaml", "yml"}, language) {
			return ast.WalkContinue, nil
		}
		line := 1 + bytes.Count(src[:fence.Lines().At(0).Start], []byte("\n"))
		b := block{line: line, src: append(bytes.Repeat([]byte("\n"), line-1), fence.Lines().Value(src)...)}
		b.isJSON = bytes.HasPrefix(bytes.TrimSpace(b.src), []byte("{"))
		// A block that does not parse is a document if it looks like one, and then the reason why it does not is told.
		var top map[string]json.RawMessage
		if b.isJSON && json.Unmarshal(b.src, &top) == nil {
			if top["openapi"] == nil && top["swagger"] == nil && top["paths"] == nil {
				return ast.WalkContinue, nil
			}
		} else if !documentKey.Match(b.src) {
			if b.isJSON && broken == nil {
				_, broken = parseJSON(path, b.src)
			}
			return ast.WalkContinue, nil
		}
		found = append(found, b)
		return ast.WalkContinue, nil
	})
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: %w", path, err)
	case len(found) == 0 && broken != nil:
		return nil, broken
	case len(found) == 0:
		return nil, fmt.Errorf("%s:1: the page has no OpenAPI document: no fenced block of JSON or YAML with an \"openapi\" key", path)
	case len(found) > 1:
		return nil, fmt.Errorf("%s:%d: a second OpenAPI document, after the one at line %d; import one document a page", path, found[1].line, found[0].line)
	case found[0].isJSON:
		return parseJSON(path, found[0].src)
	}
	return parseDocument(path, found[0].src)
}

// documentKey matches a key that an OpenAPI document has and an example of an answer has not.
var documentKey = regexp.MustCompile(`(?m)(^|[{,\s])"?(openapi|swagger|paths)"?[ \t]*:`)

// parseJSON is parseDocument for JSON: what YAML is more generous about is an error.
func parseJSON(file string, src []byte) (*document, error) {
	var value any
	if err := json.Unmarshal(src, &value); err != nil {
		at := len(bytes.TrimRight(src, " \t\r\n"))
		if syntax := (*json.SyntaxError)(nil); errors.As(err, &syntax) {
			at = min(int(syntax.Offset), at)
		}
		return nil, fmt.Errorf("%s:%d: broken JSON: %w", file, 1+bytes.Count(src[:at], []byte("\n")), err)
	}
	return parseDocument(file, escapedPair.ReplaceAllFunc(src, func(pair []byte) []byte {
		if pair[1] != 'u' {
			return pair // an escaped character, such as a backslash that stands before a u
		}
		var s string
		if err := json.Unmarshal([]byte(`"`+string(pair)+`"`), &s); err != nil {
			return pair
		}
		return []byte(s)
	}))
}

// escapedPair matches JSON's form of a character beyond U+FFFF, two escapes, which YAML does not know.
var escapedPair = regexp.MustCompile(`\\[^u]|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}`)
