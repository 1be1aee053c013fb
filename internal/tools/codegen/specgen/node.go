package main

import (
	"iter"
	"slices"

	"go.yaml.in/yaml/v4"
)

// follow returns what an alias stands for, and any other node as it is.
func follow(n *yaml.Node) *yaml.Node {
	for n != nil && n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

// get returns the value of key in a mapping, with aliases followed, or nil.
func get(n *yaml.Node, key string) *yaml.Node {
	for k, v := range pairs(n) {
		if k.Value == key {
			return v
		}
	}
	return nil
}

// pairs iterates over a mapping's keys and values in the document's order. Over anything else it
// does nothing.
func pairs(n *yaml.Node) iter.Seq2[*yaml.Node, *yaml.Node] {
	return func(yield func(k, v *yaml.Node) bool) {
		mapping := follow(n)
		if mapping == nil || mapping.Kind != yaml.MappingNode {
			return
		}
		for i := 0; i+1 < len(mapping.Content); i += 2 {
			if !yield(mapping.Content[i], follow(mapping.Content[i+1])) {
				return
			}
		}
	}
}

// entries iterates over a mapping, or over a list of mappings by their names, as tags are.
func entries(n *yaml.Node) iter.Seq2[*yaml.Node, *yaml.Node] {
	if n == nil || n.Kind != yaml.SequenceNode {
		return pairs(n)
	}
	return func(yield func(k, v *yaml.Node) bool) {
		for _, item := range n.Content {
			name := get(item, "name")
			if name != nil && !yield(name, follow(item)) {
				return
			}
		}
	}
}

// items returns the items of a list. Anything else has none.
func items(n *yaml.Node) []*yaml.Node {
	list := follow(n)
	if list == nil || list.Kind != yaml.SequenceNode {
		return nil
	}
	return list.Content
}

// has reports whether a node stands in a tree.
func has(tree, n *yaml.Node) bool {
	if tree == n {
		return true
	}
	return slices.ContainsFunc(tree.Content, func(child *yaml.Node) bool { return has(child, n) })
}

// without returns a copy of a mapping without the entry of a key.
func without(mapping *yaml.Node, key string) *yaml.Node {
	out := *follow(mapping)
	out.Content = nil
	for k, v := range pairs(mapping) {
		if k.Value != key {
			out.Content = append(out.Content, k, v)
		}
	}
	return &out
}

// withEntry returns a copy of a mapping with an entry set, in the place of one with the same key or
// at the end.
func withEntry(mapping, key, value *yaml.Node) *yaml.Node {
	out := *follow(mapping)
	out.Content = slices.Clone(out.Content)
	for i := 0; i+1 < len(out.Content); i += 2 {
		if out.Content[i].Value == key.Value {
			out.Content[i+1] = value
			return &out
		}
	}
	out.Content = append(out.Content, key, value)
	return &out
}

// withItem returns a copy of a list with an item more.
func withItem(list, item *yaml.Node) *yaml.Node {
	out := *follow(list)
	out.Content = append(slices.Clone(out.Content), item)
	return &out
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
