package main

import (
	"bytes"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v4"
)

const (
	lineWidth  = 100
	longString = 80
)

// text returns a document as YAML. What it was read from keeps its order, comments and styles.
func (d *document) text() (string, error) {
	var b bytes.Buffer
	dumper, err := yaml.NewDumper(&b, yaml.WithIndent(2), yaml.WithCompactSeqIndent(true),
		yaml.WithLineWidth(lineWidth), yaml.WithUnicode(true))
	if err != nil {
		return "", err
	}
	if err := dumper.Dump(clone(d.root, map[*yaml.Node]*yaml.Node{})); err != nil {
		return "", err
	}
	return b.String(), dumper.Close()
}

// clone returns a copy of a node to dump, since the dumper takes tags away.
func clone(n *yaml.Node, cloned map[*yaml.Node]*yaml.Node) *yaml.Node {
	if n == nil || cloned[n] != nil {
		return cloned[n]
	}
	c := *n
	cloned[n] = &c
	c.Alias = clone(n.Alias, cloned)
	c.Content = nil
	for _, child := range n.Content {
		c.Content = append(c.Content, clone(child, cloned))
	}
	return &c
}

// tidy returns a copy of the value of a keyword in the style that reads best: blocks, plain scalars,
// long texts folded. It stands alone: anchors are gone and aliases are what they stand for.
func tidy(n *yaml.Node, keyword string) *yaml.Node {
	n = follow(n)
	c := *n
	c.Anchor = ""
	c.Style = 0
	c.Content = nil
	for _, item := range items(n) {
		c.Content = append(c.Content, tidy(item, ""))
	}
	for key, value := range pairs(n) {
		c.Content = append(c.Content, tidy(key, ""), tidy(value, keywordOf(keyword, key.Value)))
	}
	if n.Kind != yaml.ScalarNode || n.Tag != "!!str" {
		return &c
	}
	if prose[keyword] {
		c.Value = strings.TrimLeft(n.Value, " \t\r\n") // the generator cannot read a tab there
	}
	c.Style = textStyle(c.Value)
	return &c
}

var (
	// yaml11Bool matches the words that readers of YAML 1.1 take for true and false. NO is a country.
	yaml11Bool = regexp.MustCompile(`^(?i:y|n|yes|no|on|off)$`)

	// oddSpace matches what a text in a block may lose, or what not every reader takes there.
	oddSpace = regexp.MustCompile(`^\s|[\t\r\x00-\x08\x7f-\x9f\x{2028}\x{2029}\x{feff}]| (?:\n|$)|\n\n$|  `)
)

// textStyle returns the style in which a text reads best, 0 where that is for the library to
// decide.
func textStyle(text string) yaml.Style {
	isOdd := oddSpace.MatchString(text)
	switch {
	case strings.Contains(text, "\n") && isOdd:
		return yaml.DoubleQuotedStyle
	case strings.Contains(text, "\n"):
		return yaml.LiteralStyle
	case len(text) > longString && strings.Contains(text, " ") && !isOdd:
		return yaml.FoldedStyle
	case yaml11Bool.MatchString(text):
		return yaml.SingleQuotedStyle
	default:
		return 0
	}
}
