package main

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// part is the smallest piece of a document that is merged as a whole: an operation, a component,
// a tag, or a top-level key of another kind.
type part struct {
	path  []string     // where it stands, such as components, schemas, RequestStatus
	keys  []*yaml.Node // the keys or names of that
	value *yaml.Node
	doc   *document
}

// isOperation reports whether the part is an operation of a path.
func (p part) isOperation() bool { return p.path[0] == "paths" && methods[p.path[len(p.path)-1]] }

// String names the part for a person, and tells it from others of a document.
func (p part) String() string {
	if p.isOperation() {
		return strings.ToUpper(p.path[2]) + " " + p.path[1]
	}
	return strings.Join(p.path, " ")
}

// sections are the top-level keys whose entries are merged one by one, with the depth at which
// they stand.
var sections = map[string]int{"components": 2, "paths": 2, "webhooks": 2, "tags": 1}

// parts returns the parts of a document in its order. The version of OpenAPI is not among them:
// it must agree.
func (d *document) parts() []part {
	var parts []part
	for key, value := range pairs(d.root) {
		if key.Value != "openapi" {
			parts = append(parts, part{doc: d}.partsBelow(key, value, sections[key.Value])...)
		}
	}
	return parts
}

// partsBelow returns the parts at a depth below an entry of one.
func (p part) partsBelow(key, value *yaml.Node, depth int) []part {
	p.path = append(slices.Clone(p.path), key.Value)
	p.keys = append(slices.Clone(p.keys), key)
	p.value = value
	if depth == 0 {
		return []part{p}
	}
	var parts []part
	for k, v := range entries(value) {
		parts = append(parts, p.partsBelow(k, v, depth-1)...)
	}
	return parts
}

// meaning returns a part's value without what only tells a reader something. The rate limit that a
// description states is not lost with it.
func (p part) meaning() *yaml.Node {
	name := p.path[len(p.path)-1]
	switch {
	case p.path[0] == "info":
		return p.value
	case prose[name] || p.path[0] == "components" && p.path[1] == "examples":
		return newScalar("")
	case !p.isOperation():
		return strip(p.value, name)
	}
	limit, _, err := p.doc.rateLimit(p.value)
	if err != nil || limit == 0 {
		return strip(p.value, name)
	}
	stated := newScalar(limitText(limit))
	stated.Line = p.value.Line
	stated.Column = p.value.Column
	if description := get(p.value, "description"); description != nil {
		stated.Line = description.Line
		stated.Column = description.Column
	}
	return withEntry(without(strip(p.value, name), limitKey), newScalar("rate limit"), stated)
}

// sourceKey is the extension that notes the URL of the page that an operation came from.
const sourceKey = "x-source"

// annotations are the extensions of an operation that are not upstream's. The import writes them, or
// a person does, and they stay where a page has none.
var annotations = []string{sourceKey, "x-idempotent", limitKey, nameKey}

// inPlaceOf returns the part of a page with its URL, and with what the part that it takes the place
// of has and the page has not: annotations and text.
func (p part) inPlaceOf(old part) part {
	if p.isOperation() && isURL(p.doc.source) {
		p.value = withEntry(p.value, newScalar(sourceKey), newScalar(p.doc.source))
	}
	if old.value == nil {
		return p
	}
	for key, value := range pairs(old.value) {
		if p.isOperation() && slices.Contains(annotations, key.Value) && get(p.value, key.Value) == nil {
			p.value = withEntry(p.value, key, value)
		}
	}
	keepText(old.value, p.value, p.path[len(p.path)-1])
	return p
}

// merger merges pages into a document.
type merger struct {
	base  *document
	own   map[string]part // the document's parts, by name
	known map[string]part // likewise, and in their place those of pages so far
	order []string        // the names of the parts that pages have

	contradictions []string // of one page and another
	conflicts      []string // of the document and a page
	set            []part
	report         []string // what is to be done, line by line
}

// mergePages merges pages into a document, and returns what was done, line by line. Merging the
// same pages again changes nothing. Nothing is changed where the error is not nil.
func mergePages(base *document, pages []*document, replace bool) ([]string, error) {
	m := merger{base: base, own: map[string]part{}, known: map[string]part{}}
	for _, p := range base.parts() {
		m.own[p.String()] = p
		m.known[p.String()] = p
	}
	for _, page := range pages {
		for _, p := range page.parts() {
			m.add(p)
		}
	}
	if len(m.contradictions) > 0 {
		return nil, fmt.Errorf("the pages contradict each other: conflicts: %d; nothing was changed;"+
			" import one of them alone\n%s", len(m.contradictions), strings.Join(m.contradictions, "\n"))
	}
	m.settle(replace)
	if len(m.conflicts) > 0 {
		return nil, fmt.Errorf("conflicts: %d; nothing was changed; -replace takes what the pages say"+
			" (make spec REPLACE=1 PAGES=...)\n%s", len(m.conflicts), strings.Join(m.conflicts, "\n"))
	}
	for _, p := range m.set {
		base.set(p)
	}
	return m.report, nil
}

// add notes a part of a page.
func (m *merger) add(p part) {
	name := p.String()
	old := m.known[name]
	p = p.inPlaceOf(old)
	if old.doc != nil && old.doc != m.base {
		if name == "info" || compare(nil, old.value, p.value) == nil {
			return // that of the first page will do
		}
		if diff := compare(nil, old.meaning(), p.meaning()); diff != nil {
			m.contradictions = append(m.contradictions, conflict{old, p, diff}.String())
		}
	}
	if !slices.Contains(m.order, name) {
		m.order = append(m.order, name)
	}
	m.known[name] = p
}

// tally counts the parts of pages by what is done with them.
type tally struct{ added, replaced, reworded, identical int }

// settle decides which parts of pages are taken.
func (m *merger) settle(replace bool) {
	var n tally
	for _, name := range m.order {
		p := m.known[name]
		old, isOwn := m.own[name]
		if !isOwn {
			n.added++
			m.take(p, "+ "+name)
			continue
		}
		text := compare(nil, old.value, p.value)
		meaning := compare(nil, old.meaning(), p.meaning())
		switch {
		case text == nil:
			n.identical++
		case meaning == nil:
			n.reworded++
			m.take(p, "text of the page taken: "+conflict{old, p, text}.place())
		case replace:
			n.replaced++
			m.take(p, "~ "+conflict{old, p, meaning}.String())
		case name == "info": // a page's title or version does not change what its operations mean
			m.report = append(m.report, "kept: "+conflict{old, p, meaning}.String())
		default:
			m.conflicts = append(m.conflicts, conflict{old, p, meaning}.String())
		}
	}
	m.report = append(m.report, fmt.Sprintf("%s: %d added, %d replaced, %d reworded, %d identical",
		m.base.file, n.added, n.replaced, n.reworded, n.identical))
}

func (m *merger) take(p part, report string) {
	m.set = append(m.set, p)
	m.report = append(m.report, report)
}

// set writes a part of a page into the document, in the place of one that is there, or at the end.
func (d *document) set(p part) {
	d.pages = append(d.pages, p.doc)
	at := d.root
	last := len(p.keys) - 1
	for i, key := range p.keys[:last] {
		below := get(at, key.Value)
		if below == nil || below.Kind == yaml.ScalarNode {
			below = newMapping()
			if key.Value == "tags" && i == 0 {
				below = newList()
			}
			put(at, key, below)
		}
		at.Style &^= yaml.FlowStyle // in which a block cannot stand
		at = below
	}
	put(at, p.keys[last], p.value)
}

// put sets an entry of a mapping, or an item of a list of tags.
func put(at, key, value *yaml.Node) {
	at.Style &^= yaml.FlowStyle
	if at.Kind == yaml.SequenceNode {
		hasName := func(item *yaml.Node) bool {
			name := get(item, "name")
			return name != nil && name.Value == key.Value
		}
		if i := slices.IndexFunc(at.Content, hasName); i >= 0 {
			at.Content[i] = value
			return
		}
		at.Content = append(at.Content, value)
		return
	}
	*at = *withEntry(at, key, value)
}
