package main

import (
	"cmp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// splice returns the text of a document with parts set. A new part comes after those that are
// there, at the end of the mapping that it belongs to, and one that is there is replaced. Every
// other line stays as it is, comments and all.
func splice(src string, base *document, parts []part) (string, error) {
	text := strings.ReplaceAll(src, "\r\n", "\n")
	s := &splicer{root: base.root, style: styleOf(base.root)}
	if text != "" {
		s.lines = strings.Split(strings.TrimRight(text, "\n"), "\n")
	}
	if err := s.apply(newChange(parts)); err != nil {
		return "", err
	}
	merged := s.text()
	if text != src {
		merged = strings.ReplaceAll(merged, "\n", "\r\n")
	}
	return merged, nil
}

// splicer collects edits of a text. Lines are counted from 0 and as they were before any edit.
type splicer struct {
	root  *yaml.Node
	style style
	lines []string
	edits []edit
}

// edit puts lines in the place of those from one up to another.
type edit struct {
	from, to int
	lines    []string
}

// apply makes a change of the whole document.
func (s *splicer) apply(c *change) error {
	if isBlock(s.root) {
		return s.fill(s.root, c, len(s.lines))
	}
	start := len(s.lines) // where there is nothing yet, or comments alone
	if s.root.Line > 0 {  // JSON, which becomes YAML
		start = s.root.Line - 1
	}
	return s.put(start, len(s.lines), c.applyTo(s.root), 0)
}

// put adds an edit that renders a node in the place of lines.
func (s *splicer) put(from, to int, n *yaml.Node, indent int) error {
	lines, err := s.style.render(n, indent)
	if err != nil {
		return err
	}
	s.edits = append(s.edits, edit{from, to, lines})
	return nil
}

// spread is where the entries of a block mapping or list stand.
type spread struct {
	keys   []string
	starts []int // the first line of each entry, and then the end of the last
	indent int
}

func (s *splicer) spread(n *yaml.Node, end int) *spread {
	sp := &spread{}
	for k, v := range entries(n) {
		start := k.Line - 1
		if n.Kind == yaml.SequenceNode {
			start = s.dash(v.Line - 1)
		}
		sp.keys = append(sp.keys, k.Value)
		sp.starts = append(sp.starts, start)
	}
	sp.starts = append(sp.starts, end)
	sp.indent = indentation(s.lines[sp.starts[0]])
	return sp
}

// dash returns the line of an item's dash, which may stand alone above the item.
func (s *splicer) dash(line int) int {
	for !strings.HasPrefix(strings.TrimSpace(s.lines[line]), "-") {
		line--
	}
	return line
}

// fill makes a change in a block mapping or list that ends before the line end.
func (s *splicer) fill(n *yaml.Node, c *change, end int) error {
	sp := s.spread(n, end)
	if err := s.fillEntries(n, c, sp); err != nil {
		return err
	}
	for _, sub := range c.sub {
		if slices.Contains(sp.keys, sub.key.Value) {
			continue
		}
		at := s.trim(end)
		if n == s.root {
			at = s.trim(sp.starts[sub.position(sp.keys)])
		}
		if s.separates(sp) {
			s.edits = append(s.edits, edit{at, at, []string{""}})
		}
		if err := s.put(at, at, c.entry(sub.key, sub.applyTo(nil)), sp.indent); err != nil {
			return err
		}
	}
	return nil
}

// fillEntries makes a change in the entries that are there.
func (s *splicer) fillEntries(n *yaml.Node, c *change, sp *spread) error {
	i := -1
	for k, v := range entries(n) {
		i++
		sub := c.find(k.Value)
		if sub == nil {
			continue
		}
		start := sp.starts[i]
		end := sp.starts[i+1]
		var err error
		if sub.part == nil && isBlock(v) {
			err = s.fill(v, sub, end)
		} else {
			err = s.put(start, s.trim(end), c.entry(k, sub.applyTo(v)), sp.indent)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// position returns how many of the document's top-level keys come before a new one: their order
// is the page's.
func (c *change) position(keys []string) int {
	before := 0
	for k := range pairs(c.doc().root) {
		if k.Value == c.key.Value {
			break
		}
		i := slices.Index(keys, k.Value)
		if i >= before {
			before = i + 1
		}
	}
	return before
}

// separates reports whether entries have blank lines between them.
func (s *splicer) separates(sp *spread) bool {
	if len(sp.keys) < 2 {
		return false
	}
	lastStart := sp.starts[len(sp.keys)-1]
	previousEnd := s.trim(lastStart)
	return previousEnd < lastStart && s.lines[previousEnd] == ""
}

// trim steps back over what belongs to the line end rather than to the lines before it: blank
// lines and its comments. A line like a comment that stands deeper may be text of a block scalar.
func (s *splicer) trim(end int) int {
	indent := 0
	if end < len(s.lines) {
		indent = indentation(s.lines[end])
	}
	for end > 0 && isAside(s.lines[end-1], indent) {
		end--
	}
	return end
}

// isAside reports whether a line is blank, the end of a document, or a comment that stands no
// deeper than indent.
func isAside(line string, indent int) bool {
	text := strings.TrimSpace(line)
	if text == "" || text == "..." {
		return true
	}
	return strings.HasPrefix(text, "#") && indentation(line) <= indent
}

func indentation(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }

// text returns the lines with all edits made.
func (s *splicer) text() string {
	slices.SortStableFunc(s.edits, compareEdits)
	var out []string
	done := 0
	for _, e := range s.edits {
		out = append(out, s.lines[done:e.from]...)
		out = append(out, e.lines...)
		done = e.to
	}
	out = append(out, s.lines[done:]...)
	return strings.Join(out, "\n") + "\n"
}

// compareEdits orders edits by line. Of those at one line, what only adds goes first.
func compareEdits(a, b edit) int {
	if a.from != b.from {
		return cmp.Compare(a.from, b.from)
	}
	aAdds := a.from == a.to
	bAdds := b.from == b.to
	switch {
	case aAdds && !bAdds:
		return -1
	case bAdds && !aAdds:
		return 1
	default:
		return 0
	}
}
