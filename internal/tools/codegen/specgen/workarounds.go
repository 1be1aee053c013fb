package main

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// workarounds returns overlay actions for what OpenAPI allows and oapi-codegen makes no Go of, or
// none that callers can use: null among the values of an enum, several types in one list, a query
// or path parameter of either of two types, and names that meet others in Go. They apply wherever
// such a thing occurs, and change nothing on the wire.
func (d *document) workarounds(ops []operation) ([]action, error) {
	reserved, err := reservedTypeNames(ops)
	if err != nil {
		return nil, err
	}
	w := workarounds{renamed: map[string]bool{}}
	for schema := range pairs(get(get(d.root, "components"), "schemas")) {
		name := goName(schema.Value)
		if !reserved[name] {
			continue
		}
		w.renamed["#/components/schemas/"+schema.Value] = true
		w.update(jsonPath("$", "components", "schemas", schema.Value), "x-go-name", name+"Schema")
	}
	w.walk(d.root, "$")
	return w.actions, nil
}

type workarounds struct {
	// renamed are references to renamed schemas, whose x-go-name would otherwise name each
	// property of that type.
	renamed map[string]bool
	actions []action
}

func (w *workarounds) update(target, key string, value any) {
	w.actions = append(w.actions, action{Target: target, Update: map[string]any{key: value}})
}

func (w *workarounds) remove(target string) {
	w.actions = append(w.actions, action{Target: target, Remove: true})
}

func (w *workarounds) walk(n *yaml.Node, path string) {
	for i, item := range items(n) {
		w.walk(item, fmt.Sprintf("%s[%d]", path, i))
	}
	if get(n, "schema") != nil && get(n, "in") != nil {
		w.parameterName(n, path)
		w.parameterType(n, path)
	}
	w.enum(n, path)
	w.types(n, path)
	for key, value := range pairs(n) {
		w.walkEntry(key.Value, value, jsonPath(path, key.Value))
	}
}

func (w *workarounds) walkEntry(key string, value *yaml.Node, path string) {
	switch key {
	case "example", "examples", "default", "const", "enum":
		return // data, not schemas
	case "properties":
		w.properties(value, path)
	case "responses": // one of them may be called default
		for status, response := range pairs(value) {
			w.walk(response, jsonPath(path, status.Value))
		}
	default:
		w.walk(value, path)
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

// enum removes null from the values. That the value may be null is said by its type.
func (w *workarounds) enum(n *yaml.Node, path string) {
	for i, value := range slices.Backward(items(get(n, "enum"))) {
		if follow(value).Tag == "!!null" {
			w.remove(fmt.Sprintf("%s[%d]", jsonPath(path, "enum"), i))
		}
	}
}

// types writes a list of several types as the alternatives that it stands for.
func (w *workarounds) types(n *yaml.Node, path string) {
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

// parameterName renames a path parameter that would have the name of something that the generated
// method uses.
func (w *workarounds) parameterName(n *yaml.Node, path string) {
	name := get(n, "name")
	if name == nil || get(n, "in").Value != "path" {
		return
	}
	goName := goName(name.Value)
	if slices.Contains(reservedParameterNames, strings.ToLower(goName)) {
		w.update(path, "x-go-name", goName+"Param")
	}
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
		if scalars(items(get(schema, union))) > 1 {
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

// jsonPath appends member names to an RFC 9535 path.
func jsonPath(path string, members ...string) string {
	var b strings.Builder
	b.WriteString(path)
	for _, member := range members {
		b.WriteString("['" + escapeMember.Replace(member) + "']")
	}
	return b.String()
}
