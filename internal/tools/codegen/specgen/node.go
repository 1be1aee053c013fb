package main

import (
	"cmp"
	"iter"
	"slices"
	"strconv"

	"go.yaml.in/yaml/v4"
)

// get returns the value of a key in a mapping, or nil.
func get(n *yaml.Node, key string) *yaml.Node { return find(pairs(n), key) }

// entry returns the value of a key among the entries of a mapping or a list, or nil.
func entry(n *yaml.Node, key string) *yaml.Node { return find(entries(n), key) }

func find(all iter.Seq2[*yaml.Node, *yaml.Node], key string) *yaml.Node {
	for k, v := range all {
		if k.Value == key {
			return v
		}
	}
	return nil
}

// textOf returns the value of a key in a mapping as text, "" if there is none.
func textOf(n *yaml.Node, key string) string {
	value := get(n, key)
	if value == nil {
		return ""
	}
	return value.Value
}

// entries iterates over a mapping, or over a list by what tells its items apart, in brackets: a name,
// the target of a reference, the item itself if it is a scalar, or else its place.
func entries(n *yaml.Node) iter.Seq2[*yaml.Node, *yaml.Node] {
	if n.Kind != yaml.SequenceNode {
		return pairs(n)
	}
	return func(yield func(k, v *yaml.Node) bool) {
		for i, item := range n.Content {
			name := cmp.Or(get(item, "name"), get(item, "$ref"), item)
			key := *item
			key.Value = "[" + cmp.Or(name.Value, strconv.Itoa(i)) + "]"
			if !yield(&key, item) {
				return
			}
		}
	}
}

// pairs iterates over a mapping's keys and values in the document's order. Over anything else it
// does nothing.
func pairs(n *yaml.Node) iter.Seq2[*yaml.Node, *yaml.Node] {
	return func(yield func(k, v *yaml.Node) bool) {
		if n == nil || n.Kind != yaml.MappingNode {
			return
		}
		for pair := range slices.Chunk(n.Content, 2) {
			if !yield(pair[0], pair[1]) {
				return
			}
		}
	}
}

// items returns the items of a list. Anything else has none.
func items(n *yaml.Node) []*yaml.Node {
	if n == nil || n.Kind != yaml.SequenceNode {
		return nil
	}
	return n.Content
}

// has reports whether a node stands in a tree.
func has(tree, n *yaml.Node) bool {
	if tree == n {
		return true
	}
	return slices.ContainsFunc(tree.Content, func(child *yaml.Node) bool { return has(child, n) })
}

// put sets an entry of a mapping, or of a list whose items have names, in the place of the one
// that is there or at the end.
func put(at, key, value *yaml.Node) {
	at.Style &^= yaml.FlowStyle // in which a block cannot stand
	i := slices.Index(at.Content, entry(at, key.Value))
	if i >= 0 {
		at.Content[i] = value
		return
	}
	if at.Kind == yaml.MappingNode {
		at.Content = append(at.Content, key)
	}
	at.Content = append(at.Content, value)
}

// remove removes an entry of a mapping and returns its value, nil if there is none. An iteration over
// the mapping goes on as if it were there.
func remove(mapping *yaml.Node, key string) *yaml.Node {
	value := get(mapping, key)
	if i := slices.Index(mapping.Content, value); i > 0 {
		mapping.Content = slices.Concat(mapping.Content[:i-1], mapping.Content[i+1:])
	}
	return value
}

// newScalar returns a node that is a text.
func newScalar(text string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: text}
}

func newMapping(keysAndValues ...*yaml.Node) *yaml.Node {
	return &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Content: keysAndValues}
}

func newList(items ...*yaml.Node) *yaml.Node {
	return &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Content: items}
}

// expand returns a copy of a node, with what they stand for in the place of aliases.
func expand(n *yaml.Node) *yaml.Node {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	out := *n
	out.Anchor = ""
	out.Content = nil
	if out.Tag == "!!null" {
		out.Value = "null" // the empty one is dumped as an empty text in flow style
	}
	for _, child := range n.Content {
		out.Content = append(out.Content, expand(child))
	}
	return &out
}
