package main

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// declaredParameter is a parameter of an operation as it applies.
type declaredParameter struct {
	node     *yaml.Node // with name and in
	path     string     // where that stands, as a JSONPath
	name, in string
}

// parameters returns the parameters of an operation: its own, and those of its path that it does
// not declare anew.
func (d *document) parameters(s site) ([]declaredParameter, error) {
	itemPath := jsonPath("$", "paths", s.path.Value)
	own, err := d.parameterList(get(s.node, "parameters"), jsonPath(itemPath, s.method.Value, "parameters"))
	if err != nil {
		return nil, err
	}
	shared, err := d.parameterList(get(s.item, "parameters"), jsonPath(itemPath, "parameters"))
	if err != nil {
		return nil, err
	}
	for _, p := range shared {
		if !slices.ContainsFunc(own, p.isSame) {
			own = append(own, p)
		}
	}
	return own, nil
}

func (p declaredParameter) isSame(other declaredParameter) bool {
	return p.name == other.name && p.in == other.in
}

// parameterList returns the parameters of a list, which may be references.
func (d *document) parameterList(list *yaml.Node, path string) ([]declaredParameter, error) {
	var parameters []declaredParameter
	for i, item := range items(list) {
		at := fmt.Sprintf("%s[%d]", path, i)
		if ref := get(item, "$ref"); ref != nil {
			at = jsonPathOf(ref.Value)
		}
		node, err := d.resolve(item)
		if err != nil {
			return nil, err
		}
		name := get(node, "name")
		in := get(node, "in")
		if name == nil || in == nil {
			return nil, d.errorf(follow(item), "a parameter has no name, or does not say what it is in")
		}
		p := declaredParameter{node: node, path: at, name: name.Value, in: in.Value}
		if slices.ContainsFunc(parameters, p.isSame) {
			return nil, d.errorf(name, "the %s parameter %s is declared twice", p.in, p.name)
		}
		parameters = append(parameters, p)
	}
	return parameters, nil
}

// nameParameters gives the parameters of each operation names of their own: those in the path are
// arguments of a method, all others fields of a struct. The first keeps its name. Another that
// would have the same, such as order_id beside orderId, or one of a header beside one of the query,
// gets the place that it is in appended, and then a number.
func (w *workarounds) nameParameters(d *document, s site) error {
	parameters, err := d.parameters(s)
	if err != nil {
		return err
	}
	arguments := map[string]bool{}
	for _, name := range reservedParameterNames {
		arguments[name] = true
	}
	fields := map[string]bool{}
	for _, p := range parameters {
		taken := fields
		if p.in == "path" {
			taken = arguments
		}
		w.nameParameter(p, taken)
	}
	return nil
}

func (w *workarounds) nameParameter(p declaredParameter, taken map[string]bool) {
	usual := goName(p.name)
	name := cmp.Or(w.parameterNames[p.path], usual) // by an operation before, of one that is shared
	for i := 1; taken[strings.ToLower(name)]; i++ {
		name = usual + goName(p.in)
		if p.in == "path" {
			name = usual + "Param"
		}
		if i > 1 {
			name += strconv.Itoa(i)
		}
	}
	taken[strings.ToLower(name)] = true
	if name == usual || name == w.parameterNames[p.path] {
		return
	}
	w.parameterNames[p.path] = name
	w.update(p.path, "x-go-name", name)
	if p.in != "path" {
		// The field's tag for JSON, which no request uses, would repeat that of a parameter with
		// the same name elsewhere.
		w.update(p.path, "x-oapi-codegen-extra-tags", map[string]any{"json": "-"})
	}
}
