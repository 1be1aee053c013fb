package main

import (
	"strings"

	"go.yaml.in/yaml/v4"
)

// checkSchemas refuses what stands in the place of a schema and is none that the generator reads.
// The generator's own error would not say where.
func (d *document) checkSchemas(n *yaml.Node) error {
	for _, item := range items(n) {
		if err := d.checkSchemas(item); err != nil {
			return err
		}
	}
	for key, value := range pairs(n) {
		if isData(key.Value) || notSchemas[key.Value] || strings.HasPrefix(key.Value, "x-") {
			continue
		}
		var err error
		switch key.Value {
		case "schema", "items", "not":
			err = d.checkSchema(key.Value, value)
		case "anyOf", "oneOf", "allOf":
			err = d.checkEach(items(value), key.Value)
		case "properties", "schemas":
			err = d.checkEntries(value)
		default:
			err = d.checkBelow(key.Value, value)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// notSchemas are the keywords below which there are no schemas, but names and expressions.
var notSchemas = map[string]bool{"mapping": true, "scopes": true, "links": true}

// checkBelow checks what stands below a keyword. Names of the document's own, such as that of the
// response default, are no keywords.
func (d *document) checkBelow(keyword string, n *yaml.Node) error {
	if !named[keyword] || n.Kind != yaml.MappingNode {
		return d.checkSchemas(n)
	}
	for _, value := range pairs(n) {
		if err := d.checkSchemas(value); err != nil {
			return err
		}
	}
	return nil
}

func (d *document) checkSchema(name string, schema *yaml.Node) error {
	switch {
	case schema.Kind == yaml.MappingNode:
		return d.checkSchemas(schema)
	case schema.Tag == "!!bool":
		return d.errorf(schema, "the schema of %s is %s, which the generator does not read; "+
			"write {} for any value", name, schema.Value)
	default:
		return d.errorf(schema, "the schema of %s is no mapping; write one, such as {type: string}", name)
	}
}

func (d *document) checkEach(schemas []*yaml.Node, name string) error {
	for _, schema := range schemas {
		if err := d.checkSchema(name, follow(schema)); err != nil {
			return err
		}
	}
	return nil
}

func (d *document) checkEntries(schemas *yaml.Node) error {
	for key, schema := range pairs(schemas) {
		if err := d.checkSchema(key.Value, schema); err != nil {
			return err
		}
	}
	return nil
}
