package main

import (
	"slices"

	"go.yaml.in/yaml/v4"
)

// schemaTypes returns the types of a schema: "type" may be one or a list.
func schemaTypes(schema *yaml.Node) []string {
	declared := get(schema, "type")
	if declared == nil {
		return nil
	}
	if declared.Kind == yaml.ScalarNode {
		return []string{declared.Value}
	}
	var names []string
	for _, t := range declared.Content {
		names = append(names, follow(t).Value)
	}
	return names
}

// combinators are the keywords that make a schema of others.
var combinators = []string{"anyOf", "oneOf", "allOf"}

// isInteger reports whether a schema says integer, also as one of several types or alternatives.
func isInteger(schema *yaml.Node) bool {
	if slices.Contains(schemaTypes(schema), "integer") {
		return true
	}
	for _, combinator := range combinators {
		if slices.ContainsFunc(items(get(schema, combinator)), isInteger) {
			return true
		}
	}
	return false
}

// allowsNull reports whether null is a value of a schema. A schema that says nothing allows
// anything.
func (d *document) allowsNull(n *yaml.Node, within ...*yaml.Node) (bool, error) {
	schema, err := d.resolve(n)
	if err != nil {
		return true, err
	}
	if slices.Contains(within, schema) { // an alternative of itself adds no value
		return false, nil
	}
	within = append(slices.Clone(within), schema)
	if schema == nil || isNullable(schema) {
		return true, nil
	}
	if get(schema, "type") != nil {
		return slices.Contains(schemaTypes(schema), "null"), nil
	}
	for _, combinator := range combinators {
		if list := get(schema, combinator); list != nil {
			return d.combinationAllowsNull(combinator, list, within)
		}
	}
	return !describesValues(schema), nil
}

// combinationAllowsNull reports whether all schemas of an allOf, or one of any other combination,
// allow null.
func (d *document) combinationAllowsNull(
	combinator string, list *yaml.Node, within []*yaml.Node,
) (bool, error) {
	allowing := 0
	for _, alternative := range list.Content {
		null, err := d.allowsNull(alternative, within...)
		if err != nil {
			return false, err
		}
		if null {
			allowing++
		}
	}
	if combinator == "allOf" {
		return allowing > 0 && allowing == len(list.Content), nil
	}
	return allowing > 0, nil
}

// isNullable reports whether a schema says null as OpenAPI 3.0 does.
func isNullable(schema *yaml.Node) bool {
	nullable := get(schema, "nullable")
	return nullable != nil && nullable.Value == "true"
}

// describesValues reports whether a schema without a type limits what its values are.
func describesValues(schema *yaml.Node) bool {
	for _, keyword := range []string{"properties", "enum", "const"} {
		if get(schema, keyword) != nil {
			return true
		}
	}
	return false
}
