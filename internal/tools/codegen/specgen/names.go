package main

import (
	"fmt"
	"go/token"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/oapi-codegen/oapi-codegen/v2/pkg/codegen"
)

// namer gives operations their Go names, in the order of the document, so that an operation added
// at the end never renames one that exists.
type namer struct {
	owner map[string]string // by Go name: "METHOD path" of the operation that has it
}

// name returns the Go name for the operationId of a request.
func (n *namer) name(operationID, request string) (string, error) {
	if n.owner == nil {
		n.owner = map[string]string{}
	}
	var name string
	for _, candidate := range candidates(operationID) {
		name = goName(candidate)
		if !token.IsExported(name) || !token.IsIdentifier(name) {
			return "", fmt.Errorf("operationId %q gives no Go name (%q); begin it with a letter",
				operationID, name)
		}
		if _, taken := n.owner[name]; !taken {
			n.owner[name] = request
			return name, nil
		}
	}
	return "", fmt.Errorf("%s would have the Go name %s, which %s has; give one of them another operationId",
		request, name, n.owner[name])
}

// candidates returns the names that an operationId may give, the best first. Django Ninja builds
// the id from the module's path and the function's name, "shop_endpoints_order_api_list_orders".
// The module's path goes, except its last word where the function's name is a single word or
// already taken. An id of another form stays as it is.
func candidates(operationID string) []string {
	module, function, ok := strings.Cut(operationID, "_api_")
	if !ok || function == "" {
		return []string{operationID}
	}
	lastWord := module[strings.LastIndexByte(module, '_')+1:]
	withModule := lastWord + "_" + function
	if !strings.Contains(function, "_") {
		return []string{withModule}
	}
	return []string{function, withModule}
}

// goName is oapi-codegen's own name normalizer, so that collisions are seen as it will see them.
// The generator fills its table of initialisms only when it generates.
func goName(s string) string {
	emptyClient()
	return codegen.ToCamelCaseWithInitialisms(s)
}

// emptyClient is what oapi-codegen generates for a document without operations.
var emptyClient = sync.OnceValue(func() string {
	empty := &openapi3.T{OpenAPI: "3.1.0", Info: &openapi3.Info{}, Paths: openapi3.NewPaths()}
	src, err := codegen.Generate(empty, codegen.Configuration{
		PackageName: "empty",
		Generate:    codegen.GenerateOptions{Models: true, Client: true},
		OutputOptions: codegen.OutputOptions{
			NameNormalizer: string(codegen.NameNormalizerFunctionToCamelCaseWithInitialisms),
		},
	})
	if err != nil {
		panic(fmt.Sprintf("oapi-codegen does not generate an empty document: %v", err))
	}
	return src
})
