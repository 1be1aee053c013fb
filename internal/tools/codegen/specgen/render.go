package main

import (
	"bytes"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v4"
)

// style is how a document indents its lines.
type style struct {
	step    int  // spaces a level
	compact bool // lists stand at the column of their key
}

// styleOf returns the style of a document, as its first mapping in a mapping and its first list
// show it.
func styleOf(root *yaml.Node) style {
	s := style{step: 2, compact: true}
	if k, v := firstBlock(root, yaml.MappingNode); v != nil {
		s.step = v.Column - k.Column
	}
	if k, v := firstBlock(root, yaml.SequenceNode); v != nil {
		s.compact = v.Column == k.Column
	}
	return s
}

// firstBlock returns the first entry whose value is a block of a kind, on lines below its key.
func firstBlock(n *yaml.Node, kind yaml.Kind) (key, value *yaml.Node) {
	for k, v := range pairs(n) {
		if isBlock(v) && v.Line != k.Line && v.Kind == kind {
			return k, v
		}
		key, value = firstBlock(v, kind)
		if value != nil {
			return key, value
		}
	}
	return nil, nil
}

const (
	lineWidth  = 100
	longString = 80
)

// render returns a node in block style as lines, each with an indentation in front. Long texts
// are folded.
func (s style) render(n *yaml.Node, indent int) ([]string, error) {
	text, err := s.dump(readable(n), lineWidth-indent)
	if err != nil {
		return nil, err
	}
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	for i, line := range lines {
		if line != "" {
			lines[i] = strings.Repeat(" ", indent) + line
		}
	}
	return lines, nil
}

func (s style) dump(n *yaml.Node, width int) (string, error) {
	var b bytes.Buffer
	dumper, err := yaml.NewDumper(&b,
		yaml.WithIndent(s.step),
		yaml.WithCompactSeqIndent(s.compact),
		yaml.WithLineWidth(width),
		yaml.WithUnicode(true),
	)
	if err != nil {
		return "", err
	}
	if err := dumper.Dump(n); err != nil {
		return "", err
	}
	if err := dumper.Close(); err != nil {
		return "", err
	}
	return b.String(), nil
}

// readable returns a copy of a node in the style that reads best: blocks, plain scalars, long
// texts folded. It stands alone: anchors are gone and aliases are what they stand for. A text that
// ends with blank lines is quoted, since those after a block belong to nobody.
func readable(n *yaml.Node) *yaml.Node {
	n = follow(n)
	c := *n
	c.Anchor = ""
	c.Style = 0
	c.Content = nil
	for _, child := range n.Content {
		c.Content = append(c.Content, readable(child))
	}
	if n.Kind != yaml.ScalarNode || n.Tag != "!!str" {
		return &c
	}
	c.Style = textStyle(n.Value)
	if strings.HasSuffix(n.Value, "\n\n") || c.Style != 0 && !survives(&c) {
		c.Style = yaml.DoubleQuotedStyle
	}
	return &c
}

// yaml11Bool matches the words that readers of YAML 1.1 take for true and false. NO is a country.
var yaml11Bool = regexp.MustCompile(`^(?i:y|n|yes|no|on|off)$`)

// textStyle returns the style in which a text reads best, 0 where that is for the library to
// decide.
func textStyle(text string) yaml.Style {
	isLong := len(text) > longString && strings.Contains(text, " ")
	switch {
	case strings.Contains(text, "\n"):
		return yaml.LiteralStyle
	case isLong && strings.TrimSpace(text) == text:
		return yaml.FoldedStyle
	case yaml11Bool.MatchString(text):
		return yaml.SingleQuotedStyle
	default:
		return 0
	}
}

// survives reports whether a scalar reads back as it is. Texts with odd white space do not in
// every style.
func survives(n *yaml.Node) bool {
	text, err := style{step: 2}.dump(n, lineWidth/2)
	if err != nil {
		return false
	}
	var back yaml.Node
	if yaml.Unmarshal([]byte(text), &back) != nil || len(back.Content) != 1 {
		return false
	}
	return back.Content[0].Value == n.Value
}
