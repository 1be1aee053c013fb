package main

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v4"
)

// bounds are the keywords with what a caller must know of a value, and how a comment says it.
var bounds = []struct{ keyword, words string }{
	{"default", "default %s"},
	{"maximum", "at most %s"},
	{"exclusiveMaximum", "below %s"},
	{"maxItems", "at most %s items"},
}

// boundsOf says what the default, the maximum and the length of a schema's values are, such as
// "Default 20, at most 100.", "" where it has none. It looks into alternatives, too: one of them may
// be null.
func boundsOf(schema *yaml.Node) string {
	schemas := []*yaml.Node{schema}
	for _, combinator := range combinators {
		schemas = append(schemas, items(get(schema, combinator))...)
	}
	var parts []string
	for _, bound := range bounds {
		for _, s := range schemas {
			value := get(s, bound.keyword)
			if value != nil && (isNumber(value) || bound.keyword == "default" && isChoice(s, value)) {
				parts = append(parts, fmt.Sprintf(bound.words, inThousands(value)))
				break
			}
		}
	}
	if parts == nil {
		return ""
	}
	sentence := strings.Join(parts, ", ") + "."
	return strings.ToUpper(sentence[:1]) + sentence[1:]
}

func isNumber(value *yaml.Node) bool { return value.Tag == "!!int" || value.Tag == "!!float" }

// isChoice reports whether a default is a word, one of several.
func isChoice(schema, value *yaml.Node) bool {
	isWord := value.Tag == "!!str" || value.Tag == "!!bool"
	return isWord && value.Value != "" && get(schema, "const") == nil
}

// inThousands returns a value as text, an integer with its thousands apart.
func inThousands(value *yaml.Node) string {
	text := value.Value
	for i := len(text) - 3; value.Tag == "!!int" && i > 0 && text[i-1] != '-'; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// withBounds returns a description with the bounds of a schema behind it, and whether it has any.
func withBounds(description, schema *yaml.Node) (string, bool) {
	sentence := boundsOf(schema)
	if description == nil || sentence == "" {
		return sentence, sentence != ""
	}
	return strings.TrimRight(description.Value, ". \n") + ". " + sentence, true
}
