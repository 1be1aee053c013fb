package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// importPages merges the documents of pages into the module's.
func (p *project) importPages(ctx context.Context, names []string, replace bool) error {
	if len(names) == 0 {
		return errors.New("name the pages to import: make spec PAGES=\"PAGE.md ...\"")
	}
	base, err := p.readBase()
	if err != nil {
		return err
	}
	pages, err := p.readPages(ctx, names)
	if err != nil {
		return err
	}
	for _, page := range pages {
		// A token may be in the query, and the document is committed.
		page.source, _, _ = strings.Cut(page.source, "#")
		page.source, _, _ = strings.Cut(page.source, "?")
	}
	return p.merge(ctx, base, pages, replace)
}

// readBase returns the document to merge into, an empty one if there is none yet.
func (p *project) readBase() (*document, error) {
	src, err := os.ReadFile(filepath.Join(p.root, specFile))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	var node yaml.Node
	err = yaml.Unmarshal(src, &node)
	if len(src) == 0 || err == nil && node.IsZero() {
		src = append(src, "openapi: 3.1.0\n"...)
	}
	return parseDocument(specFile, src)
}

// merge writes the document with pages merged into it, unless it would not generate.
func (p *project) merge(ctx context.Context, base *document, pages []*document, replace bool) error {
	told, err := preparePages(base, pages)
	if err != nil {
		return err
	}
	before, err := base.goNames()
	if err != nil {
		return err
	}
	report, err := mergePages(base, pages, replace)
	if err != nil {
		return err
	}
	told = append(told, report...)
	if len(base.pages) > 0 {
		renamed, err := base.keepNames(before, replace)
		if err != nil {
			return err
		}
		unclear, err := p.write(ctx, base)
		if err != nil {
			return err
		}
		told = slices.Concat(renamed, told, unclear)
	}
	p.tell(told)
	return nil
}

// preparePages makes pages fit to be merged into a document, and tells what is dropped from them.
func preparePages(base *document, pages []*document) (told []string, err error) {
	want := get(base.root, "openapi")
	for _, page := range pages {
		version := get(page.root, "openapi")
		page.root = tidy(page.root, "")
		for _, key := range dropExtensions(page.root, "") {
			told = append(told, fmt.Sprintf("%s:%d: %s is dropped; only %s itself can have it",
				page.file, key.Line, key.Value, base.file))
		}
		switch {
		case minor(version) == minor(want):
		case minor(version) == "3.0" && minor(want) == "3.1":
			page.root = modernize(page.root, "")
		default:
			return nil, page.errorf(version, "the page is OpenAPI %s, %s is %s (line %d), and they mean"+
				" different things by the same words", version.Value, base.file, want.Value, want.Line)
		}
	}
	return told, nil
}

// write writes the document's file, unless it would not generate. It returns what is not clear.
func (p *project) write(ctx context.Context, d *document) (told []string, err error) {
	text, err := d.text()
	if err != nil {
		return nil, err
	}
	written, err := parseDocument(d.file, []byte(text))
	if err != nil || compare(nil, d.root, written.root) != nil {
		return nil, fmt.Errorf("%s would not be read again as it is merged: %w", d.file, err)
	}
	out, err := p.generate(ctx, d, []byte(text))
	if err != nil {
		return nil, err
	}
	told = d.tellKeys()
	for _, op := range out.ops {
		if op.unclear != "" {
			told = append(told, op.request()+": "+op.unclear)
		}
	}
	return told, os.WriteFile(filepath.Join(p.root, specFile), []byte(text), 0o644)
}
