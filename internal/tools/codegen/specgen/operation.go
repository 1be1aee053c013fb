package main

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// operation is one operation of the document, as the overlay and the table need it.
type operation struct {
	Name           string // Go name
	Method         string // upper case
	Path           string // template, such as /api/v1/orders/{order_id}
	RateLimit      int    // requests per minute; 0 where the description states none
	Idempotent     bool   // the document says x-idempotent: true
	Success        []success
	IntegerHeaders []string // response headers that are declared as integers

	// BatchParameter is the wire name of the parameter that takes a batch's id. It is empty
	// unless the operation gives the state of a batch.
	BatchParameter string
}

// request is the operation's method and path.
func (op *operation) request() string { return op.Method + " " + op.Path }

// String says what specgen did with the operation, in one line.
func (op *operation) String() string {
	limit := "no rate limit stated"
	if op.RateLimit > 0 {
		limit = strconv.Itoa(op.RateLimit) + " requests per minute"
	}
	return fmt.Sprintf("%-7s %s -> %s (%s)", op.Method, op.Path, op.Name, limit)
}

// methods are the keys of a path item that are operations.
var methods = map[string]bool{
	"get": true, "put": true, "post": true, "delete": true,
	"options": true, "head": true, "patch": true, "trace": true,
}

// operations returns the operations in the document's order.
func (d *document) operations() ([]operation, error) {
	r := operationReader{document: d, paths: map[string]string{}}
	for path, item := range pairs(get(d.root, "paths")) {
		if ref := get(item, "$ref"); ref != nil {
			return nil, d.errorf(ref,
				"path %s is a $ref, whose operations would be missed; write them out here", path.Value)
		}
		for method, n := range pairs(item) {
			if !methods[method.Value] {
				continue
			}
			if err := r.read(path, method, n); err != nil {
				return nil, err
			}
		}
	}
	return r.operations, nil
}

// operationReader reads the operations of a document, one after another.
type operationReader struct {
	*document

	operations []operation
	names      namer
	paths      map[string]string // by method and path without the parameters' names: the path
}

func (r *operationReader) read(path, method, n *yaml.Node) error {
	op := operation{Method: strings.ToUpper(method.Value), Path: path.Value}
	if err := r.claimPath(path, &op); err != nil {
		return err
	}
	if err := r.name(method, n, &op); err != nil {
		return err
	}
	if description := get(n, "description"); description != nil {
		limit, err := parseRateLimit(description.Value)
		if err != nil {
			return r.errorf(description, "%s: %v", op.request(), err)
		}
		op.RateLimit = limit
	}
	idempotent, err := r.idempotent(n)
	if err != nil {
		return err
	}
	op.Idempotent = idempotent
	if err := r.responses(&op, get(n, "responses")); err != nil {
		return err
	}
	r.operations = append(r.operations, op)
	return nil
}

var parameter = regexp.MustCompile(`\{[^{}/]*\}`)

// claimPath refuses a path whose requests could be those of another.
func (r *operationReader) claimPath(path *yaml.Node, op *operation) error {
	anonymous := op.Method + " " + parameter.ReplaceAllString(op.Path, "{}")
	if first, taken := r.paths[anonymous]; taken {
		return r.errorf(path, "%s is the same path as %s; requests of the two cannot be told apart",
			op.request(), first)
	}
	r.paths[anonymous] = op.Path
	return nil
}

// name gives the operation its Go name.
func (r *operationReader) name(method, n *yaml.Node, op *operation) error {
	id := get(n, "operationId")
	if id == nil || strings.TrimSpace(id.Value) == "" {
		return r.errorf(method, "%s has no operationId; its Go method is named after it", op.request())
	}
	name, err := r.names.name(id.Value, op.request())
	if err != nil {
		return r.errorf(id, "%v", err)
	}
	op.Name = name
	return nil
}

// idempotent reports whether an operation says of itself that it may be sent again.
func (d *document) idempotent(operation *yaml.Node) (bool, error) {
	extension := get(operation, "x-idempotent")
	if extension == nil {
		return false, nil
	}
	var value bool
	if extension.Tag != "!!bool" || extension.Decode(&value) != nil {
		return false, d.errorf(extension, "x-idempotent is %q; write true or false", extension.Value)
	}
	return value, nil
}
