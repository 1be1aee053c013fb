package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// imported is a document with pages merged into it.
type imported struct {
	text     string
	document *document
	report   []string // what was done, line by line
}

// importPages merges pages into the document in a file. Merging the same pages again changes
// nothing.
func importPages(file, src string, pages []*document, replace bool) (*imported, error) {
	text := src
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n" // a block scalar at the end gets it with what is added
	}
	base, err := baseDocument(file, []byte(text))
	if err != nil {
		return nil, err
	}
	pages, err = readAs(base, pages)
	if err != nil {
		return nil, err
	}
	m := newMerger(base)
	if err := m.merge(pages); err != nil {
		return nil, err
	}
	if err := m.settle(replace); err != nil {
		return nil, err
	}
	changed := m.parts()
	report := m.report(changed)
	if len(changed) == 0 {
		return &imported{text: src, document: base, report: report}, nil
	}
	parts, err := pinNames(base, changed)
	if err != nil {
		return nil, err
	}
	out := &imported{document: base.with(parts)}
	renamed, err := renamedBy(base, out.document, replace)
	if err != nil {
		return nil, err
	}
	out.report = slices.Concat(renamed, report)
	out.text, err = splice(text, base, parts)
	if err != nil {
		return nil, err
	}
	return out, checkMerged(out.text, base, parts)
}

// baseDocument returns the document to merge into. Where there is none yet, it is an empty one.
func baseDocument(file string, src []byte) (*document, error) {
	var node yaml.Node
	err := yaml.NewDecoder(bytes.NewReader(src)).Decode(&node)
	if errors.Is(err, io.EOF) || err == nil && node.IsZero() {
		return &document{file: file, root: newMapping(newScalar("openapi"), newScalar("3.1.0"))}, nil
	}
	return parseDocument(file, src)
}

// merger is what pages have beside a document.
type merger struct {
	base  *document
	own   map[string]part // the base's parts, by id
	known map[string]part // likewise, and in their place those of pages so far
	order []string        // the ids of parts that pages set, in their order

	conflicts []conflict // parts that the document, or a page before, has with another meaning
	reworded  []conflict // parts that have another text alone
	identical int

	// What settle makes of the conflicts.
	replaced []conflict
	kept     []conflict
}

func newMerger(base *document) *merger {
	m := &merger{base: base, own: map[string]part{}}
	for _, p := range base.parts() {
		m.own[p.id()] = p
	}
	m.known = maps.Clone(m.own)
	return m
}

// merge compares the parts of pages with those of the document. The order of keys is no content.
func (m *merger) merge(pages []*document) error {
	for _, page := range pages {
		for _, p := range page.parts() {
			if err := m.mergePart(p); err != nil {
				return err
			}
		}
	}
	return nil
}

func (m *merger) mergePart(p part) error {
	old, isKnown := m.known[p.id()]
	p = p.annotate(old)
	if !isKnown {
		m.set(p)
		return nil
	}
	diff := compare([]string{p.name()}, old.value, p.value)
	if diff == nil {
		m.identical++
		if old.doc == m.base {
			m.known[p.id()] = p // a page after this one must not contradict it
		}
		return nil
	}
	if p.path[0] == "info" {
		m.mergeInfo(conflict{old, p, *diff})
		return nil
	}
	was, err := old.meaning()
	if err != nil {
		return err
	}
	is, err := p.meaning()
	if err != nil {
		return err
	}
	inMeaning := compare([]string{p.name()}, was, is)
	if inMeaning == nil {
		m.reworded = append(m.reworded, conflict{old, p, *diff})
	} else {
		m.conflicts = append(m.conflicts, conflict{old, p, *inMeaning})
	}
	m.set(p)
	return nil
}

// mergeInfo notes what the first page says of title and version. Others say no better.
func (m *merger) mergeInfo(c conflict) {
	if c.old.doc == m.base {
		m.conflicts = append(m.conflicts, c)
		m.set(c.new)
	}
}

func (m *merger) set(p part) {
	m.known[p.id()] = p
	m.order = append(m.order, p.id())
}

// settle decides about the conflicts. Its error shows those that nobody may decide, or that only
// replace does.
func (m *merger) settle(replace bool) error {
	var fatal, ofPages []string
	for _, c := range m.conflicts {
		switch {
		case c.old.doc != m.base:
			ofPages = append(ofPages, c.String())
		case replace:
			m.replaced = append(m.replaced, c)
		case c.old.path[0] == "info":
			// A page's title or version does not change what its operations mean.
			m.kept = append(m.kept, c)
			m.known[c.old.id()] = c.old
		default:
			fatal = append(fatal, c.String())
		}
	}
	if len(ofPages) > 0 {
		return fmt.Errorf("the pages contradict each other: conflicts: %d; nothing was changed;"+
			" import one of them alone\n%s", len(ofPages), strings.Join(ofPages, "\n"))
	}
	if len(fatal) == 0 {
		return nil
	}
	return fmt.Errorf("conflicts: %d; nothing was changed; -replace takes what the pages say"+
		" (make spec REPLACE=1 PAGES=...)\n%s", len(fatal), strings.Join(fatal, "\n"))
}

// parts returns the parts to set in the document: those of the pages that differ from its own.
func (m *merger) parts() []part {
	var parts []part
	for _, id := range withoutRepeats(m.order) {
		own, isOwn := m.own[id]
		if !isOwn || compare(nil, own.value, m.known[id].value) != nil {
			parts = append(parts, m.known[id])
		}
	}
	return parts
}

// report says what was done. A text that a page changed and a later one changed back is none.
func (m *merger) report(changed []part) []string {
	var report []string
	set := map[string]bool{}
	added := 0
	for _, p := range changed {
		set[p.id()] = true
		if _, isOwn := m.own[p.id()]; !isOwn {
			added++
			report = append(report, "+ "+p.String())
		}
	}
	for _, c := range m.replaced {
		report = append(report, "~ "+c.String())
	}
	reworded := 0
	for _, c := range m.reworded {
		if set[c.new.id()] {
			reworded++
			report = append(report, "text of the page taken: "+c.place())
		}
	}
	for _, c := range m.kept {
		report = append(report, "kept: "+c.String())
	}
	return append(report, fmt.Sprintf("%s: %d added, %d replaced, %d reworded, %d identical",
		m.base.file, added, len(m.replaced), reworded, m.identical))
}
