package main

import (
	"cmp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// modernize writes a document of OpenAPI 3.0 in the words of 3.1. Those of later versions mean the
// same in 3.1.
func (d *document) modernize() {
	if !strings.HasPrefix(get(d.root, "openapi").Value, "3.0.") {
		return
	}
	put(d.root, newScalar("openapi"), newScalar("3.1.0"))
	walk(d.root, "", func(n *yaml.Node, keyword string) {
		if n.Kind == yaml.MappingNode && !named[keyword] {
			modernizeSchema(n)
		}
	})
}

// modernizeSchema writes a mapping, which may be a schema, in the words of JSON Schema: null is a
// type or an alternative, exclusive bounds are numbers, and there may be several examples.
func modernizeSchema(n *yaml.Node) {
	exclusiveBound(n, "exclusiveMinimum", "minimum")
	exclusiveBound(n, "exclusiveMaximum", "maximum")
	if isSchema(n) && get(n, "example") != nil {
		put(n, newScalar("examples"), newList(remove(n, "example")))
	}
	if isFlag(get(n, "nullable")) && remove(n, "nullable").Value == "true" {
		allowNull(n)
	}
}

// isSchema reports whether a mapping says what values are.
func isSchema(n *yaml.Node) bool {
	keywords := append([]string{"type", "properties", "enum"}, combinators...)
	return slices.ContainsFunc(keywords, func(keyword string) bool { return get(n, keyword) != nil })
}

// isFlag reports whether a value is true or false. A property may have the name of a flag.
func isFlag(n *yaml.Node) bool { return n != nil && n.Tag == "!!bool" }

func exclusiveBound(n *yaml.Node, exclusive, bound string) {
	if !isFlag(get(n, exclusive)) {
		return
	}
	isExclusive := remove(n, exclusive).Value == "true"
	if isExclusive && get(n, bound) != nil {
		put(n, newScalar(exclusive), remove(n, bound))
	}
}

// allowNull makes null a value of a schema.
func allowNull(n *yaml.Node) {
	null := newMapping(newScalar("type"), newScalar("null"))
	if declared := get(n, "type"); declared != nil {
		put(n, newScalar("type"), newList(declared, newScalar("null")))
		return
	}
	if list := cmp.Or(get(n, "anyOf"), get(n, "oneOf")); list != nil {
		list.Content = append(list.Content, null)
		return
	}
	for _, keyword := range []string{"$ref", "allOf"} { // what has neither allows anything
		if value := remove(n, keyword); value != nil {
			put(n, newScalar("anyOf"), newList(newMapping(newScalar(keyword), value), null))
			return
		}
	}
}
