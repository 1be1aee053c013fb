package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"
)

// parseMarkdown reads the fenced blocks of a Markdown page that are OpenAPI documents, at least
// one. Other blocks, such as commands and examples of responses, may stand beside them.
func parseMarkdown(file string, src []byte) ([]*document, error) {
	blocks, err := fencedBlocks(src)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	var documents []*document
	for _, b := range blocks {
		if !b.isDocument() {
			continue
		}
		d, err := b.parse(file)
		if err != nil {
			return nil, err
		}
		documents = append(documents, d)
	}
	if len(documents) == 0 {
		return nil, noDocument(file, blocks)
	}
	return documents, nil
}

// noDocument says what a page has instead of an OpenAPI document.
func noDocument(file string, blocks []block) error {
	for _, b := range blocks {
		if slices.Contains(b.keys(), "paths") && b.brokenJSON(file) == nil {
			return fmt.Errorf("%s:%d: not an OpenAPI document: it has no \"openapi\" key, though it has"+
				" \"paths\"; write openapi: 3.1.0", file, b.line)
		}
	}
	for _, b := range blocks {
		if err := b.brokenJSON(file); err != nil {
			return err
		}
	}
	return fmt.Errorf("%s:1: the page has no OpenAPI document:"+
		" no fenced block of JSON or YAML with an \"openapi\" key", file)
}

// fencedBlocks returns the blocks of a page whose language may be that of a document.
func fencedBlocks(src []byte) ([]block, error) {
	var blocks []block
	page := goldmark.New().Parser().Parse(text.NewReader(src))
	err := ast.Walk(page, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		fence, ok := n.(*ast.FencedCodeBlock)
		if !ok || !entering || fence.Lines().Len() == 0 {
			return ast.WalkContinue, nil
		}
		b := newBlock(fence, src)
		if slices.Contains(documentLanguages, b.language) {
			blocks = append(blocks, b)
		}
		return ast.WalkContinue, nil
	})
	return blocks, err
}

var documentLanguages = []string{"", "json", "jsonc", "json5", "yaml", "yml", "openapi"}

func newBlock(fence *ast.FencedCodeBlock, src []byte) block {
	before := bytes.Count(src[:fence.Lines().At(0).Start], []byte("\n"))
	padded := bytes.Repeat([]byte("\n"), before)
	return block{
		language: fenceLanguage(fence, src),
		line:     before + 1,
		src:      append(padded, fence.Lines().Value(src)...),
	}
}

// fenceLanguage returns the language in a fence's info string, such as json in json title="Answer"
// and in JSON{1,3}.
func fenceLanguage(fence *ast.FencedCodeBlock, src []byte) string {
	if fence.Info == nil {
		return ""
	}
	language := strings.ToLower(string(fence.Info.Segment.Value(src)))
	if end := strings.IndexAny(language, " \t{,:"); end >= 0 {
		language = language[:end]
	}
	if strings.Contains(language, "=") {
		return "" // an attribute alone
	}
	return language
}
