package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// importPages merges the documents of pages into the module's, unless that would not generate.
func (p *project) importPages(ctx context.Context, names []string, replace bool) error {
	if len(names) == 0 {
		return errors.New("no page to import; name some: make spec PAGES=\"PAGE.md https://...\"")
	}
	base, err := p.readBase()
	if err != nil {
		return err
	}
	pages, err := p.readPages(ctx, names)
	if err != nil {
		return err
	}
	told, err := base.mergePages(pages, replace)
	if err != nil {
		return err
	}
	if len(base.pages) > 0 {
		unclear, err := p.write(ctx, base)
		if err != nil {
			return err
		}
		told = append(told, unclear...)
	}
	p.tell(append(told, base.missingFrom(pages)...)...)
	return nil
}

// update fetches the pages again that the operations of the document came from, and imports them. In
// a conflict, the page is right: the document was its copy.
func (p *project) update(ctx context.Context) error {
	base, err := p.readBase()
	if err != nil {
		return err
	}
	var sources []string
	for s := range base.sites() {
		source := get(s.node, sourceKey)
		switch {
		case source == nil:
		case !isURL(source.Value):
			return base.errorf(source, "%s is %q; write the URL of a page", sourceKey, source.Value)
		case !slices.Contains(sources, source.Value):
			sources = append(sources, source.Value)
		}
	}
	return p.importPages(ctx, sources, true)
}

// readBase returns the document to merge into, an empty one if there is none yet.
func (p *project) readBase() (*document, error) {
	src, err := os.ReadFile(filepath.Join(p.root, specFile))
	if errors.Is(err, os.ErrNotExist) {
		src = []byte("openapi: 3.1.0\n")
	} else if err != nil {
		return nil, err
	}
	return parseDocument(specFile, src)
}

// mergePages merges pages into a document, and returns what was done, line by line. Merging the same
// pages again changes nothing.
func (d *document) mergePages(pages []*document, replace bool) (told []string, err error) {
	before, err := d.goNames()
	if err != nil {
		return nil, err
	}
	d.modernize()
	for _, page := range pages {
		told = append(told, page.prepare(d.file)...)
	}
	for _, page := range pages[1:] {
		_, err := pages[0].merge(page, false)
		if err != nil {
			return nil, fmt.Errorf("the pages contradict each other; import one of them alone: %w", err)
		}
	}
	report, err := d.merge(pages[0], replace)
	if err != nil {
		return nil, fmt.Errorf("%w\n(to take what the pages say: make spec REPLACE=1 PAGES=...)", err)
	}
	renamed, err := d.keepNames(before, replace)
	return slices.Concat(renamed, told, report), err
}

// missingFrom tells which operations are no longer on the pages that they came from. Only a person
// can know whether they are gone or have moved.
func (d *document) missingFrom(pages []*document) []string {
	there := map[string]bool{}
	for _, page := range pages {
		there[page.source] = true
		for s := range page.sites() {
			there[page.source+" "+s.request()] = true
		}
	}
	var missing []string
	for s := range d.sites() {
		source := get(s.node, sourceKey)
		if source != nil && there[source.Value] && !there[source.Value+" "+s.request()] {
			missing = append(missing, fmt.Sprintf("%s is no longer on %s; it stays until you remove it",
				s.request(), source.Value))
		}
	}
	return missing
}

// prepare makes a page fit to be merged into a file, and tells what is dropped from it.
func (d *document) prepare(file string) (told []string) {
	tidy(d.root, "")
	d.modernize()
	for _, key := range dropExtensions(d.root) {
		told = append(told, fmt.Sprintf("%s:%d: %s is dropped; only %s itself can have it",
			d.file, key.Line, key.Value, file))
	}
	for s := range d.sites() {
		if d.source != "" {
			put(s.node, newScalar(sourceKey), newScalar(d.source))
		}
	}
	return told
}

// write writes the document's file, unless it would not generate. It returns what is not clear.
func (p *project) write(ctx context.Context, d *document) (told []string, err error) {
	text, err := d.text()
	if err != nil {
		return nil, err
	}
	written, err := parseDocument(d.file, text)
	if err != nil || !same(d.root, written.root) {
		return nil, fmt.Errorf("%s would not be read again as it is merged: %w", d.file, err)
	}
	out, err := p.generate(ctx, d, text)
	if err != nil {
		return nil, err
	}
	for _, op := range out.ops {
		if op.unclear != "" {
			told = append(told, op.request()+": "+op.unclear)
		}
	}
	return told, os.WriteFile(filepath.Join(p.root, specFile), text, 0o644)
}
