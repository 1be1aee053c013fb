package main

import (
	"slices"

	"go.yaml.in/yaml/v4"
)

// combinators are the keywords that make a schema of others.
var combinators = []string{"anyOf", "oneOf", "allOf"}

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
		names = append(names, t.Value)
	}
	return names
}

// isNull reports whether null is the only value of a schema.
func isNull(schema *yaml.Node) bool { return slices.Equal(schemaTypes(schema), []string{"null"}) }

// isStringEnum reports whether a schema, which may be a reference, lists the strings it allows.
func (d *document) isStringEnum(n *yaml.Node) bool {
	schema, err := d.resolve(n)
	return err == nil && get(schema, "enum") != nil && slices.Contains(schemaTypes(schema), "string")
}

// isPlainString reports whether a schema allows any string, and is no enum itself.
func isPlainString(schema *yaml.Node) bool {
	for key := range pairs(schema) {
		if key.Value != "type" && !prose[key.Value] {
			return false
		}
	}
	return slices.Equal(schemaTypes(schema), []string{"string"})
}
