package main

import (
	"regexp"
	"strings"

	"go.yaml.in/yaml/v4"
)

const (
	lineWidth  = 100
	longString = 80
)

// text returns a document as YAML. What it was read from keeps its order, comments and styles.
func (d *document) text() ([]byte, error) {
	// A copy, since the tags of what is dumped are taken away.
	return yaml.Dump(expand(d.root), yaml.WithLineWidth(lineWidth))
}

// tidy gives the value of a keyword the style that reads best: blocks, plain scalars, long texts
// folded.
func tidy(n *yaml.Node, keyword string) {
	n.Style = 0
	for _, item := range items(n) {
		tidy(item, "")
	}
	for key, value := range pairs(n) {
		tidy(key, "")
		tidy(value, keywordOf(keyword, key.Value))
	}
	if n.Tag != "!!str" {
		return
	}
	if prose[keyword] {
		n.Value = strings.TrimLeft(n.Value, " \t\r\n") // the generator cannot read a tab there
	}
	n.Style = textStyle(n.Value)
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
	hasLines := strings.Contains(text, "\n")
	isOdd := oddSpace.MatchString(text)
	switch {
	case hasLines && isOdd:
		return yaml.DoubleQuotedStyle
	case len(text) > longString && strings.Contains(text, " ") && !hasLines && !isOdd:
		return yaml.FoldedStyle
	case yaml11Bool.MatchString(text):
		return yaml.SingleQuotedStyle
	default:
		return 0
	}
}
