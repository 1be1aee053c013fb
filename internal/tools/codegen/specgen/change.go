package main

import "go.yaml.in/yaml/v4"

// change is a tree of the parts to set in a document: a part at each leaf, the keys that lead to
// it above.
type change struct {
	key  *yaml.Node
	part *part // nil except for a leaf
	list bool  // the children are items of a list, by name
	sub  []*change
}

// newChange returns the tree of parts.
func newChange(parts []part) *change {
	root := &change{}
	for i := range parts {
		root.set(&parts[i], parts[i].path)
	}
	return root
}

func (c *change) set(p *part, path []string) {
	if len(path) == 0 {
		c.part = p
		c.key = p.key
		return
	}
	next := c.find(path[0])
	if next == nil {
		next = &change{key: newScalar(path[0]), list: path[0] == "tags" && len(path) == 2}
		c.sub = append(c.sub, next)
	}
	next.set(p, path[1:])
}

// find returns the change below a key, nil if there is none.
func (c *change) find(key string) *change {
	for _, sub := range c.sub {
		if sub.key.Value == key {
			return sub
		}
	}
	return nil
}

// applyTo returns a node, which may be nil, with the change made.
func (c *change) applyTo(n *yaml.Node) *yaml.Node {
	if c.part != nil {
		return c.part.value
	}
	var content []*yaml.Node
	for k, v := range entries(n) {
		if sub := c.find(k.Value); sub != nil {
			v = sub.applyTo(v)
		}
		content = c.appendEntry(content, k, v)
	}
	for _, sub := range c.sub {
		if _, there := entry(n, sub.key.Value); !there {
			content = c.appendEntry(content, sub.key, sub.applyTo(nil))
		}
	}
	if c.list {
		return newList(content...)
	}
	return newMapping(content...)
}

// appendEntry appends an entry to the content of a mapping, or an item to that of a list.
func (c *change) appendEntry(content []*yaml.Node, k, v *yaml.Node) []*yaml.Node {
	if c.list {
		return append(content, v)
	}
	return append(content, k, v)
}

// entry is a mapping or list of one entry.
func (c *change) entry(k, v *yaml.Node) *yaml.Node {
	content := c.appendEntry(nil, k, v)
	if c.list {
		return newList(content...)
	}
	return newMapping(content...)
}

// doc returns the page that the change comes from.
func (c *change) doc() *document {
	for c.part == nil {
		c = c.sub[0]
	}
	return c.part.doc
}
