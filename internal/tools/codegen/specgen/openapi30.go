package main

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// minor returns the 3.1 of 3.1.0.
func minor(version *yaml.Node) string {
	return version.Value[:strings.LastIndexByte(version.Value, '.')]
}

// modernize returns a copy of the value of a keyword in the words of OpenAPI 3.1.
func modernize(n *yaml.Node, keyword string) *yaml.Node {
	n = follow(n)
	if n.Kind == yaml.ScalarNode || isData(keyword) {
		return n
	}
	out := *n
	out.Content = nil
	for _, item := range items(n) {
		out.Content = append(out.Content, modernize(item, ""))
	}
	for key, value := range pairs(n) {
		out.Content = append(out.Content, key, modernize(value, keywordOf(keyword, key.Value)))
	}
	if named[keyword] || n.Kind == yaml.SequenceNode {
		return &out
	}
	return modernSchema(&out)
}

// modernSchema returns a mapping, which may be a schema, in the words of JSON Schema: null is a type
// or an alternative, exclusive bounds are numbers, and there may be several examples.
func modernSchema(n *yaml.Node) *yaml.Node {
	n = exclusiveBound(n, "exclusiveMinimum", "minimum")
	n = exclusiveBound(n, "exclusiveMaximum", "maximum")
	if example := get(n, "example"); example != nil && isSchema(n) {
		n = withEntry(without(n, "example"), newScalar("examples"), newList(example))
	}
	nullable := get(n, "nullable")
	if nullable == nil || nullable.Tag != "!!bool" {
		return n
	}
	n = without(n, "nullable")
	if nullable.Value != "true" {
		return n
	}
	return orNull(n)
}

// isSchema reports whether a mapping says what values are.
func isSchema(n *yaml.Node) bool {
	keywords := append([]string{"type", "properties", "enum"}, combinators...)
	return slices.ContainsFunc(keywords, func(keyword string) bool { return get(n, keyword) != nil })
}

func exclusiveBound(n *yaml.Node, exclusive, bound string) *yaml.Node {
	flag := get(n, exclusive)
	if flag == nil || flag.Tag != "!!bool" {
		return n
	}
	value := get(n, bound)
	n = without(n, exclusive)
	if flag.Value != "true" || value == nil {
		return n
	}
	return withEntry(without(n, bound), newScalar(exclusive), value)
}

// orNull returns a schema that allows null too.
func orNull(n *yaml.Node) *yaml.Node {
	null := newScalar("null")
	if declared := get(n, "type"); declared != nil {
		n = withEntry(n, newScalar("type"), newList(declared, null))
		return enumOrNull(n)
	}
	for _, combinator := range []string{"anyOf", "oneOf"} {
		if list := get(n, combinator); list != nil {
			return withEntry(n, newScalar(combinator), withItem(list, newMapping(newScalar("type"), null)))
		}
	}
	for _, keyword := range []string{"$ref", "allOf"} {
		if value := get(n, keyword); value != nil {
			alternative := newMapping(newScalar(keyword), value)
			either := newList(alternative, newMapping(newScalar("type"), null))
			return withEntry(without(n, keyword), newScalar("anyOf"), either)
		}
	}
	return n // it allows anything
}

// enumOrNull returns a schema with null among its values, if it lists them.
func enumOrNull(n *yaml.Node) *yaml.Node {
	values := get(n, "enum")
	isNull := func(value *yaml.Node) bool { return follow(value).Tag == "!!null" }
	if values == nil || slices.ContainsFunc(values.Content, isNull) {
		return n
	}
	null := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null", Value: "null"}
	return withEntry(n, newScalar("enum"), withItem(values, null))
}
