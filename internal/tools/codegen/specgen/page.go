package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// readPage reads the OpenAPI documents of a page, in their order. A page is a file or a URL, and
// holds a JSON or YAML document, or Markdown with documents in fenced blocks.
func readPage(ctx context.Context, f fetcher, name string) ([]*document, error) {
	if !isURL(name) {
		src, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		return pageText{path: name, src: src}.documents(name)
	}
	page, err := f.fetch(ctx, name)
	if err != nil {
		return nil, err
	}
	documents, err := page.documents(name)
	for _, d := range documents {
		d.source = name
	}
	return documents, err
}

// pageText is the content of a page, and what tells its format.
type pageText struct {
	path      string // of the file or of the URL
	mediaType string // such as text/markdown; empty for a file
	src       []byte
}

type pageFormat int

const (
	formatMarkdown pageFormat = iota
	formatJSON
	formatYAML
)

// documents returns the documents of a page. Errors call it by the given name.
func (p pageText) documents(name string) ([]*document, error) {
	p.src = bytes.TrimPrefix(p.src, []byte("\ufeff"))
	var d *document
	var err error
	switch p.format() {
	case formatJSON:
		d, err = parseJSON(name, p.src)
	case formatYAML:
		d, err = parseDocument(name, p.src)
	default:
		return parseMarkdown(name, p.src)
	}
	if err != nil {
		return nil, err
	}
	return []*document{d}, nil
}

// format is what the extension of the path says, or else the media type, or else the content.
// Whatever else is called Markdown may still be bare JSON.
func (p pageText) format() pageFormat {
	switch strings.ToLower(filepath.Ext(p.path)) {
	case ".yaml", ".yml":
		return formatYAML
	case ".json":
		return formatJSON
	case ".md", ".markdown":
		return p.markdownOrJSON()
	}
	switch {
	case strings.HasSuffix(p.mediaType, "yaml"): // application/yaml, text/x-yaml, …+yaml
		return formatYAML
	case strings.HasSuffix(p.mediaType, "json"):
		return formatJSON
	case !strings.HasSuffix(p.mediaType, "markdown") && bareYAML.Match(p.src):
		return formatYAML
	default:
		return p.markdownOrJSON()
	}
}

// bareJSON matches the beginning of an object, but not of a Markdown page with a template's tag,
// such as {% hint %}.
var bareJSON = regexp.MustCompile(`^\s*\{\s*["}]`)

// bareYAML matches a document that begins with its version, perhaps below comments. The front
// matter of a Markdown page may have an "openapi" key as well, but no version in it.
var bareYAML = regexp.MustCompile(`^(?:[ \t]*(?:#.*|---[ \t]*)?\r?\n)*["']?openapi["']?[ \t]*:[ \t]*["']?\d`)

func (p pageText) markdownOrJSON() pageFormat {
	if bareJSON.Match(p.src) {
		return formatJSON
	}
	return formatMarkdown
}
