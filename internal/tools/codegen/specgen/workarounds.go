package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/sellerscenter/client-go/internal/tools/codegen/operations"
)

// workarounds returns overlay actions for what OpenAPI allows and oapi-codegen makes no Go of, or none that callers can
// use: null among the values of an enum, several types in one list, a query or path parameter of either of two types, and
// names that meet others in Go. They apply wherever such a thing occurs, and change nothing on the wire.
func (d *document) workarounds(ops []operation) ([]action, error) {
	taken, err := generatorsNames(ops)
	if err != nil {
		return nil, err
	}
	w := workarounds{renamed: map[string]bool{}}
	for name := range pairs(get(get(d.root, "components"), "schemas")) {
		if taken[goName(name.Value)] {
			w.renamed["#/components/schemas/"+name.Value] = true
			w.update(jsonPath("$", "components", "schemas", name.Value), "x-go-name", goName(name.Value)+"Schema")
		}
	}
	w.walk(d.root, "$")
	return w.actions, nil
}

type workarounds struct {
	renamed map[string]bool // schemas by reference, whose own x-go-name would otherwise name each property of that type
	actions []action
}

func (w *workarounds) update(target, key string, value any) {
	w.actions = append(w.actions, action{Target: target, Update: map[string]any{key: value}})
}

func (w *workarounds) remove(target string) {
	w.actions = append(w.actions, action{Target: target, Remove: true})
}

func (w *workarounds) walk(n *yaml.Node, path string) {
	if n = follow(n); n != nil && n.Kind == yaml.SequenceNode {
		for i, item := range n.Content {
			w.walk(item, fmt.Sprintf("%s[%d]", path, i))
		}
	}
	if get(n, "schema") != nil && get(n, "in") != nil {
		w.parameter(n, path)
	}
	w.enum(n, path)
	w.types(n, path)
	for key, value := range pairs(n) {
		at := jsonPath(path, key.Value)
		switch key.Value {
		case "example", "examples", "default", "const", "enum": // data, not schemas
		case "properties":
			w.properties(value, at)
		case "responses": // of which one may be called default
			for status, response := range pairs(value) {
				w.walk(response, jsonPath(at, status.Value))
			}
		default:
			w.walk(value, at)
		}
	}
}

// properties gives fields names of their own: order_id and orderId in one object would both be OrderID.
func (w *workarounds) properties(n *yaml.Node, path string) {
	fields := map[string]bool{}
	for key, schema := range pairs(n) {
		at, name := jsonPath(path, key.Value), goName(key.Value)
		ref := get(schema, "$ref")
		for i := 2; fields[name]; i++ {
			name = fmt.Sprint(goName(key.Value), i)
		}
		if fields[name] = true; name != goName(key.Value) || ref != nil && w.renamed[ref.Value] {
			w.update(at, "x-go-name", name)
		}
		w.walk(schema, at)
	}
}

// enum removes null from the values: that the value may be null is said by its type.
func (w *workarounds) enum(n *yaml.Node, path string) {
	values := get(n, "enum")
	if values == nil || values.Kind != yaml.SequenceNode {
		return
	}
	for i, v := range slices.Backward(values.Content) {
		if follow(v).Tag == "!!null" {
			w.remove(fmt.Sprintf("%s[%d]", jsonPath(path, "enum"), i))
		}
	}
}

// types writes a list of several types as the alternatives that it stands for.
func (w *workarounds) types(n *yaml.Node, path string) {
	list := get(n, "type")
	if list == nil || list.Kind != yaml.SequenceNode || get(n, "anyOf") != nil {
		return
	}
	var alternatives []any
	several := 0
	for _, t := range list.Content {
		alternative := map[string]any{"type": follow(t).Value}
		if items := get(n, "items"); items != nil && follow(t).Value == "array" {
			alternative["items"] = items
		}
		if alternatives = append(alternatives, alternative); follow(t).Value != "null" {
			several++
		}
	}
	if several > 1 {
		w.remove(jsonPath(path, "type"))
		w.update(path, "anyOf", alternatives)
	}
}

// parameter makes a string of what is one scalar or another, since all are text in a path or query, and renames a path
// parameter that would have the name of something that the generated method uses.
func (w *workarounds) parameter(n *yaml.Node, path string) {
	if in, name := get(n, "in"), get(n, "name"); in.Value == "path" && name != nil && methodsNames[strings.ToLower(goName(name.Value))] {
		w.update(path, "x-go-name", goName(name.Value)+"Param")
	}
	schema, at := get(n, "schema"), jsonPath(path, "schema")
	if items := get(schema, "items"); items != nil {
		schema, at = items, jsonPath(at, "items")
	}
	for _, key := range []string{"anyOf", "oneOf"} {
		union, scalars := get(schema, key), 0
		if union == nil {
			continue
		}
		for _, alternative := range union.Content {
			switch t := get(alternative, "type"); {
			case t != nil && (t.Value == "string" || t.Value == "integer" || t.Value == "number" || t.Value == "boolean"):
				scalars++
			case t == nil || t.Value != "null":
				return
			}
		}
		if scalars > 1 {
			w.remove(jsonPath(at, key))
			w.update(at, "type", "string")
		}
	}
}

// methodsNames are the variables and packages that generated methods with path parameters use, in lower case.
var methodsNames = func() map[string]bool {
	names := map[string]bool{}
	for name := range strings.FieldsSeq(`c ctx params body contenttype reqeditors req rsp err server serverurl operationpath queryurl
		queryvalues rawqueryfragments queryfrag bodyreader buf bytes context errors fmt http io json runtime strings time url`) {
		names[name] = true
	}
	return names
}()

// generatorsNames returns the package-level names of the generated code that do not come from schemas: those of the
// generator's client and of the operation table, and those that oapi-codegen derives from the operations. (Its own
// resolve-type-name-collisions looks after the Response types alone.)
func generatorsNames(ops []operation) (map[string]bool, error) {
	table, err := renderOperations(nil)
	if err != nil {
		return nil, err
	}
	names := map[string]bool{}
	for _, src := range []string{emptyClient(), string(table), string(operations.Source)} {
		file, err := parser.ParseFile(token.NewFileSet(), "", src, 0)
		if err != nil {
			return nil, fmt.Errorf("read the names of the generated client: %w", err)
		}
		for _, decl := range file.Decls {
			switch decl := decl.(type) {
			case *ast.FuncDecl:
				names[decl.Name.Name] = names[decl.Name.Name] || decl.Recv == nil
			case *ast.GenDecl:
				for _, spec := range decl.Specs {
					switch spec := spec.(type) {
					case *ast.TypeSpec:
						names[spec.Name.Name] = true
					case *ast.ValueSpec:
						names[spec.Names[0].Name] = true
					}
				}
			}
		}
	}
	for _, op := range ops {
		for _, suffix := range []string{"Params", "JSONBody", "JSONRequestBody", "MultipartBody", "MultipartRequestBody", "FormdataBody", "FormdataRequestBody", "TextBody", "TextRequestBody"} {
			names[op.Name+suffix] = true
		}
	}
	maps.DeleteFunc(names, func(_ string, own bool) bool { return !own })
	return names, nil
}

// jsonPath appends member names to an RFC 9535 path.
func jsonPath(path string, members ...string) string {
	escape := strings.NewReplacer(`\`, `\\`, `'`, `\'`)
	for i, m := range members {
		members[i] = "['" + escape.Replace(m) + "']"
	}
	return path + strings.Join(members, "")
}
