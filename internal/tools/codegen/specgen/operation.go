package main

import (
	"cmp"
	"fmt"
	"go/token"
	"iter"
	"regexp"
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

	id      string // the operationId, which may be empty
	hasBody bool   // a request has one
	unclear string // what there is to tell about its rate limit
}

// request is the operation's method and path.
func (op *operation) request() string { return op.Method + " " + op.Path }

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

// operations returns the operations in the document's order.
func (d *document) operations() ([]operation, error) {
	for path, item := range pairs(get(d.root, "paths")) {
		if ref := get(item, "$ref"); ref != nil {
			return nil, d.errorf(ref,
				"path %s is a $ref, whose operations would be missed; write them out here", path.Value)
		}
	}
	if err := d.checkKey(); err != nil {
		return nil, err
	}
	r := operationReader{document: d, names: newNamer(), paths: map[string]string{}}
	for s := range d.sites() {
		if err := r.chosenName(s); err != nil {
			return nil, err
		}
	}
	for s := range d.sites() {
		if err := r.read(s); err != nil {
			return nil, err
		}
	}
	return r.operations, nil
}

// keyHeader is the header that package api sends the key in.
const keyHeader = "X-API-Key"

// checkKey refuses a document whose key goes somewhere else, since each call would be refused.
func (d *document) checkKey() error {
	own, others := d.keys()
	if len(own) > 0 || len(others) == 0 {
		return nil
	}
	return d.errorf(others[0], "the key does not go in the header %s, which is what the client sends",
		keyHeader)
}

// keys returns the names of the security schemes that are the key as the client sends it, and those
// of all others.
func (d *document) keys() (own, others []*yaml.Node) {
	for key, scheme := range pairs(get(get(d.root, "components"), "securitySchemes")) {
		name := get(scheme, "name")
		in := get(scheme, "in")
		if name != nil && in != nil && strings.EqualFold(name.Value, keyHeader) && in.Value == "header" {
			own = append(own, key)
		} else {
			others = append(others, key)
		}
	}
	return own, others
}

// tellKeys tells of keys that the document has beside the one that the client sends.
func (d *document) tellKeys() []string {
	var told []string
	_, others := d.keys()
	for _, key := range others {
		told = append(told, fmt.Sprintf("%s:%d: CAREFUL: the client does not send what the security"+
			" scheme %s asks for, only %s", d.fileOf(key), key.Line, key.Value, keyHeader))
	}
	return told
}

// operationReader reads the operations of a document, one after another.
type operationReader struct {
	*document

	operations []operation
	names      *namer
	paths      map[string]string // by method and path without the parameters' names: the path
}

func (r *operationReader) read(s site) error {
	op := newOperation(s)
	if err := r.claimPath(s.path, &op); err != nil {
		return err
	}
	if err := r.name(s, &op); err != nil {
		return err
	}
	var err error
	op.RateLimit, op.unclear, err = r.rateLimit(s.node)
	if err != nil {
		return err
	}
	op.Idempotent, err = r.idempotent(s.node)
	if err != nil {
		return err
	}
	if err := r.responses(&op, get(s.node, "responses")); err != nil {
		return err
	}
	r.operations = append(r.operations, op)
	return nil
}

func newOperation(s site) operation {
	op := operation{
		Method:  strings.ToUpper(s.method.Value),
		Path:    s.path.Value,
		hasBody: get(s.node, "requestBody") != nil,
	}
	if id := get(s.node, "operationId"); id != nil {
		op.id = id.Value
	}
	return op
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

// name gives the operation its Go name, unless the document chooses one.
func (r *operationReader) name(s site, op *operation) error {
	if chosen := get(s.node, nameKey); chosen != nil {
		op.Name = chosen.Value
		return nil
	}
	name, err := r.names.name(*op, op.id)
	if err != nil {
		return r.errorf(cmp.Or(get(s.node, "operationId"), s.method), "%v", err)
	}
	op.Name = name
	return nil
}

// chosenName claims the Go name that the document itself chooses for an operation, if it does.
func (r *operationReader) chosenName(s site) error {
	chosen := get(s.node, nameKey)
	if chosen == nil {
		return nil
	}
	op := newOperation(s)
	if !token.IsExported(chosen.Value) || !token.IsIdentifier(chosen.Value) {
		return r.errorf(chosen, nameKey+" is %q; write a Go name that begins with an upper-case letter",
			chosen.Value)
	}
	if name := goName(chosen.Value); name != chosen.Value {
		return r.errorf(chosen, nameKey+" is %q; write %s, which the generator would make of it",
			chosen.Value, name)
	}
	if owner := r.names.owns(chosen.Value, op); owner != "" {
		return r.errorf(chosen, nameKey+" is %s, which %s has", chosen.Value, owner)
	}
	r.names.claim(chosen.Value, op)
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
