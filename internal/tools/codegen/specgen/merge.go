package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// part is the smallest piece of a document that is merged as a whole: an operation, a component, a tag, or a top-level key
// of another kind.
type part struct {
	path       []string // where it stands, such as components, schemas, RequestStatus
	key, value *yaml.Node
	doc        *document
}

// String names the part for a person.
func (p part) String() string {
	if last := len(p.path) - 1; p.path[0] == "paths" && methods[p.path[last]] {
		return strings.ToUpper(p.path[last]) + " " + p.path[1]
	}
	return strings.Join(p.path, " ")
}

// id tells parts of one document apart.
func (p part) id() string { return strings.Join(p.path, "\x00") }

// sections are the top-level keys whose entries are merged one by one, with the depth at which they stand.
var sections = map[string]int{"components": 2, "paths": 2, "webhooks": 2, "tags": 1}

// parts returns the parts of a document in its order. The version of OpenAPI is not among them: it must agree.
func (d *document) parts() []part {
	var parts []part
	var collect func(path []string, key, value *yaml.Node, depth int)
	collect = func(path []string, key, value *yaml.Node, depth int) {
		path = append(slices.Clone(path), key.Value)
		if depth == 0 {
			parts = append(parts, part{path, key, value, d})
			return
		}
		for k, v := range entries(value) {
			collect(path, k, v, depth-1)
		}
	}
	for key, value := range pairs(d.root) {
		if key.Value != "openapi" {
			collect(nil, key, value, sections[key.Value])
		}
	}
	return parts
}

// entries iterates over a mapping, or over a list of mappings by their names, as tags are.
func entries(n *yaml.Node) func(yield func(k, v *yaml.Node) bool) {
	if n == nil || n.Kind != yaml.SequenceNode {
		return pairs(n)
	}
	return func(yield func(k, v *yaml.Node) bool) {
		for _, item := range n.Content {
			if name := get(item, "name"); name != nil && !yield(name, follow(item)) {
				return
			}
		}
	}
}

// conflict is a part that two documents have with different content.
type conflict struct {
	old, new part
	diff     difference
}

// difference is the first place where two nodes differ; a nil node is absent on that side, in the mapping or list before it.
type difference struct {
	path     []string
	old, new *yaml.Node
	oldIn    *yaml.Node
	newIn    *yaml.Node
}

// String shows both sides, each at its line and column.
func (c conflict) String() string {
	side := func(doc *document, n, in *yaml.Node) string {
		key := c.diff.path[len(c.diff.path)-1]
		if n == nil {
			return fmt.Sprintf("\n  %s:%d:%d: no %s", doc.file, in.Line, in.Column, key)
		}
		return fmt.Sprintf("\n  %s:%d:%d: %s: %s", doc.file, n.Line, n.Column, key, excerpt(n))
	}
	at := ""
	if len(c.diff.path) > 1 {
		at = ", at " + strings.ReplaceAll(strings.Join(c.diff.path[1:], "."), ".[", "[")
	}
	return fmt.Sprintf("%s%s", c.old, at) + side(c.old.doc, c.diff.old, c.diff.oldIn) + side(c.new.doc, c.diff.new, c.diff.newIn)
}

// excerpt is a node in one short line.
func excerpt(n *yaml.Node) string {
	var write func(b *strings.Builder, n *yaml.Node)
	write = func(b *strings.Builder, n *yaml.Node) {
		switch n = follow(n); n.Kind {
		case yaml.MappingNode:
			b.WriteString("{")
			for i, c := range n.Content {
				if i > 0 && i%2 == 0 {
					b.WriteString(", ")
				}
				if write(b, c); i%2 == 0 {
					b.WriteString(": ")
				}
			}
			b.WriteString("}")
		case yaml.SequenceNode:
			b.WriteString("[")
			for i, c := range n.Content {
				if i > 0 {
					b.WriteString(", ")
				}
				write(b, c)
			}
			b.WriteString("]")
		default:
			b.WriteString(strings.Join(strings.Fields(n.Value), " "))
		}
	}
	var b strings.Builder
	write(&b, n)
	if text := []rune(b.String()); len(text) > 120 {
		return string(text[:119]) + "…"
	}
	return b.String()
}

// merge returns the parts of the pages that a document lacks, and the conflicts: parts that it, or a page before, has with
// other content. The order of keys is no content.
func merge(base *document, pages []*document) (added []part, conflicts []conflict, identical int) {
	known := map[string]part{}
	for _, p := range base.parts() {
		known[p.id()] = p
	}
	for _, page := range pages {
		for _, p := range page.parts() {
			old, ok := known[p.id()]
			if !ok {
				known[p.id()] = p
				added = append(added, p)
			} else if diff := compare([]string{p.path[len(p.path)-1]}, old.value, p.value); diff != nil {
				known[p.id()] = p
				conflicts = append(conflicts, conflict{old, p, *diff})
			} else {
				identical++
			}
		}
	}
	return added, conflicts, identical
}

// compare returns the first difference of two nodes in meaning, nil if there is none.
func compare(path []string, a, b *yaml.Node) *difference {
	a, b = follow(a), follow(b)
	at := func(key string) []string { return append(slices.Clone(path), key) }
	if a.Kind != b.Kind {
		return &difference{path: path, old: a, new: b}
	}
	switch a.Kind {
	case yaml.MappingNode:
		for key, value := range pairs(a) {
			if other := get(b, key.Value); other == nil {
				return &difference{path: at(key.Value), old: value, newIn: b}
			} else if diff := compare(at(key.Value), value, other); diff != nil {
				return diff
			}
		}
		for key, value := range pairs(b) {
			if get(a, key.Value) == nil {
				return &difference{path: at(key.Value), new: value, oldIn: a}
			}
		}
	case yaml.SequenceNode:
		for i := range max(len(a.Content), len(b.Content)) {
			switch index := fmt.Sprintf("[%d]", i); {
			case i >= len(b.Content):
				return &difference{path: at(index), old: a.Content[i], newIn: b}
			case i >= len(a.Content):
				return &difference{path: at(index), new: b.Content[i], oldIn: a}
			default:
				if diff := compare(at(index), a.Content[i], b.Content[i]); diff != nil {
					return diff
				}
			}
		}
	default:
		if !sameScalar(a, b) {
			return &difference{path: path, old: a, new: b}
		}
	}
	return nil
}

// sameScalar reports whether two scalars are one value, however written: 10 and 10.0, true and True.
func sameScalar(a, b *yaml.Node) bool {
	var x, y any
	if a.Tag == b.Tag && a.Value == b.Value {
		return true
	}
	if a.Decode(&x) != nil || b.Decode(&y) != nil {
		return false
	}
	return x == y || number(x) != "" && number(x) == number(y)
}

// number returns the shortest form of a number, the same for 10 and 10.0, and nothing for anything else.
func number(v any) string {
	switch v := v.(type) {
	case int, int64, uint64:
		return fmt.Sprint(v)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return ""
}
