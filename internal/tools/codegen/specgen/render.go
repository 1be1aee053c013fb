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

// styleOf returns the style of a document, as its first mapping in a mapping and its first list show it.
func styleOf(root *yaml.Node) style {
	s := style{step: 2, compact: true}
	var step, list bool
	var look func(n *yaml.Node)
	look = func(n *yaml.Node) {
		for k, v := range pairs(n) {
			switch {
			case !isBlock(v) || v.Line == k.Line:
			case v.Kind == yaml.MappingNode && !step:
				s.step, step = v.Column-k.Column, true
			case v.Kind == yaml.SequenceNode && !list:
				s.compact, list = v.Column == k.Column, true
			}
			look(v)
		}
	}
	look(root)
	return s
}

const (
	lineWidth  = 100
	longString = 80
)

// render returns a node in block style as lines, each with an indentation in front. Long texts are folded.
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
	d, err := yaml.NewDumper(&b, yaml.WithIndent(s.step), yaml.WithCompactSeqIndent(s.compact), yaml.WithLineWidth(width), yaml.WithUnicode(true))
	if err == nil {
		err = d.Dump(n)
	}
	if err == nil {
		err = d.Close()
	}
	return b.String(), err
}

// readable returns a copy of a node in the style that reads best: blocks, plain scalars, long texts folded. It stands alone:
// anchors are gone and aliases are what they stand for.
func readable(n *yaml.Node) *yaml.Node {
	n = follow(n)
	c := *n
	c.Anchor, c.Style, c.Content = "", 0, nil
	for _, child := range n.Content {
		c.Content = append(c.Content, readable(child))
	}
	if n.Kind == yaml.ScalarNode && n.Tag == "!!str" {
		switch {
		case strings.Contains(n.Value, "\n"):
			c.Style = yaml.LiteralStyle
		case len(n.Value) > longString && strings.Contains(n.Value, " ") && strings.TrimSpace(n.Value) == n.Value:
			c.Style = yaml.FoldedStyle
		case yaml11Bool.MatchString(n.Value):
			c.Style = yaml.SingleQuotedStyle
		}
		if c.Style != 0 && !survives(&c) {
			c.Style = yaml.DoubleQuotedStyle
		}
	}
	return &c
}

// yaml11Bool matches the words that readers of YAML 1.1 take for true and false. NO is a country.
var yaml11Bool = regexp.MustCompile(`^(?i:y|n|yes|no|on|off)$`)

// survives reports whether a scalar reads back as it is; texts with odd white space do not in every style.
func survives(n *yaml.Node) bool {
	text, err := style{step: 2}.dump(n, lineWidth/2)
	var back yaml.Node
	return err == nil && yaml.Unmarshal([]byte(text), &back) == nil && len(back.Content) == 1 && back.Content[0].Value == n.Value
}
