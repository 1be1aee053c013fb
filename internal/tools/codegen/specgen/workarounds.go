package main

import (
	"cmp"
	"fmt"
	"go/token"
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/oapi-codegen/oapi-codegen/v2/pkg/codegen"
	"go.yaml.in/yaml/v4"
)

// workarounds returns overlay actions for names that are too long or taken, for the order of fields,
// and for what OpenAPI allows and oapi-codegen makes no Go of, or none that callers can use: null
// and tabs among the values of an enum, several types in one list, any string beside an enum, a
// parameter of either of two types. They apply wherever such a thing occurs, and change nothing on
// the wire.
func (d *document) workarounds(ops []operation) ([]action, error) {
	w := workarounds{document: d, renamed: map[string]bool{}}
	w.nameSchemas(ops)
	w.walk(d.root, "$")
	for _, op := range ops {
		w.responseBodies(op)
		w.requestBody(op)
	}
	for name := range pairs(get(get(d.root, "components"), "responses")) {
		if !isGoName(name.Value) {
			w.remove(jsonPath("$", "components", "responses", name.Value))
		}
	}
	w.webhooks()
	return w.actions, w.err
}

type workarounds struct {
	*document

	// renamed are references to renamed schemas, whose x-go-name would otherwise name each
	// property of that type.
	renamed map[string]bool
	actions []action
	err     error // about the first reference that leads nowhere
}

func (w *workarounds) update(target, key string, value any) {
	w.actions = append(w.actions, action{Target: target, Update: map[string]any{key: value}})
}

func (w *workarounds) remove(target string) {
	w.actions = append(w.actions, action{Target: target, Remove: true})
}

// nameSchemas gives Go names to the schemas whose own would not do.
func (w *workarounds) nameSchemas(ops []operation) {
	names := w.schemaNames(ops)
	for key := range pairs(get(get(w.root, "components"), "schemas")) {
		name := names[key.Value]
		if name != goName(key.Value) {
			w.renamed["#/components/schemas/"+escapeToken.Replace(key.Value)] = true
			w.update(jsonPath("$", "components", "schemas", key.Value), "x-go-name", name)
		}
	}
}

// walk adds the actions for a node, after those for what stands below it: an action for a parent
// may remove that.
func (w *workarounds) walk(n *yaml.Node, path string) {
	_, err := w.resolve(n)
	w.err = cmp.Or(w.err, err)
	for i, item := range items(n) {
		w.walk(item, fmt.Sprintf("%s[%d]", path, i))
	}
	for key, value := range pairs(n) {
		w.walkEntry(key.Value, value, jsonPath(path, key.Value))
	}
	w.enum(n, path)
	w.union(n, path)
	w.annotations(n, path)
	w.severalTypes(n, path)
	if get(n, "schema") != nil && get(n, "in") != nil && get(n, "name") != nil {
		w.parameter(n, path)
	}
}

func (w *workarounds) walkEntry(key string, value *yaml.Node, path string) {
	if isData(key) {
		return
	}
	switch key {
	case "properties":
		w.properties(value, path)
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

// responseBodies names the inline bodies of an operation's responses for which the generator does
// not.
func (w *workarounds) responseBodies(op operation) {
	responses := jsonPath(op.jsonPath(), "responses")
	for status, response := range pairs(get(op.node, "responses")) {
		schema := get(get(get(response, "content"), hal), "schema")
		if get(schema, "properties") != nil {
			at := jsonPath(responses, status.Value, "content", hal, "schema")
			w.update(at, "x-go-type-name", op.Name+goName(status.Value)+"HALJSONBody")
		}
	}
}

// webhooks makes schemas of what webhooks send, and removes the webhooks themselves, which a client
// does not send.
func (w *workarounds) webhooks() {
	for name, item := range pairs(get(w.root, "webhooks")) {
		for method, request := range pairs(item) {
			body, _ := w.resolve(get(request, "requestBody"))
			payload := get(get(get(body, "content"), "application/json"), "schema")
			if payload == nil || get(payload, "$ref") != nil {
				continue
			}
			key := name.Value + " webhook"
			if method.Value != "post" { // which nearly all are
				key = name.Value + " " + method.Value + " webhook"
			}
			w.update("$", "components", map[string]any{"schemas": map[string]any{key: payload}})
			w.walk(payload, jsonPath("$", "components", "schemas", key))
		}
	}
	if get(w.root, "webhooks") != nil {
		w.remove(jsonPath("$", "webhooks"))
	}
}

// requestBody says of how many items a request's list can be.
func (w *workarounds) requestBody(op operation) {
	body, _ := w.resolve(get(op.node, "requestBody"))
	schema, _ := w.resolve(get(get(get(body, "content"), "application/json"), "schema"))
	most := get(schema, "maxItems")
	if most == nil {
		return
	}
	text := "Takes at most " + inThousands(most) + " items."
	if description := get(op.node, "description"); description != nil {
		text = description.Value + "\n\n" + text
	}
	w.update(op.jsonPath(), "description", text)
}

// properties keeps fields in the document's order, which the generator would sort, and fields of a
// renamed schema's type their names. It describes the bounds of each.
func (w *workarounds) properties(n *yaml.Node, path string) {
	fields := map[string]any{}
	order := 0
	for key, schema := range pairs(n) {
		order++
		field := map[string]any{"x-order": order}
		if w.renamed[textOf(schema, "$ref")] {
			field["x-go-name"] = goName(key.Value)
		}
		if text, ok := withBounds(get(schema, "description"), schema); ok {
			field["description"] = text
		}
		if schema.Kind == yaml.MappingNode {
			fields[key.Value] = field
		}
		w.walk(schema, jsonPath(path, key.Value))
	}
	if len(fields) > 0 {
		w.actions = append(w.actions, action{Target: path, Update: fields})
	}
}

// enum removes the values that get no constant: null, since the type says that, and a tab or the
// like, which the generator refuses. The Go type of the enum takes them all the same. It names the
// others where the generator knows none of a value's letters: all such values would be one constant.
func (w *workarounds) enum(n *yaml.Node, path string) {
	var names []string
	nameless := false
	for i, value := range slices.Backward(items(get(n, "enum"))) {
		text := value.Value
		if value.Tag == "!!null" || strings.ContainsFunc(text, unicode.IsControl) {
			w.remove(fmt.Sprintf("%s[%d]", jsonPath(path, "enum"), i))
			continue
		}
		if codegen.SchemaNameToTypeName(text) == "" {
			text = fmt.Sprint("Value", i+1)
			nameless = true
		}
		names = append(names, text)
	}
	if nameless && get(n, "x-enum-varnames") == nil {
		slices.Reverse(names)
		w.update(path, "x-enum-varnames", names)
	}
}

// annotations writes what an allOf only notes of a schema, such as readOnly, beside the allOf. The
// generator refuses to combine it with another schema.
func (w *workarounds) annotations(n *yaml.Node, path string) {
	parts := items(get(n, "allOf"))
	isNote := func(keyword string, _ any) bool { return slices.Contains(notes, keyword) }
	for i, part := range slices.Backward(parts) {
		noted := plain(part)
		rest := maps.Clone(noted)
		maps.DeleteFunc(rest, isNote)
		if len(parts) > 1 && len(noted) > 0 && len(rest) == 0 {
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
	types := schemaTypes(n)
	isNull := func(name string) bool { return name == "null" }
	others := slices.DeleteFunc(slices.Clone(types), isNull)
	if len(others) < 2 || get(n, "anyOf") != nil {
		return
	}
	var alternatives []any
	for _, name := range types {
		alternative := map[string]any{"type": name}
		if name == "array" {
			alternative["items"] = get(n, "items")
		}
		alternatives = append(alternatives, alternative)
	}
	w.remove(jsonPath(path, "type"))
	w.update(path, "anyOf", alternatives)
}

// union removes any string from alternatives that have a string enum: with it upstream says that
// more values may come, which a Go string type takes anyway. A single alternative that is left stands
// in the union's place.
func (w *workarounds) union(n *yaml.Node, path string) {
	for _, keyword := range []string{"anyOf", "oneOf"} {
		alternatives := items(get(n, keyword))
		kept := w.withoutAnyString(alternatives)
		at := jsonPath(path, keyword)
		switch {
		case len(kept) == len(alternatives):
		case len(kept) == 1:
			w.replace(path, keyword, kept[0])
		default:
			for i, alternative := range slices.Backward(alternatives) {
				if isPlainString(alternative) {
					w.remove(fmt.Sprintf("%s[%d]", at, i))
				}
			}
		}
	}
}

// replace writes an alternative in the place of the union that it is of.
func (w *workarounds) replace(path, keyword string, alternative *yaml.Node) {
	w.remove(jsonPath(path, keyword))
	w.actions = append(w.actions, action{Target: path, Update: plain(alternative)})
	w.walk(alternative, path)
}

func (w *workarounds) withoutAnyString(alternatives []*yaml.Node) []*yaml.Node {
	if !slices.ContainsFunc(alternatives, w.isStringEnum) {
		return alternatives
	}
	return slices.DeleteFunc(slices.Clone(alternatives), isPlainString)
}

// parameter makes a string of what is one scalar or another, since all are text in a path or query,
// and a list of what is a list or null, which the generator would send empty where it is nil. It gives
// a parameter of the path another name than what the generated method uses.
func (w *workarounds) parameter(n *yaml.Node, path string) {
	name := goName(get(n, "name").Value)
	if get(n, "in").Value == "path" && slices.Contains(methodNames, strings.ToLower(name)) {
		w.update(path, "x-go-name", name+"Param")
	}
	schema := get(n, "schema")
	description := cmp.Or(get(n, "description"), get(schema, "description"))
	if text, ok := withBounds(description, schema); ok {
		w.update(path, "description", text)
	}
	at := jsonPath(path, "schema")
	if elements := get(schema, "items"); elements != nil {
		schema = elements
		at = jsonPath(at, "items")
	}
	for _, keyword := range []string{"anyOf", "oneOf"} {
		others := slices.Clone(w.withoutAnyString(items(get(schema, keyword))))
		others = slices.DeleteFunc(others, isNull)
		switch {
		case len(others) > 1 && !slices.ContainsFunc(others, isNoScalar):
			w.remove(jsonPath(at, keyword))
			w.update(at, "type", "string")
		case len(others) == 1 && get(others[0], "items") != nil:
			w.replace(at, keyword, others[0])
		}
	}
}

// methodNames are the variables and packages that generated methods with path parameters use, in
// lower case.
var methodNames = []string{
	"c", "ctx", "params", "body", "contenttype", "reqeditors", "req", "doer", "rsp", "parsed", "err",
	"server", "serverurl", "operationpath", "queryurl", "queryvalues", "rawqueryfragments", "queryfrag",
	"bodyreader", "buf",
	"bytes", "context", "errors", "fmt", "http", "io", "json", "operation", "runtime", "strings",
	"time", "url",
}

// isNoScalar reports whether a schema is not of one scalar type.
func isNoScalar(schema *yaml.Node) bool {
	types := schemaTypes(schema)
	return len(types) != 1 || !slices.Contains([]string{"string", "integer", "number", "boolean"}, types[0])
}

// plain returns a node as the value of an overlay's update. Of a schema that is true or false there is
// nothing to say.
func plain(n *yaml.Node) map[string]any {
	var value map[string]any
	_ = n.Decode(&value)
	return value
}

var escapeMember = strings.NewReplacer(`\`, `\\`, `'`, `\'`)

// jsonPath appends member names to an RFC 9535 path.
func jsonPath(path string, members ...string) string {
	for _, member := range members {
		path = fmt.Sprintf("%s['%s']", path, escapeMember.Replace(member))
	}
	return path
}
