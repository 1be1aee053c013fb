package main

import (
	"fmt"
	"iter"
	"strings"

	"go.yaml.in/yaml/v4"
)

// operation is one operation of the document, as the overlay and the table need it.
type operation struct {
	site

	Name       string // Go name
	Method     string // upper case
	Path       string // template, such as /api/v1/orders/{order_id}
	RateLimit  int    // requests per minute; 0 where the description states none
	Idempotent bool   // the document says x-idempotent: true
	Success    []success

	// BatchParameter is the wire name of the parameter that takes a batch's id. It is empty
	// unless the operation gives the state of a batch.
	BatchParameter string

	unclear string // what there is to tell about its rate limit
}

// String says what specgen did with the operation, in one line.
func (op *operation) String() string {
	limit := "no rate limit stated"
	if op.RateLimit > 0 {
		limit = limitText(op.RateLimit)
	}
	line := fmt.Sprintf("%-7s %s -> %s (%s)", op.Method, op.Path, op.Name, limit)
	if op.unclear != "" {
		line += "; " + op.unclear
	}
	return line
}

// methods are the keys of a path item that are operations.
var methods = map[string]bool{
	"get": true, "put": true, "post": true, "delete": true,
	"options": true, "head": true, "patch": true, "trace": true,
}

// site is where an operation stands in a document.
type site struct {
	path, item   *yaml.Node // the path, and what stands below it
	method, node *yaml.Node // the method, and what stands below it
}

// request is the operation's method and path.
func (s site) request() string { return strings.ToUpper(s.method.Value) + " " + s.path.Value }

// jsonPath is the RFC 9535 path of the operation.
func (s site) jsonPath() string { return jsonPath("$", "paths", s.path.Value, s.method.Value) }

// sites iterates over the operations of a document in its order.
func (d *document) sites() iter.Seq[site] {
	return func(yield func(site) bool) {
		for path, item := range pairs(get(d.root, "paths")) {
			for method, node := range pairs(item) {
				if methods[method.Value] && !yield(site{path, item, method, node}) {
					return
				}
			}
		}
	}
}

// operations returns the operations in the document's order, with their Go names.
func (d *document) operations() ([]operation, error) {
	for path, item := range pairs(get(d.root, "paths")) {
		if ref := get(item, "$ref"); ref != nil {
			return nil, d.errorf(ref,
				"path %s is a $ref, whose operations would be missed; write them out here", path.Value)
		}
	}
	var ops []operation
	for s := range d.sites() {
		op := operation{site: s, Method: strings.ToUpper(s.method.Value), Path: s.path.Value}
		if err := d.readExtensions(&op); err != nil {
			return nil, err
		}
		ops = append(ops, op)
	}
	nameOperations(ops, nil)
	return ops, nil
}

// readExtensions reads what the document says of an operation beside what OpenAPI has words for.
func (d *document) readExtensions(op *operation) error {
	limit, unclear, err := d.rateLimit(op.node)
	if err != nil {
		return err
	}
	op.RateLimit = limit
	op.unclear = unclear
	idempotent := get(op.node, "x-idempotent")
	if idempotent != nil && idempotent.Decode(&op.Idempotent) != nil {
		return d.errorf(idempotent, "x-idempotent is %q; write true or false", idempotent.Value)
	}
	return nil
}
