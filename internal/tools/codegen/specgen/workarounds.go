package main

import (
	"fmt"
	"go/token"
	"slices"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v4"
)

// workarounds returns overlay actions for what OpenAPI allows and oapi-codegen makes no Go of, or
// none that callers can use: null and tabs among the values of an enum, several types in one list,
// unions that are none, unions of lists of an enum, a query or path parameter of either of two
// types, and names that meet others in Go. They also keep fields in the document's order. They
// apply wherever such a thing occurs, and change nothing on the wire.
func (d *document) workarounds(ops []operation) ([]action, error) {
	w := workarounds{renamed: map[string]bool{}, parameterNames: map[string]string{}}
	if err := w.nameSchemas(d, ops); err != nil {
		return nil, err
	}
	if err := w.nameAnswers(d, ops); err != nil {
		return nil, err
	}
	for s := range d.sites() {
		if err := w.nameParameters(d, s); err != nil {
			return nil, err
		}
	}
	w.document = d
	w.walk(d.root, "$")
	sites := slices.Collect(d.sites())
	for i, op := range ops {
		w.nameBodies(op, sites[i])
	}
	for name := range pairs(get(get(d.root, "components"), "responses")) {
		if !isGoName(name.Value) {
			w.remove(jsonPath("$", "components", "responses", name.Value))
		}
	}
	if get(d.root, "webhooks") != nil {
		// A client sends none, and the generator would name types of theirs that it leaves out.
		w.remove(jsonPath("$", "webhooks"))
	}
	return w.actions, nil
}

type workarounds struct {
	*document

	// renamed are references to renamed schemas, whose x-go-name would otherwise name each
	// property of that type.
	renamed map[string]bool
	// parameterNames are the Go names of renamed parameters, by the JSONPath of each.
	parameterNames map[string]string
	actions        []action
}

func (w *workarounds) update(target, key string, value any) {
	w.actions = append(w.actions, action{Target: target, Update: map[string]any{key: value}})
}

func (w *workarounds) remove(target string) {
	w.actions = append(w.actions, action{Target: target, Remove: true})
}

// walk adds the actions for a node, after those for what stands below it: an action for a parent
// may remove that.
func (w *workarounds) walk(n *yaml.Node, path string) {
	for i, item := range items(n) {
		w.walk(item, fmt.Sprintf("%s[%d]", path, i))
	}
	for key, value := range pairs(n) {
		w.walkEntry(key.Value, value, jsonPath(path, key.Value))
	}
	w.enum(n, path)
	w.enumNames(n, path)
	w.union(n, path)
	w.annotations(n, path)
	w.severalTypes(n, path)
	if get(n, "schema") != nil && get(n, "in") != nil {
		w.parameterType(n, path)
	}
}

func (w *workarounds) walkEntry(key string, value *yaml.Node, path string) {
	if isData(key) {
		return
	}
	switch key {
	case "properties":
		w.properties(value, path)
		w.fieldOrder(value, path)
	case "responses": // one of them may be called default
		for status, response := range pairs(value) {
			w.response(response, jsonPath(path, status.Value))
		}
	default:
		w.walk(value, path)
	}
}

// response writes a shared response whose name gives no Go name, such as 404, out where it is
// referred to. The generator would make types of that name.
func (w *workarounds) response(n *yaml.Node, path string) {
	ref := get(n, "$ref")
	if ref != nil && !isGoName(ref.Value[strings.LastIndexByte(ref.Value, '/')+1:]) {
		shared, err := w.resolve(n)
		if err == nil {
			w.remove(jsonPath(path, "$ref"))
			w.actions = append(w.actions, action{Target: path, Update: plain(shared)})
			n = shared
		}
	}
	w.walk(n, path)
}

func isGoName(name string) bool { return token.IsIdentifier(goName(name)) }

// hal is the media type of which the generator gives an inline body one name where it declares the
// type, and another where it uses it.
const hal = "application/hal+json"

// nameBodies names the inline bodies of an operation's responses for which the generator does not.
func (w *workarounds) nameBodies(op operation, s site) {
	responses := jsonPath("$", "paths", s.path.Value, s.method.Value, "responses")
	for status, response := range pairs(get(s.node, "responses")) {
		schema := get(get(get(response, "content"), hal), "schema")
		if get(schema, "properties") != nil {
			at := jsonPath(responses, status.Value, "content", hal, "schema")
			w.update(at, "x-go-type-name", op.Name+goName(status.Value)+"HALJSONBody")
		}
	}
}

// properties gives fields names of their own: order_id and orderId in one object would both be
// OrderID.
func (w *workarounds) properties(n *yaml.Node, path string) {
	taken := map[string]bool{}
	for key, schema := range pairs(n) {
		at := jsonPath(path, key.Value)
		usual := goName(key.Value)
		name := usual
		for i := 2; taken[name]; i++ {
			name = fmt.Sprint(usual, i)
		}
		taken[name] = true
		ref := get(schema, "$ref")
		if name != usual || ref != nil && w.renamed[ref.Value] {
			w.update(at, "x-go-name", name)
		}
		w.walk(schema, at)
	}
}

// enum removes the values that get no constant. The Go type of the enum takes them all the same.
func (w *workarounds) enum(n *yaml.Node, path string) {
	for i, value := range slices.Backward(items(get(n, "enum"))) {
		if !hasConstant(value) {
			w.remove(fmt.Sprintf("%s[%d]", jsonPath(path, "enum"), i))
		}
	}
}

// hasConstant reports whether a value of an enum gets a constant: null does not, since the type
// says that, and neither does a tab or the like, which the generator refuses.
func hasConstant(value *yaml.Node) bool {
	value = follow(value)
	return value.Tag != "!!null" && !strings.ContainsFunc(value.Value, unicode.IsControl)
}

// annotations writes what an allOf only notes of a schema, such as readOnly, beside the allOf. The
// generator refuses to combine it with another schema.
func (w *workarounds) annotations(n *yaml.Node, path string) {
	for i, part := range slices.Backward(items(get(n, "allOf"))) {
		noted := map[string]any{}
		for key, value := range pairs(part) {
			if !slices.Contains(notes, key.Value) {
				noted = nil
				break
			}
			noted[key.Value] = value
		}
		if len(noted) > 0 && len(items(get(n, "allOf"))) > 1 {
			w.remove(fmt.Sprintf("%s[%d]", jsonPath(path, "allOf"), i))
			w.actions = append(w.actions, action{Target: path, Update: noted})
		}
	}
}

// notes are the keywords that say nothing of a schema's values.
var notes = []string{
	"readOnly", "writeOnly", "deprecated", "default", "description", "title", "example", "examples",
}

// severalTypes writes a list of several types as the alternatives that it stands for.
func (w *workarounds) severalTypes(n *yaml.Node, path string) {
	if get(n, "anyOf") != nil {
		return
	}
	var alternatives []any
	several := 0
	for _, item := range items(get(n, "type")) {
		name := follow(item).Value
		alternative := map[string]any{"type": name}
		if elements := get(n, "items"); elements != nil && name == "array" {
			alternative["items"] = elements
		}
		alternatives = append(alternatives, alternative)
		if name != "null" {
			several++
		}
	}
	if several < 2 {
		return
	}
	w.remove(jsonPath(path, "type"))
	w.update(path, "anyOf", alternatives)
}

// parameterType makes a string of what is one scalar or another, since all are text in a path or
// query.
func (w *workarounds) parameterType(n *yaml.Node, path string) {
	schema := get(n, "schema")
	at := jsonPath(path, "schema")
	if elements := get(schema, "items"); elements != nil {
		schema = elements
		at = jsonPath(at, "items")
	}
	for _, union := range []string{"anyOf", "oneOf"} {
		if scalars(w.distinct(items(get(schema, union)))) > 1 {
			w.remove(jsonPath(at, union))
			w.update(at, "type", "string")
		}
	}
}

// scalars returns how many of the alternatives are scalars, 0 if one is neither a scalar nor null.
func scalars(alternatives []*yaml.Node) int {
	count := 0
	for _, alternative := range alternatives {
		name := get(alternative, "type")
		if name == nil {
			return 0
		}
		switch name.Value {
		case "string", "integer", "number", "boolean":
			count++
		case "null":
		default:
			return 0
		}
	}
	return count
}

var escapeMember = strings.NewReplacer(`\`, `\\`, `'`, `\'`)

// jsonPathOf returns the RFC 9535 path of what a local reference names.
func jsonPathOf(reference string) string {
	path := "$"
	for token := range strings.SplitSeq(strings.TrimPrefix(reference, "#/"), "/") {
		path = jsonPath(path, unescapeToken.Replace(token))
	}
	return path
}

// jsonPath appends member names to an RFC 9535 path.
func jsonPath(path string, members ...string) string {
	var b strings.Builder
	b.WriteString(path)
	for _, member := range members {
		b.WriteString("['" + escapeMember.Replace(member) + "']")
	}
	return b.String()
}
