package main

import (
	"bytes"
	"context"
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

// readPages reads the OpenAPI documents of pages, in their order. A page is a file or a URL, and
// holds a JSON or YAML document, or Markdown with documents in fenced blocks.
func (p *project) readPages(ctx context.Context, names []string) ([]*document, error) {
	var pages []*document
	for _, name := range names {
		src, err := p.readPage(ctx, name)
		if err != nil {
			return nil, err
		}
		documents, err := readDocuments(name, src)
		if err != nil {
			return nil, err
		}
		pages = append(pages, documents...)
	}
	return pages, nil
}

func (p *project) readPage(ctx context.Context, name string) ([]byte, error) {
	if isURL(name) {
		return fetch(ctx, p.client, name)
	}
	if !filepath.IsAbs(name) {
		name = filepath.Join(p.root, name)
	}
	return os.ReadFile(name)
}

// readDocuments returns the documents of a page.
func readDocuments(name string, src []byte) ([]*document, error) {
	src = bytes.TrimPrefix(src, []byte("\ufeff"))
	blocks := [][]byte{src}
	if !bareName.MatchString(name) && !bareStart.Match(src) {
		blocks = documentBlocks(src)
	}
	if len(blocks) == 0 {
		return nil, fmt.Errorf("%s:1: the page has no OpenAPI document:"+
			" no fenced block of JSON or YAML with an \"openapi\" key", name)
	}
	var documents []*document
	for _, block := range blocks {
		d, err := parseDocument(name, block)
		if err != nil {
			return nil, err
		}
		if isURL(name) { // without what may be a token, since the document is committed
			d.source = name[:strings.IndexAny(name+"?", "?#")]
		}
		documents = append(documents, d)
	}
	return documents, nil
}

var (
	bareName = regexp.MustCompile(`(?i)\.(?:json|ya?ml)(?:[?#].*)?$`)

	// bareStart matches the beginning of a document, but not of a Markdown page with a template's
	// tag, such as {% hint %}, or with front matter, which may have an "openapi" key but no version.
	bareStart = regexp.MustCompile(`^(?:[ \t]*(?:#.*|---[ \t]*)?\r?\n)*` +
		`(?:\s*\{\s*["}]|["']?openapi["']?[ \t]*:[ \t]*["']?\d)`)
)

// documentBlocks returns the fenced blocks of a Markdown page that are meant to be documents. Each
// begins with a line feed for each line before it, so that lines are counted as the page's.
func documentBlocks(src []byte) [][]byte {
	var blocks [][]byte
	page := goldmark.New().Parser().Parse(text.NewReader(src))
	_ = ast.Walk(page, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		fence, ok := n.(*ast.FencedCodeBlock)
		if !ok || !entering || fence.Lines().Len() == 0 {
			return ast.WalkContinue, nil
		}
		content := fence.Lines().Value(src)
		if isDocument(fence.Language(src), content) {
			before := bytes.Count(src[:fence.Lines().At(0).Start], []byte("\n"))
			blocks = append(blocks, slices.Concat(bytes.Repeat([]byte("\n"), before), content))
		}
		return ast.WalkContinue, nil
	})
	return blocks
}

var (
	documentLanguage = regexp.MustCompile(`(?i)^(?:\W*(?:json[c5]?|ya?ml|openapi)\b.*)?$`)
	versionKey       = regexp.MustCompile(`(?m)(?:^|[{,])\s*["']?(?:openapi|swagger)["']?\s*:`)
)

// isDocument reports whether a block is meant to be an OpenAPI document, even if it does not
// parse: then the error says why.
func isDocument(language, src []byte) bool {
	if !documentLanguage.Match(language) {
		return false
	}
	root, err := parseYAML("", src)
	if err != nil {
		return versionKey.Match(src)
	}
	return get(root, "openapi") != nil || get(root, "swagger") != nil
}
