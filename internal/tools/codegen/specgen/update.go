package main

import (
	"context"
	"fmt"
	"slices"
)

// update fetches the pages again that the operations of the document came from, and merges them. In
// a conflict, the page is right: the document was its copy.
func (p *project) update(ctx context.Context) error {
	spec, err := p.readBase()
	if err != nil {
		return err
	}
	sources, err := spec.sources()
	if err != nil {
		return err
	}
	if len(sources) == 0 {
		return fmt.Errorf("%s: no operation has an %s; import pages by their URLs first:"+
			" make spec PAGES=\"https://...\"", specFile, sourceKey)
	}
	pages, err := p.readPages(ctx, sources)
	if err != nil {
		return fmt.Errorf("%w\n(to follow a page no longer, remove its %s from %s)",
			err, sourceKey, specFile)
	}
	missing := spec.missingFrom(pages)
	if err := p.merge(ctx, spec, pages, true); err != nil {
		return err
	}
	p.tell(missing)
	return nil
}

// sources returns the URLs that operations came from, each once, in the order of the document.
func (d *document) sources() ([]string, error) {
	var sources []string
	for s := range d.sites() {
		source := get(s.node, sourceKey)
		if source == nil {
			continue
		}
		if !isURL(source.Value) {
			return nil, d.errorf(source, "%s is %q; write the URL of a page", sourceKey, source.Value)
		}
		sources = append(sources, source.Value)
	}
	return withoutRepeats(sources), nil
}

// missingFrom tells which operations are no longer on their pages. Only a person can know whether
// they are gone or have moved.
func (d *document) missingFrom(pages []*document) []string {
	var missing []string
	for s := range d.sites() {
		source := get(s.node, sourceKey)
		if source == nil {
			continue
		}
		isThere := func(page *document) bool {
			item := get(get(page.root, "paths"), s.path.Value)
			return page.source == source.Value && get(item, s.method.Value) != nil
		}
		if !slices.ContainsFunc(pages, isThere) {
			missing = append(missing, fmt.Sprintf("%s is no longer on %s; it stays until you remove it",
				s.request(), source.Value))
		}
	}
	return missing
}
