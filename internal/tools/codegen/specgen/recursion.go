package main

import "go.yaml.in/yaml/v4"

// checkRecursion refuses schemas for which there is no Go type, since they never come to an end:
// those that are an alternative of themselves, and those whose every value has another one of them
// inside. A tree, whose nodes have a list or map of nodes, does end.
func (d *document) checkRecursion() error {
	for _, below := range []func(*yaml.Node) []*yaml.Node{madeOf, holding} {
		c := recursionCheck{document: d, below: below, seen: map[*yaml.Node]visit{}}
		if err := c.search(d.root); err != nil {
			return err
		}
	}
	return nil
}

// recursionCheck looks for schemas that lead to themselves.
type recursionCheck struct {
	*document

	// below returns the schemas that a schema leads to at once, which may be references.
	below func(*yaml.Node) []*yaml.Node
	seen  map[*yaml.Node]visit
}

type visit int

const (
	underway visit = iota + 1
	finished
)

// search follows each reference of a document. Without one, nothing leads to itself.
func (c *recursionCheck) search(n *yaml.Node) error {
	n = follow(n)
	if n == nil {
		return nil
	}
	if ref := get(n, "$ref"); ref != nil && ref.Kind == yaml.ScalarNode {
		if err := c.follow(n); err != nil {
			return err
		}
	}
	for _, child := range n.Content {
		if err := c.search(child); err != nil {
			return err
		}
	}
	return nil
}

// follow follows a schema until it ends.
func (c *recursionCheck) follow(n *yaml.Node) error {
	n = follow(n)
	schema, err := c.resolve(n)
	if err != nil {
		return err
	}
	if c.seen[schema] == underway {
		return c.errorf(n, "the schema %s is made of itself, and never ends; no Go type can hold it",
			get(n, "$ref").Value)
	}
	if c.seen[schema] == finished {
		return nil
	}
	c.seen[schema] = underway
	for _, below := range c.below(schema) {
		if err := c.follow(below); err != nil {
			return err
		}
	}
	c.seen[schema] = finished
	return nil
}

// madeOf returns the schemas that a schema combines. Elements of a list or map are not among them:
// most such types Go can hold, as a type of JSON values, and checkTypes refuses the others.
func madeOf(schema *yaml.Node) []*yaml.Node {
	var parts []*yaml.Node
	for _, combinator := range combinators {
		parts = append(parts, items(get(schema, combinator))...)
	}
	return parts
}

// holding returns the schemas of which each value of a schema has one inside: all parts of an
// allOf, and the properties that must be there.
func holding(schema *yaml.Node) []*yaml.Node {
	held := items(get(schema, "allOf"))
	for _, name := range items(get(schema, "required")) {
		property := get(get(schema, "properties"), follow(name).Value)
		if property != nil && !isNullable(property) {
			held = append(held, property)
		}
	}
	return held
}
