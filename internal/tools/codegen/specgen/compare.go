package main

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// difference is the first place where two nodes differ. A nil node is absent on that side, in the
// mapping or list oldIn or newIn.
type difference struct {
	path         []string
	old, new     *yaml.Node
	oldIn, newIn *yaml.Node
}

// compare returns the first difference of two nodes in meaning, nil if there is none. The order of
// keys is no meaning.
func compare(path []string, a, b *yaml.Node) *difference {
	a = follow(a)
	b = follow(b)
	if a.Kind != b.Kind || a.Kind == yaml.ScalarNode && !sameScalar(a, b) {
		return &difference{path: path, old: a, new: b}
	}
	inB := maps.Collect(children(b))
	for key, value := range children(a) {
		at := append(slices.Clone(path), key)
		if inB[key] == nil {
			return &difference{path: at, old: value, newIn: b}
		}
		if diff := compare(at, value, inB[key]); diff != nil {
			return diff
		}
		delete(inB, key)
	}
	for key, value := range children(b) {
		if inB[key] != nil {
			return &difference{path: append(slices.Clone(path), key), new: value, oldIn: a}
		}
	}
	return nil
}

// children iterates over what a mapping or list has inside, by key or by place.
func children(n *yaml.Node) iter.Seq2[string, *yaml.Node] {
	return func(yield func(string, *yaml.Node) bool) {
		for i, item := range items(n) {
			if !yield(fmt.Sprintf("[%d]", i), follow(item)) {
				return
			}
		}
		for key, value := range pairs(n) {
			if !yield(key.Value, value) {
				return
			}
		}
	}
}

// sameScalar reports whether two scalars are one value, however written: 10 and 10.0, true and
// True.
func sameScalar(a, b *yaml.Node) bool {
	if a.Tag == b.Tag && a.Value == b.Value {
		return true
	}
	var x, y any
	if a.Decode(&x) != nil || b.Decode(&y) != nil {
		return false
	}
	_, isText := x.(string)
	return x == y || !isText && a.Tag != "!!str" && b.Tag != "!!str" && number(x) == number(y)
}

// number returns a number that may be an integer as a float.
func number(v any) any {
	switch v := v.(type) {
	case int:
		return float64(v)
	case int64:
		return float64(v)
	default:
		return v
	}
}

// conflict is a part that two documents have with different content.
type conflict struct {
	old, new part
	diff     *difference
}

// String shows both sides, each at its line and column.
func (c conflict) String() string {
	return c.place() + c.diff.side(c.old.doc, c.diff.old, c.diff.oldIn) +
		c.diff.side(c.new.doc, c.diff.new, c.diff.newIn)
}

// place names the part, and where in it the two differ.
func (c conflict) place() string {
	if len(c.diff.path) == 0 {
		return c.old.String()
	}
	return c.old.String() + ", at " + strings.ReplaceAll(strings.Join(c.diff.path, "."), ".[", "[")
}

// side shows what one document has at the difference: a node, or none in the one around it.
func (d *difference) side(doc *document, n, in *yaml.Node) string {
	key := ""
	if len(d.path) > 0 {
		key = d.path[len(d.path)-1]
	}
	if n == nil {
		return fmt.Sprintf("\n  %s:%d:%d: no %s", doc.file, in.Line, in.Column, key)
	}
	return fmt.Sprintf("\n  %s:%d:%d: %s: %s", doc.file, n.Line, n.Column, key, excerpt(n))
}

// maxExcerpt is the longest excerpt, in characters.
const maxExcerpt = 120

// excerpt is a node in one short line.
func excerpt(n *yaml.Node) string {
	text := []rune(inline(n))
	if len(text) <= maxExcerpt {
		return string(text)
	}
	return string(text[:maxExcerpt-1]) + "…"
}

// inline is a node in one line.
func inline(n *yaml.Node) string {
	var parts []string
	for _, item := range items(n) {
		parts = append(parts, inline(item))
	}
	for key, value := range pairs(n) {
		parts = append(parts, key.Value+": "+inline(value))
	}
	switch follow(n).Kind {
	case yaml.MappingNode:
		return "{" + strings.Join(parts, ", ") + "}"
	case yaml.SequenceNode:
		return "[" + strings.Join(parts, ", ") + "]"
	default:
		return strings.Join(strings.Fields(follow(n).Value), " ")
	}
}
