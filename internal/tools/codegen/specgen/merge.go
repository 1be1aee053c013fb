package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// part is the smallest piece of a document that is merged as a whole: an operation, a component,
// a tag, or a top-level key of another kind.
type part struct {
	keys  []*yaml.Node // where it stands, such as components, schemas, RequestStatus
	value *yaml.Node
	doc   *document
}

// key returns the last of the part's keys.
func (p part) key() *yaml.Node { return p.keys[len(p.keys)-1] }

// isOperation reports whether the part is an operation of a path.
func (p part) isOperation() bool { return p.keys[0].Value == "paths" && methods[p.key().Value] }

// keyword returns the keyword whose value the part is, "" if it has a name of the document's own.
func (p part) keyword() string {
	parent := p.keys[max(0, len(p.keys)-2)].Value
	if isData(parent) { // as components examples are
		return parent
	}
	return keywordOf(parent, p.key().Value)
}

// String names the part for a person, and tells it from others of a document.
func (p part) String() string {
	if p.isOperation() {
		return strings.ToUpper(p.key().Value) + " " + p.keys[1].Value
	}
	var names []string
	for _, key := range p.keys {
		names = append(names, key.Value)
	}
	return strings.Join(names, " ")
}

// verdict is what becomes of a part of a page.
type verdict int

const (
	added verdict = iota
	replaced
	reworded
	identical
	kept        // the document's own, that is
	conflicting // with the document's own
)

// sections are the top-level keys whose entries are merged one by one, with the depth at which
// they stand.
var sections = map[string]int{"components": 2, "paths": 2, "webhooks": 2, "tags": 1}

// merger merges a page into a document.
type merger struct {
	base, page *document
	replace    bool

	count     map[verdict]int
	report    []string // what was done, line by line
	conflicts []string
}

// merge merges a page into a document, and returns what was done, line by line. The error shows
// what is in conflict.
func (d *document) merge(page *document, replace bool) ([]string, error) {
	m := merger{base: d, page: page, replace: replace, count: map[verdict]int{}}
	for key, value := range pairs(page.root) {
		if key.Value != "openapi" {
			m.add(d.root, part{[]*yaml.Node{key}, value, page}, sections[key.Value])
		}
	}
	if len(m.conflicts) > 0 {
		return nil, fmt.Errorf("conflicts: %d; nothing was changed\n%s", len(m.conflicts),
			strings.Join(m.conflicts, "\n"))
	}
	return append(m.report, fmt.Sprintf("%s: %d added, %d replaced, %d reworded, %d identical", d.file,
		m.count[added], m.count[replaced], m.count[reworded], m.count[identical])), nil
}

// add adds the parts at a depth below one to what stands around it in the document.
func (m *merger) add(around *yaml.Node, p part, depth int) {
	own := entry(around, p.key().Value)
	if depth == 0 {
		m.take(around, p, own)
		return
	}
	isNew := own == nil || own.Kind == yaml.ScalarNode
	if isNew {
		own = &yaml.Node{Kind: p.value.Kind, Tag: p.value.Tag}
	}
	own.Style &^= yaml.FlowStyle // in which a block cannot stand
	for key, value := range entries(p.value) {
		m.add(own, part{append(slices.Clone(p.keys), key), value, p.doc}, depth-1)
	}
	if isNew && len(own.Content) > 0 {
		put(around, p.key(), own)
	}
}

// take adds a part to what stands around it in the document, unless there is a reason not to.
func (m *merger) take(around *yaml.Node, p part, own *yaml.Node) {
	v, line := m.judge(p, own)
	m.count[v]++
	switch v {
	case identical:
	case conflicting:
		m.conflicts = append(m.conflicts, line)
	case kept:
		m.report = append(m.report, line)
	case added, replaced, reworded:
		m.report = append(m.report, line)
		put(around, p.key(), p.value)
		m.base.pages = append(m.base.pages, m.page)
	}
}

// judge decides on a part of a page, and says so in a line. What the document's own part has and the
// page's has not is kept.
func (m *merger) judge(p part, own *yaml.Node) (verdict, string) {
	if own == nil {
		return added, "+ " + p.String()
	}
	keep(own, p.value, "")
	meaning, prose := p.difference(part{p.keys, own, m.base})
	switch {
	case meaning == "" && prose == "":
		return identical, ""
	case p.keys[0].Value == "info" && !m.replace: // it does not change what operations mean
		return kept, "kept: " + cmp.Or(meaning, prose)
	case meaning == "":
		return reworded, "text of the page taken: " + prose
	case m.replace:
		return replaced, "~ " + meaning
	default:
		return conflicting, meaning
	}
}
