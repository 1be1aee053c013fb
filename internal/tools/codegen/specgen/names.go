package main

import (
	"fmt"
	"go/token"
	"regexp"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/oapi-codegen/oapi-codegen/v2/pkg/codegen"
)

// namer gives operations their Go names, in the order of the document, so that an operation added
// at the end never renames one that exists.
type namer struct {
	owner map[string]string // by the name of a Go method: "METHOD path" of the operation that has it
}

// newNamer returns a namer that knows the names of the generator's own client.
func newNamer() *namer {
	n := &namer{owner: map[string]string{}}
	for field := range clientFields() {
		n.owner[field] = "the generated client"
	}
	return n
}

// name returns the Go name of an operation with an operationId, which may be empty.
func (n *namer) name(op operation, operationID string) (string, error) {
	var name string
	for _, candidate := range candidates(op, operationID) {
		name = goName(candidate)
		if !token.IsExported(name) || !token.IsIdentifier(name) {
			return "", fmt.Errorf("operationId %q gives no Go name (%q); begin it with a letter",
				operationID, name)
		}
		if n.owns(name, op) == "" {
			n.claim(name, op)
			return name, nil
		}
	}
	return "", fmt.Errorf("%s would have the Go name %s, which %s has; give one of them another operationId",
		op.request(), name, n.owns(name, op))
}

// owns returns who has one of the methods that an operation of a name would have, "" if nobody.
func (n *namer) owns(name string, op operation) string {
	for _, method := range methodNames(name, op) {
		if owner := n.owner[method]; owner != "" {
			return owner
		}
	}
	return ""
}

func (n *namer) claim(name string, op operation) {
	for _, method := range methodNames(name, op) {
		n.owner[method] = op.request()
	}
}

// methodNames returns the methods that the generated client has for an operation.
func methodNames(name string, op operation) []string {
	names := []string{name, name + "WithResponse"}
	if op.hasBody {
		names = append(names, name+"WithBody", name+"WithBodyWithResponse")
	}
	return names
}

// candidates returns the names that an operation may be given, the best first.
//
// Django Ninja builds the id from the module's path and the function's name,
// "shop_endpoints_order_api_list_orders". The module's path goes, except its last word where the
// function's name is a single word or already taken. FastAPI appends path and method to the
// function's name, "list_orders_api_v1_orders__get". They go, except where the rest is taken. An id
// of another form stays as it is. Without one, the operation is named by method and path. The last
// resort is the id with the method in front.
func candidates(op operation, operationID string) []string {
	method := strings.ToLower(op.Method)
	if strings.TrimSpace(operationID) == "" {
		return []string{method + "_" + op.Path}
	}
	verbose := method + "_" + operationID
	appended := notWord.ReplaceAllString(op.Path, "_") + "_" + method
	if function, ok := strings.CutSuffix(operationID, appended); ok && function != "" {
		return []string{function, operationID, verbose}
	}
	cut := strings.LastIndex(operationID, "_api_")
	if cut < 0 || cut+len("_api_") == len(operationID) {
		return []string{operationID, verbose}
	}
	module := operationID[:cut]
	function := operationID[cut+len("_api_"):]
	lastWord := module[strings.LastIndexByte(module, '_')+1:]
	withModule := lastWord + "_" + function
	if !strings.Contains(function, "_") {
		return []string{withModule, verbose}
	}
	return []string{function, withModule, verbose}
}

// notWord matches what FastAPI replaces in an operation's path.
var notWord = regexp.MustCompile(`\W`)

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
