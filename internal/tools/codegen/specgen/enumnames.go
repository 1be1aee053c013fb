package main

import (
	"fmt"

	"github.com/oapi-codegen/oapi-codegen/v2/pkg/codegen"
	"go.yaml.in/yaml/v4"
)

// enumNames names the values of an enum of which the generator would lose some: those without a
// letter that it knows, beside another one or an empty text, would all be one constant in Go.
func (w *workarounds) enumNames(n *yaml.Node, path string) {
	var values []string
	for _, value := range items(get(n, "enum")) {
		if hasConstant(value) {
			values = append(values, follow(value).Value)
		}
	}
	if get(n, "x-enum-varnames") != nil || !meetInGo(values) {
		return
	}
	var names []any
	for i, value := range values {
		name := value
		if value != "" && goName(value) == "" {
			name = fmt.Sprint("Value", i+1)
		}
		names = append(names, name)
	}
	w.update(path, "x-enum-varnames", names)
}

// meetInGo reports whether two of the values give one constant.
func meetInGo(values []string) bool {
	emptyClient() // the generator's normalizer is set when it generates
	constants := map[string]bool{}
	sanitized := codegen.SanitizeEnumNames(values, values)
	for name := range sanitized {
		constants[codegen.SchemaNameToTypeName(name)] = true
	}
	return len(constants) < len(sanitized)
}
