package main

import (
	"cmp"
	"slices"

	"go.yaml.in/yaml/v4"
)

// meaning returns a part's value without what only tells a reader something. The rate limit that a
// description states is not lost with it.
func (p part) meaning() (*yaml.Node, error) {
	if prose[p.name()] || p.path[0] == "components" && p.path[1] == "examples" {
		return newScalar(""), nil
	}
	value := strip(p.value, "")
	if !p.isOperation() {
		return value, nil
	}
	limit, _, err := p.doc.rateLimit(p.value)
	if err != nil {
		return nil, err
	}
	if limit > 0 {
		stated := newScalar(limitText(limit))
		stated.Line = p.value.Line
		stated.Column = p.value.Column
		if description := get(p.value, "description"); description != nil {
			stated.Line = description.Line
			stated.Column = description.Column
		}
		value.Content = append(without(value, limitKey).Content, newScalar("rate limit"), stated)
	}
	return value, nil
}

// strip returns a copy of the value of a keyword without prose.
func strip(n *yaml.Node, keyword string) *yaml.Node {
	n = follow(n)
	if n == nil || n.Kind == yaml.ScalarNode || data[keyword] {
		return n
	}
	out := *n
	out.Content = nil
	if n.Kind == yaml.SequenceNode {
		for _, item := range n.Content {
			out.Content = append(out.Content, strip(item, ""))
		}
		if keyword == "required" { // a set
			slices.SortFunc(out.Content, func(a, b *yaml.Node) int { return cmp.Compare(a.Value, b.Value) })
		}
		return &out
	}
	for key, value := range pairs(n) {
		below := key.Value
		if named[keyword] {
			below = "" // a name, not a keyword
		}
		if prose[below] || below == sourceKey {
			continue
		}
		out.Content = append(out.Content, key, strip(value, below))
	}
	return &out
}
