package main

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// part is the smallest piece of a document that is merged as a whole: an operation, a component,
// a tag, or a top-level key of another kind.
type part struct {
	path  []string // where it stands, such as components, schemas, RequestStatus
	key   *yaml.Node
	value *yaml.Node
	doc   *document
}

// name is the last key of the part's path.
func (p part) name() string { return p.path[len(p.path)-1] }

// isOperation reports whether the part is an operation of a path.
func (p part) isOperation() bool { return p.path[0] == "paths" && methods[p.name()] }

// String names the part for a person.
func (p part) String() string {
	if p.isOperation() {
		return strings.ToUpper(p.name()) + " " + p.path[1]
	}
	return strings.Join(p.path, " ")
}

// id tells parts of one document apart.
func (p part) id() string { return strings.Join(p.path, "\x00") }

// sections are the top-level keys whose entries are merged one by one, with the depth at which
// they stand.
var sections = map[string]int{"components": 2, "paths": 2, "webhooks": 2, "tags": 1}

// parts returns the parts of a document in its order. The version of OpenAPI is not among them:
// it must agree.
func (d *document) parts() []part {
	var parts []part
	for key, value := range pairs(d.root) {
		if key.Value != "openapi" {
			parts = append(parts, d.partsBelow(nil, key, value, sections[key.Value])...)
		}
	}
	return parts
}

// partsBelow returns the parts at a depth below a node.
func (d *document) partsBelow(path []string, key, value *yaml.Node, depth int) []part {
	path = append(slices.Clone(path), key.Value)
	if depth == 0 {
		return []part{{path: path, key: key, value: value, doc: d}}
	}
	var parts []part
	for k, v := range entries(value) {
		parts = append(parts, d.partsBelow(path, k, v, depth-1)...)
	}
	return parts
}
