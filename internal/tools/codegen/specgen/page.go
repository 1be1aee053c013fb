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

// readPage reads the OpenAPI document of a file: a JSON or YAML document, or a Markdown page with
// one in a fenced block.
func readPage(path string) (*document, error) {
	src, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	src = bytes.TrimPrefix(src, []byte("\ufeff"))
	extension := strings.ToLower(filepath.Ext(path))
	if extension == ".yaml" || extension == ".yml" {
		return parseDocument(path, src)
	}
	if extension == ".json" || isJSON(src) {
		return parseJSON(path, src)
	}
	return parsePage(path, src)
}

func isJSON(src []byte) bool { return bytes.HasPrefix(bytes.TrimSpace(src), []byte("{")) }

// block is a fenced block of a Markdown page.
type block struct {
	line int

	// src begins with a line feed for each line before the block, so that lines are counted as
	// the page's.
	src []byte
}

// parsePage reads the one fenced block of a Markdown page that is an OpenAPI document. Other
// blocks of JSON, such as examples of responses, may stand beside it.
func parsePage(path string, src []byte) (*document, error) {
	blocks, err := fencedBlocks(src)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	var found []block
	var broken error
	for _, b := range blocks {
		if b.looksLikeDocument() {
			found = append(found, b)
		} else if broken == nil {
			broken = b.brokenJSON(path)
		}
	}
	switch {
	case len(found) == 1 && isJSON(found[0].src):
		return parseJSON(path, found[0].src)
	case len(found) == 1:
		return parseDocument(path, found[0].src)
	case len(found) > 1:
		return nil, fmt.Errorf("%s:%d: a second OpenAPI document, after the one at line %d;"+
			" import one document a page", path, found[1].line, found[0].line)
	case broken != nil:
		return nil, broken
	default:
		return nil, fmt.Errorf("%s:1: the page has no OpenAPI document:"+
			" no fenced block of JSON or YAML with an \"openapi\" key", path)
	}
}

// fencedBlocks returns the blocks of a page whose language may be that of a document.
func fencedBlocks(src []byte) ([]block, error) {
	var blocks []block
	page := goldmark.New().Parser().Parse(text.NewReader(src))
	err := ast.Walk(page, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		fence, ok := n.(*ast.FencedCodeBlock)
		if ok && entering && fence.Lines().Len() > 0 && isDocumentLanguage(string(fence.Language(src))) {
			blocks = append(blocks, newBlock(fence, src))
		}
		return ast.WalkContinue, nil
	})
	return blocks, err
}

func isDocumentLanguage(language string) bool {
	return slices.Contains([]string{"", "json", "jsonc", "json5", "yaml", "yml"}, strings.ToLower(language))
}

func newBlock(fence *ast.FencedCodeBlock, src []byte) block {
	before := bytes.Count(src[:fence.Lines().At(0).Start], []byte("\n"))
	padded := bytes.Repeat([]byte("\n"), before)
	return block{line: before + 1, src: append(padded, fence.Lines().Value(src)...)}
}

// documentKey matches a key that an OpenAPI document has and an example of a response has not.
var documentKey = regexp.MustCompile(`(?m)(^|[{,\s])"?(openapi|swagger|paths)"?[ \t]*:`)

// looksLikeDocument reports whether a block is meant to be an OpenAPI document, even if it does
// not parse: then the reason why it does not is told.
func (b block) looksLikeDocument() bool {
	var top map[string]json.RawMessage
	if isJSON(b.src) && json.Unmarshal(b.src, &top) == nil {
		return top["openapi"] != nil || top["swagger"] != nil || top["paths"] != nil
	}
	return documentKey.Match(b.src)
}

// brokenJSON returns what is wrong with a block of JSON, nil if nothing is or if it is none.
func (b block) brokenJSON(path string) error {
	if !isJSON(b.src) || json.Valid(b.src) {
		return nil
	}
	_, err := parseJSON(path, b.src)
	return err
}

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
