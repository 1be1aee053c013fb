package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// document is an OpenAPI 3.x document as YAML nodes, which keep the line of each value and the order of keys. JSON is
// YAML, so both are read alike.
type document struct {
	file string
	root *yaml.Node
}

// errorf returns an error that begins with the file and the line of n.
func (d *document) errorf(n *yaml.Node, format string, args ...any) error {
	return fmt.Errorf("%s:%d: %s", d.file, n.Line, fmt.Sprintf(format, args...))
}

var openAPI3 = regexp.MustCompile(`^3\.\d+\.\d+$`)

func parseDocument(file string, src []byte) (*document, error) {
	var node yaml.Node
	dec := yaml.NewDecoder(bytes.NewReader(src))
	switch err := dec.Decode(&node); {
	case errors.Is(err, io.EOF):
		return nil, fmt.Errorf("%s:1: the document is empty", file)
	case err != nil:
		return nil, yamlError(file, err)
	}
	d := &document{file: file, root: node.Content[0]}
	if second := new(yaml.Node); dec.Decode(second) == nil {
		return nil, d.errorf(second, "a second YAML document; write one OpenAPI document a file")
	}
	if err := d.plain(d.root); err != nil {
		return nil, err
	}
	// Nodes alone would let a repeated key through, and one of the two would silently win.
	var values any
	if err := node.Decode(&values); err != nil {
		return nil, yamlError(file, err)
	}
	if d.root.Kind != yaml.MappingNode {
		return nil, d.errorf(d.root, "not an OpenAPI document: the top level is not a mapping")
	}
	if v := get(d.root, "swagger"); v != nil {
		return nil, d.errorf(v, "a Swagger %s document; convert it to OpenAPI 3.x first", v.Value)
	}
	version := get(d.root, "openapi")
	switch {
	case version == nil:
		return nil, d.errorf(d.root, "not an OpenAPI document: it has no \"openapi\" key; write openapi: 3.1.0")
	case !openAPI3.MatchString(version.Value):
		return nil, d.errorf(version, "openapi: %s is not supported; this generator reads OpenAPI 3.x, such as 3.1.0", version.Value)
	}
	if tags := get(d.root, "tags"); tags != nil {
		for _, tag := range follow(tags).Content {
			if get(follow(tag), "name") == nil {
				return nil, d.errorf(tag, "a tag has no name")
			}
		}
	}
	return d, nil
}

// plain refuses what YAML has beyond JSON, and what would be read in another way here than in the generator.
func (d *document) plain(n *yaml.Node) error {
	for i, child := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 0 && (follow(child).Kind != yaml.ScalarNode || child.Tag == "!!merge") {
			return d.errorf(child, "a key is not plain text; write %s out", cmp.Or(child.Value, "the mapping"))
		}
		if err := d.plain(child); err != nil {
			return err
		}
	}
	return nil
}

// yamlError puts the line in front that the parser's error has inside.
func yamlError(file string, err error) error {
	if m := yamlLine.FindStringSubmatch(err.Error()); m != nil {
		return fmt.Errorf("%s:%s: %s", file, m[1], m[2])
	}
	return fmt.Errorf("%s: %w", file, err)
}

var yamlLine = regexp.MustCompile(`(?s)^yaml:.*?line (\d+)(?:, column \d+)?: (.*)$`)

// get returns the value of key in a mapping, with aliases followed, or nil.
func get(n *yaml.Node, key string) *yaml.Node {
	for k, v := range pairs(n) {
		if k.Value == key {
			return v
		}
	}
	return nil
}

// pairs iterates over a mapping's keys and values in the document's order; over anything else it does nothing.
func pairs(n *yaml.Node) func(yield func(k, v *yaml.Node) bool) {
	return func(yield func(k, v *yaml.Node) bool) {
		if n = follow(n); n == nil || n.Kind != yaml.MappingNode {
			return
		}
		for i := 0; i+1 < len(n.Content); i += 2 {
			if !yield(n.Content[i], follow(n.Content[i+1])) {
				return
			}
		}
	}
}

func follow(n *yaml.Node) *yaml.Node {
	for n != nil && n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

// resolve follows a local reference ("#/components/responses/Throttled"), as often as one leads to another.
func (d *document) resolve(n *yaml.Node) (*yaml.Node, error) {
	for range 32 {
		ref := get(n, "$ref")
		if ref == nil {
			return n, nil
		}
		pointer, local := strings.CutPrefix(ref.Value, "#/")
		if !local {
			return nil, d.errorf(ref, "$ref %q leads outside the document; put its target into this file", ref.Value)
		}
		target := d.root
		for token := range strings.SplitSeq(pointer, "/") {
			if target = get(target, strings.NewReplacer("~1", "/", "~0", "~").Replace(token)); target == nil {
				return nil, d.errorf(ref, "$ref %q leads nowhere", ref.Value)
			}
		}
		n = target
	}
	return nil, d.errorf(n, "$ref leads in a circle")
}

// operation is one operation of the document, as the overlay and the table need it.
type operation struct {
	Name           string // Go name
	Method         string // upper case
	Path           string // template, such as /api/v1/orders/{order_id}
	RateLimit      int    // requests per minute; 0 where the description states none
	Success        []answer
	IntegerHeaders []string // response headers that are declared as integers
}

// answer is one declared success answer.
type answer struct {
	Status       string // "200", "2XX" or "default"
	ContentTypes []string
	Null         bool // as a JSON body
}

// String says what specgen did with the operation, in one line.
func (op operation) String() string {
	limit := "no rate limit stated"
	if op.RateLimit > 0 {
		limit = strconv.Itoa(op.RateLimit) + " requests per minute"
	}
	return fmt.Sprintf("%-7s %s -> %s (%s)", op.Method, op.Path, op.Name, limit)
}

var methods = map[string]bool{
	"get": true, "put": true, "post": true, "delete": true,
	"options": true, "head": true, "patch": true, "trace": true,
}

var parameter = regexp.MustCompile(`\{[^{}/]*\}`)

// operations returns the operations in the document's order.
func (d *document) operations() ([]operation, error) {
	var ops []operation
	var names namer
	templates := map[string]string{}
	for path, item := range pairs(get(d.root, "paths")) {
		if ref := get(item, "$ref"); ref != nil {
			return nil, d.errorf(ref, "path %s is a $ref, whose operations would be missed; write them out here", path.Value)
		}
		for method, n := range pairs(item) {
			if !methods[method.Value] {
				continue
			}
			op := operation{Method: strings.ToUpper(method.Value), Path: path.Value}
			at := op.Method + " " + op.Path
			same := op.Method + " " + parameter.ReplaceAllString(op.Path, "{}")
			if first, ok := templates[same]; ok {
				return nil, d.errorf(path, "%s is the same path as %s; requests of the two cannot be told apart", at, first)
			}
			templates[same] = op.Path

			id := get(n, "operationId")
			if id == nil || strings.TrimSpace(id.Value) == "" {
				return nil, d.errorf(method, "%s has no operationId; its Go method is named after it", at)
			}
			var err error
			if op.Name, err = names.name(id.Value, at); err != nil {
				return nil, d.errorf(id, "%v", err)
			}
			if description := get(n, "description"); description != nil {
				if op.RateLimit, err = parseRateLimit(description.Value); err != nil {
					return nil, d.errorf(description, "%s: %v", at, err)
				}
			}
			if err := d.answers(&op, get(n, "responses")); err != nil {
				return nil, err
			}
			ops = append(ops, op)
		}
	}
	return ops, nil
}

// answers fills in what the operation may answer with. A declared 2xx is a success; "default" is one only where no 2xx
// is declared, since otherwise it stands for the errors.
func (d *document) answers(op *operation, responses *yaml.Node) error {
	var fallback *answer
	integers := map[string]bool{}
	for status, response := range pairs(responses) {
		response, err := d.resolve(response)
		if err != nil {
			return err
		}
		a := answer{Status: status.Value}
		for contentType, media := range pairs(get(response, "content")) {
			a.ContentTypes = append(a.ContentTypes, contentType.Value)
			null, err := d.allowsNull(get(media, "schema"), 0)
			if err != nil {
				return err
			}
			a.Null = a.Null || null && strings.Contains(contentType.Value, "json")
		}
		switch {
		case strings.HasPrefix(a.Status, "2"):
			op.Success = append(op.Success, a)
		case a.Status == "default":
			fallback = &a
		}
		for name, header := range pairs(get(response, "headers")) {
			if header, err = d.resolve(header); err != nil {
				return err
			}
			schema, err := d.resolve(get(header, "schema"))
			if err != nil {
				return err
			}
			if canonical := http.CanonicalHeaderKey(name.Value); isInteger(schema) && !integers[canonical] {
				integers[canonical] = true
				op.IntegerHeaders = append(op.IntegerHeaders, canonical)
			}
		}
	}
	if len(op.Success) == 0 && fallback != nil {
		op.Success = append(op.Success, *fallback)
	}
	return nil
}

// allowsNull reports whether null is a value of a schema.
func (d *document) allowsNull(schema *yaml.Node, depth int) (bool, error) {
	schema, err := d.resolve(schema)
	if err != nil || schema == nil || depth > 32 { // a schema that is its own alternative says nothing
		return true, err
	}
	if nullable := get(schema, "nullable"); nullable != nil && nullable.Value == "true" { // OpenAPI 3.0
		return true, nil
	}
	if t := get(schema, "type"); t != nil {
		return slices.ContainsFunc(append([]*yaml.Node{t}, t.Content...), func(t *yaml.Node) bool { return t.Value == "null" }), nil
	}
	for _, key := range []string{"anyOf", "oneOf", "allOf"} {
		list := get(schema, key)
		if list == nil {
			continue
		}
		allowing := 0
		for _, alternative := range list.Content {
			null, err := d.allowsNull(alternative, depth+1)
			if err != nil {
				return false, err
			}
			if null {
				allowing++
			}
		}
		return allowing > 0 && (key != "allOf" || allowing == len(list.Content)), nil
	}
	return get(schema, "properties") == nil && get(schema, "enum") == nil && get(schema, "const") == nil, nil
}

// isInteger reports whether a schema says integer, also as one of several types or alternatives.
func isInteger(schema *yaml.Node) bool {
	if t := get(schema, "type"); t != nil {
		for _, t := range append([]*yaml.Node{t}, t.Content...) {
			if t.Value == "integer" {
				return true
			}
		}
	}
	for _, key := range []string{"anyOf", "oneOf", "allOf"} {
		if list := get(schema, key); list != nil && slices.ContainsFunc(list.Content, isInteger) {
			return true
		}
	}
	return false
}
