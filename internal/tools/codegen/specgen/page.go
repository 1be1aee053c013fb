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
		page, err := p.readPage(ctx, name)
		if err != nil {
			return nil, err
		}
		documents, err := page.documents(name)
		if err != nil {
			return nil, err
		}
		for _, d := range documents {
			d.source = name
		}
		pages = append(pages, documents...)
	}
	return pages, nil
}

func (p *project) readPage(ctx context.Context, name string) (pageText, error) {
	if isURL(name) {
		return p.fetcher.fetch(ctx, name)
	}
	file := name
	if !filepath.IsAbs(name) {
		file = filepath.Join(p.root, name)
	}
	src, err := os.ReadFile(file)
	return pageText{path: name, src: src}, err
}

// pageText is the content of a page, and what tells its format.
type pageText struct {
	path      string // of the file or of the URL
	mediaType string // such as text/markdown; empty for a file
	src       []byte
}

// documents returns the documents of a page. Errors call it by the given name.
func (p pageText) documents(name string) ([]*document, error) {
	p.src = bytes.TrimPrefix(p.src, []byte("\ufeff"))
	blocks := [][]byte{p.src}
	if p.isMarkdown() {
		blocks = documentBlocks(p.src)
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
		documents = append(documents, d)
	}
	return documents, nil
}

// bare matches the beginning of a document, but not of a Markdown page with a template's tag, such
// as {% hint %}, or with front matter, which may have an "openapi" key but no version in it.
var bare = regexp.MustCompile(`^(?:[ \t]*(?:#.*|---[ \t]*)?\r?\n)*` +
	`(?:\s*\{\s*["}]|["']?openapi["']?[ \t]*:[ \t]*["']?\d)`)

// isMarkdown is what the extension of the path says, or else the media type, or else the content.
// Whatever is called Markdown may still be a bare document.
func (p pageText) isMarkdown() bool {
	extension := strings.ToLower(filepath.Ext(p.path))
	if slices.Contains([]string{".yaml", ".yml", ".json"}, extension) || bare.Match(p.src) {
		return false
	}
	isText := slices.Contains([]string{".md", ".markdown"}, extension)
	return isText || !strings.HasSuffix(p.mediaType, "yaml") && !strings.HasSuffix(p.mediaType, "json")
}

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
		if isDocument(fenceLanguage(fence, src), content) {
			before := bytes.Count(src[:fence.Lines().At(0).Start], []byte("\n"))
			blocks = append(blocks, slices.Concat(bytes.Repeat([]byte("\n"), before), content))
		}
		return ast.WalkContinue, nil
	})
	return blocks
}

var languageName = regexp.MustCompile(`^(\w*)(?:[\s{,:]|$)`)

// fenceLanguage returns the language in a fence's info string, such as json in json title="Answer"
// and in JSON{1,3}.
func fenceLanguage(fence *ast.FencedCodeBlock, src []byte) string {
	if fence.Info == nil {
		return ""
	}
	found := languageName.FindSubmatch(fence.Info.Segment.Value(src))
	if found == nil {
		return "" // an attribute only
	}
	return strings.ToLower(string(found[1]))
}

var (
	documentLanguages = []string{"", "json", "jsonc", "json5", "yaml", "yml"}

	// dataStart matches what may be broken JSON or YAML, rather than a command or the like.
	dataStart = regexp.MustCompile(`^(?:\s*(?:#.*|//.*|---.*)?\n)*` +
		`\s*(?:\{|["']?[\w.$-]+["']?[ \t]*:|openapi)`)
	versionKey = regexp.MustCompile(`(?m)(?:^|[{,])\s*["']?(?:openapi|swagger)["']?\s*:`)
)

// isDocument reports whether a block is meant to be an OpenAPI document, even if it does not
// parse: then the error says why.
func isDocument(language string, src []byte) bool {
	if language == "openapi" {
		return true
	}
	if !slices.Contains(documentLanguages, language) || !dataStart.Match(src) {
		return false
	}
	root, err := parseYAML("", src)
	if err != nil {
		return versionKey.Match(src)
	}
	return get(root, "openapi") != nil || get(root, "swagger") != nil
}
