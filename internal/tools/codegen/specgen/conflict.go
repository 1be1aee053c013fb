package main

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v4"
)

// conflict is a part that two documents have with different content.
type conflict struct {
	old, new part
	diff     difference
}

// String shows both sides, each at its line and column.
func (c conflict) String() string {
	before := c.diff.side(c.old.doc, c.diff.old, c.diff.oldIn)
	after := c.diff.side(c.new.doc, c.diff.new, c.diff.newIn)
	return c.place() + before + after
}

// place names the part, and where in it the two differ.
func (c conflict) place() string {
	if len(c.diff.path) < 2 {
		return c.old.String()
	}
	below := strings.ReplaceAll(strings.Join(c.diff.path[1:], "."), ".[", "[")
	return c.old.String() + ", at " + below
}

// side shows what one document has at the difference: a node, or none in the one around it.
func (d difference) side(doc *document, n, in *yaml.Node) string {
	key := d.path[len(d.path)-1]
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
	n = follow(n)
	switch n.Kind {
	case yaml.MappingNode:
		var entries []string
		for k, v := range pairs(n) {
			entries = append(entries, inline(k)+": "+inline(v))
		}
		return "{" + strings.Join(entries, ", ") + "}"
	case yaml.SequenceNode:
		var list []string
		for _, item := range n.Content {
			list = append(list, inline(item))
		}
		return "[" + strings.Join(list, ", ") + "]"
	default:
		return strings.Join(strings.Fields(n.Value), " ")
	}
}
