package main

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v4"
)

// nameSchemas gives Go names to the schemas whose own would not do: those that Django Ninja
// qualifies by module, those that have a name of the generated code, and those that meet a schema
// before them in Go.
func (w *workarounds) nameSchemas(d *document, ops []operation) error {
	names, err := d.schemaNames(ops)
	if err != nil {
		return err
	}
	for key, schema := range pairs(get(get(d.root, "components"), "schemas")) {
		name := names[key.Value]
		if name == goName(key.Value) {
			continue
		}
		w.renamed["#/components/schemas/"+escapeToken.Replace(key.Value)] = true
		w.nameSchema(schema, jsonPath("$", "components", "schemas", key.Value), name)
	}
	return nil
}

// nameAnswers gives Go names to shared responses and request bodies, which are types as well, where
// the generated code has theirs.
func (w *workarounds) nameAnswers(d *document, ops []operation) error {
	reserved, err := reservedTypeNames(ops)
	if err != nil {
		return err
	}
	suffixes := map[string]string{"responses": "Response", "requestBodies": "RequestBody"}
	for section, shared := range pairs(get(d.root, "components")) {
		suffix := suffixes[section.Value]
		for key, value := range pairs(shared) {
			name := goName(key.Value)
			if suffix != "" && reserved[name] && get(value, "x-go-name") == nil {
				w.update(jsonPath("$", "components", section.Value, key.Value), "x-go-name", name+suffix)
			}
		}
	}
	return nil
}

// nameSchema gives a schema a Go name. The generator does not look for one beside a reference.
func (w *workarounds) nameSchema(schema *yaml.Node, path, name string) {
	w.update(path, "x-go-name", name)
	if ref := get(schema, "$ref"); ref != nil {
		w.remove(jsonPath(path, "$ref"))
		w.update(path, "allOf", []any{map[string]any{"$ref": ref.Value}})
	}
}

// schemaNames returns the Go name of each schema, by its name in the document.
func (d *document) schemaNames(ops []operation) (map[string]string, error) {
	taken, err := reservedTypeNames(ops)
	if err != nil {
		return nil, err
	}
	names := map[string]string{}
	for schema := range pairs(get(get(d.root, "components"), "schemas")) {
		name := freeTypeName(schema.Value, taken)
		taken[name] = true
		names[schema.Value] = name
	}
	return names, nil
}

// freeTypeName returns the first name that a schema may have in Go and that is not taken.
func freeTypeName(schema string, taken map[string]bool) string {
	var name string
	for _, candidate := range schemaCandidates(schema) {
		name = goName(candidate)
		if !taken[name] {
			return name
		}
	}
	free := name + "Schema"
	for i := 2; taken[free]; i++ {
		free = fmt.Sprint(name, "Schema", i)
	}
	return free
}

// schemaCandidates returns the names that a schema may be given, the best first. Django Ninja tells
// two classes of one name apart by the path of their modules, orders_app__models__order__Order and
// stock_app__models__order__Order. The last two parts of such a name do, or more of them where
// these are taken. Any other name stays as it is.
func schemaCandidates(schema string) []string {
	var parts []string
	for part := range strings.SplitSeq(schema, "__") {
		if part != "" {
			parts = append(parts, part)
		}
	}
	if len(parts) < 3 {
		return []string{schema}
	}
	var candidates []string
	for n := 2; n <= len(parts); n++ {
		candidates = append(candidates, strings.Join(parts[len(parts)-n:], "_"))
	}
	return candidates
}
