package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v4"
)

// importPages returns the text of the document in a file with pages merged into it, and what was
// done.
func importPages(file, src string, pages []*document, replace bool) (string, []string, error) {
	text := src
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n" // a block scalar at the end gets it with what is added
	}
	base, err := baseDocument(file, []byte(text), pages[0])
	if err != nil {
		return "", nil, err
	}
	if err := checkVersions(base, pages); err != nil {
		return "", nil, err
	}
	m := merge(base, pages)
	if err := m.settle(base, replace); err != nil {
		return "", nil, err
	}
	report := m.report(base.file)
	parts := m.parts()
	if len(parts) == 0 {
		return src, report, nil
	}
	merged, err := splice(text, base, parts)
	if err != nil {
		return "", nil, err
	}
	renamed, err := checkMerged(merged, base, parts)
	if err != nil {
		return "", nil, err
	}
	if len(renamed) > 0 && !replace {
		return "", nil, fmt.Errorf("existing Go methods would be renamed; nothing was changed;"+
			" --replace accepts it (make spec REPLACE=1 PAGES=...)\n%s", strings.Join(renamed, "\n"))
	}
	return merged, append(renamed, report...), nil
}

// baseDocument returns the document to merge into. Where there is none yet, it is an empty one of
// the first page's version.
func baseDocument(file string, src []byte, page *document) (*document, error) {
	var node yaml.Node
	err := yaml.NewDecoder(bytes.NewReader(src)).Decode(&node)
	if errors.Is(err, io.EOF) || err == nil && node.IsZero() {
		version := *get(page.root, "openapi")
		return &document{file: file, root: newMapping(newScalar("openapi"), &version)}, nil
	}
	return parseDocument(file, src)
}

// checkVersions refuses pages of another version, such as 3.0 where the document is 3.1.
func checkVersions(base *document, pages []*document) error {
	was := get(base.root, "openapi")
	for _, page := range pages {
		is := get(page.root, "openapi")
		if minor(was) != minor(is) {
			return page.errorf(is, "the page is OpenAPI %s, %s is %s (line %d),"+
				" and they mean different things by the same words", is.Value, base.file, was.Value, was.Line)
		}
	}
	return nil
}

// minor returns the 3.1 of 3.1.0.
func minor(version *yaml.Node) string {
	return version.Value[:strings.LastIndexByte(version.Value, '.')]
}

// merger is what pages have beside a document.
type merger struct {
	added     []part
	conflicts []conflict // parts that the document, or a page before, has with other content
	identical int

	// What settle makes of the conflicts.
	replaced []conflict
	kept     []conflict
}

// merge compares the parts of pages with those of a document. The order of keys is no content.
func merge(base *document, pages []*document) *merger {
	m := &merger{}
	known := map[string]part{}
	for _, p := range base.parts() {
		known[p.id()] = p
	}
	for _, page := range pages {
		for _, p := range page.parts() {
			m.mergePart(known, p)
		}
	}
	return m
}

func (m *merger) mergePart(known map[string]part, p part) {
	old, ok := known[p.id()]
	if !ok {
		known[p.id()] = p
		m.added = append(m.added, p)
		return
	}
	diff := compare([]string{p.name()}, old.value, p.value)
	if diff == nil {
		m.identical++
		return
	}
	known[p.id()] = p
	m.conflicts = append(m.conflicts, conflict{old, p, *diff})
}

// settle decides about the conflicts. Its error shows those that nobody may decide, or that only
// replace does.
func (m *merger) settle(base *document, replace bool) error {
	var fatal []string
	for _, c := range m.conflicts {
		switch {
		case c.old.doc != base: // of two pages
			fatal = append(fatal, c.String())
		case replace:
			m.replaced = append(m.replaced, c)
		case c.old.path[0] == "info":
			// A page's title or version does not change what its operations mean.
			m.kept = append(m.kept, c)
		default:
			fatal = append(fatal, c.String())
		}
	}
	if len(fatal) == 0 {
		return nil
	}
	return fmt.Errorf("conflicts: %d; nothing was changed; --replace takes what the pages say"+
		" (make spec REPLACE=1 PAGES=...)\n%s", len(fatal), strings.Join(fatal, "\n"))
}

// parts returns the parts to set in the document.
func (m *merger) parts() []part {
	var parts []part
	parts = append(parts, m.added...)
	for _, c := range m.replaced {
		parts = append(parts, c.new)
	}
	return parts
}

// report says what was done to the document of a file.
func (m *merger) report(file string) []string {
	var report []string
	for _, p := range m.added {
		report = append(report, "+ "+p.String())
	}
	for _, c := range m.replaced {
		report = append(report, "~ "+c.String())
	}
	for _, c := range m.kept {
		report = append(report, "kept: "+c.String())
	}
	return append(report, fmt.Sprintf("%s: %d added, %d replaced, %d identical",
		file, len(m.added), len(m.replaced), m.identical))
}
