package main

import (
	"cmp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// change is a tree of the parts to set in a document: a part at each leaf, the keys that lead to it above.
type change struct {
	key  *yaml.Node
	part *part // nil but for a leaf
	list bool  // the children are items of a list, by name
	sub  []*change
}

func (c *change) set(p *part, path []string) {
	if len(path) == 0 {
		c.part, c.key = p, p.key
		return
	}
	next := c.find(path[0])
	if next == nil {
		next = &change{key: &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: path[0]}, list: path[0] == "tags" && len(path) == 2}
		c.sub = append(c.sub, next)
	}
	next.set(p, path[1:])
}

func (c *change) find(key string) *change {
	for _, s := range c.sub {
		if s.key.Value == key {
			return s
		}
	}
	return nil
}

// applyTo returns a node, which may be nil, with the change made.
func (c *change) applyTo(n *yaml.Node) *yaml.Node {
	if c.part != nil {
		return c.part.value
	}
	out := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
	if c.list {
		out = &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
	}
	add := func(k, v *yaml.Node) {
		if !c.list {
			out.Content = append(out.Content, k)
		}
		out.Content = append(out.Content, v)
	}
	for k, v := range entries(n) {
		if s := c.find(k.Value); s != nil {
			v = s.applyTo(v)
		}
		add(k, v)
	}
	for _, s := range c.sub {
		if _, there := entry(n, s.key.Value); !there {
			add(s.key, s.applyTo(nil))
		}
	}
	return out
}

func entry(n *yaml.Node, key string) (*yaml.Node, bool) {
	for k, v := range entries(n) {
		if k.Value == key {
			return v, true
		}
	}
	return nil, false
}

// doc returns the page that the change comes from.
func (c *change) doc() *document {
	for c.part == nil {
		c = c.sub[0]
	}
	return c.part.doc
}

// splice returns the text of a document with parts set: a new one comes after those that are there, at the end of the
// mapping that it belongs to, and one that is there is replaced. Every other line stays as it is, comments and all.
func splice(src string, base *document, parts []part) (string, error) {
	root := &change{}
	for i := range parts {
		root.set(&parts[i], parts[i].path)
	}
	text := strings.ReplaceAll(src, "\r\n", "\n")
	s := &splicer{root: base.root, style: styleOf(base.root)}
	if text != "" {
		s.lines = strings.Split(strings.TrimRight(text, "\n"), "\n")
	}
	switch {
	case isBlock(base.root):
		s.fill(base.root, root, len(s.lines))
	case base.root.Line > 0: // JSON, which becomes YAML
		s.put(base.root.Line-1, len(s.lines), root.applyTo(base.root), 0)
	default: // nothing yet, or comments alone
		s.put(len(s.lines), len(s.lines), root.applyTo(base.root), 0)
	}
	if s.err != nil {
		return "", s.err
	}
	out := s.text()
	if text != src {
		out = strings.ReplaceAll(out, "\n", "\r\n")
	}
	return out, nil
}

// splicer collects edits of a text. Lines are counted from 0 and as they were before any edit.
type splicer struct {
	root  *yaml.Node
	style style
	lines []string
	edits []edit
	err   error
}

// edit puts lines in the place of those from one up to another.
type edit struct {
	from, to int
	lines    []string
}

// put adds an edit that renders a node in the place of lines.
func (s *splicer) put(from, to int, n *yaml.Node, indent int) {
	lines, err := s.style.render(n, indent)
	s.err = cmp.Or(s.err, err)
	s.edits = append(s.edits, edit{from, to, lines})
}

// fill makes a change in a block mapping or list that ends before the line end.
func (s *splicer) fill(n *yaml.Node, c *change, end int) {
	var keys []string
	var starts []int // the first line of each entry, and then the end
	for k, v := range entries(n) {
		start := k.Line - 1
		if c.list {
			for start = v.Line - 1; !strings.HasPrefix(strings.TrimSpace(s.lines[start]), "-"); start-- { // the dash may stand alone
			}
		}
		keys, starts = append(keys, k.Value), append(starts, start)
	}
	starts = append(starts, end)
	indent := indentation(s.lines[starts[0]])

	i := 0
	for k, v := range entries(n) {
		switch sub := c.find(k.Value); {
		case sub == nil:
		case sub.part == nil && isBlock(v):
			s.fill(v, sub, starts[i+1])
		default:
			s.put(starts[i], s.trim(starts[i+1]), c.entry(k, sub.applyTo(v)), indent)
		}
		i++
	}
	for _, sub := range c.sub {
		if slices.Contains(keys, sub.key.Value) {
			continue
		}
		at := s.trim(end)
		if n == s.root { // the order of top-level keys is the page's
			before := 0
			for k := range pairs(sub.doc().root) {
				if k.Value == sub.key.Value {
					break
				}
				before = max(before, 1+slices.Index(keys, k.Value))
			}
			at = s.trim(starts[before])
		}
		if last := s.trim(starts[len(keys)-1]); len(keys) > 1 && last < starts[len(keys)-1] && s.lines[last] == "" {
			s.edits = append(s.edits, edit{at, at, []string{""}}) // entries with blank lines between them
		}
		s.put(at, at, c.entry(sub.key, sub.applyTo(nil)), indent)
	}
}

// entry is a mapping or list of one entry.
func (c *change) entry(k, v *yaml.Node) *yaml.Node {
	if c.list {
		return &yaml.Node{Kind: yaml.SequenceNode, Content: []*yaml.Node{v}}
	}
	return &yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{k, v}}
}

// trim steps back over what belongs to the line end rather than to the lines before it: blank lines and its comments. A
// line like a comment that stands deeper may be text of a block scalar.
func (s *splicer) trim(end int) int {
	indent := 0
	if end < len(s.lines) {
		indent = indentation(s.lines[end])
	}
	for end > 0 {
		line := strings.TrimSpace(s.lines[end-1])
		isComment := strings.HasPrefix(line, "#") && indentation(s.lines[end-1]) <= indent
		if line != "" && line != "..." && !isComment {
			return end
		}
		end--
	}
	return end
}

// text returns the lines with all edits made. Of those at one line, what only adds goes first, in the order it was put.
func (s *splicer) text() string {
	slices.SortStableFunc(s.edits, func(a, b edit) int {
		return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(min(a.to-a.from, 1), min(b.to-b.from, 1)))
	})
	var out []string
	done := 0
	for _, e := range s.edits {
		out = append(append(out, s.lines[done:e.from]...), e.lines...)
		done = e.to
	}
	return strings.Join(append(out, s.lines[done:]...), "\n") + "\n"
}

func indentation(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }

// isBlock reports whether a node is a mapping or list that is not empty, and written in lines of its own.
func isBlock(n *yaml.Node) bool {
	return n.Kind != yaml.AliasNode && len(n.Content) > 0 && n.Style&yaml.FlowStyle == 0 && n.Line > 0
}
