package main

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/oapi-codegen/oapi-codegen/v2/pkg/codegen"
)

// nameKey is the extension with which a document chooses the Go name of an operation.
const nameKey = "x-go-name"

// goName is oapi-codegen's own name normalizer, which knows its initialisms once it has generated
// something: see readClientNames.
func goName(s string) string { return codegen.ToCamelCaseWithInitialisms(s) }

// clientNames are the package-level names of the generated code that come from no document.
var clientNames []string

// readClientNames sets up the generator's normalizer, and the names of the generator's own client.
func readClientNames(config codegen.Configuration) error {
	empty := &openapi3.T{OpenAPI: "3.1.0", Info: &openapi3.Info{}, Paths: openapi3.NewPaths()}
	config.OutputOptions.UserTemplates = nil // which are not derived yet
	client, err := codegen.Generate(empty, config)
	if err != nil {
		return fmt.Errorf("generate a client without operations: %w", err)
	}
	types, err := typesOf([]byte(client))
	if err != nil {
		return err
	}
	clientNames = append(types.Scope().Names(), "Operations") // the table
	return nil
}

// firstFree returns the Go name of the first candidate that nothing has yet, and takes it. Where
// all are taken, the compiler will refuse the last.
func firstFree(candidates []string, taken map[string]bool) string {
	var name string
	for _, candidate := range candidates {
		name = goName(candidate)
		if !taken[name] {
			break
		}
	}
	taken[name] = true
	return name
}

// nameOperations gives operations their Go names: those that kept has for their requests, those that
// the document chooses, and then others in the document's order, so that an operation added at the
// end never renames one that exists.
func nameOperations(ops []operation, kept map[string]string) {
	taken := map[string]bool{}
	for i := range ops {
		op := &ops[i]
		op.Name = kept[op.request()]
		if chosen := get(op.node, nameKey); chosen != nil {
			op.Name = goName(chosen.Value)
		}
		taken[op.Name] = true
	}
	for i := range ops {
		if ops[i].Name == "" {
			ops[i].Name = firstFree(ops[i].candidates(), taken)
		}
	}
}

var (
	// ninja matches what Django Ninja makes of a module's path and the function's name,
	// shop_endpoints_order_api_list_orders.
	ninja = regexp.MustCompile(`^(?:.*_)?([^_]*)_api_(.+)$`)

	// notWord matches what FastAPI replaces in an operation's path.
	notWord = regexp.MustCompile(`\W`)
)

// candidates returns the names that an operation may be given, the best first.
//
// The module's path goes from an id of Django Ninja's, except its last word where the function's
// name is a single word or already taken. FastAPI appends path and method to the function's name,
// "list_orders_api_v1_orders__get". They go, except where the rest is taken. An id of another form
// stays as it is. Without one, the operation is named by method and path. The last resort is the id
// with the method in front.
func (op *operation) candidates() []string {
	id := strings.TrimSpace(textOf(op.node, "operationId"))
	verbose := op.method.Value + "_" + id
	appended := notWord.ReplaceAllString(op.Path, "_") + "_" + op.method.Value
	function, isFastAPI := strings.CutSuffix(id, appended)
	parts := ninja.FindStringSubmatch(id)
	switch {
	case id == "":
		return []string{op.method.Value + "_" + op.Path}
	case isFastAPI && function != "":
		return []string{function, id, verbose}
	case parts == nil:
		return []string{id, verbose}
	case strings.Contains(parts[2], "_"):
		return []string{parts[2], parts[1] + "_" + parts[2], verbose}
	default:
		return []string{parts[1] + "_" + parts[2], verbose}
	}
}

// operationSuffixes are what oapi-codegen appends to an operation's name for the types that it
// derives from it. (Its own resolve-type-name-collisions looks after the Response types alone.)
var operationSuffixes = []string{
	"Params", "JSONBody", "JSONRequestBody", "MultipartBody", "MultipartRequestBody",
	"FormdataBody", "FormdataRequestBody", "TextBody", "TextRequestBody",
}

// schemaNames returns the Go name of each schema, by its name in the document.
func (d *document) schemaNames(ops []operation) map[string]string {
	taken := map[string]bool{}
	for _, name := range clientNames {
		taken[name] = true
	}
	for _, op := range ops {
		for _, suffix := range operationSuffixes {
			taken[op.Name+suffix] = true
		}
	}
	names := map[string]string{}
	for key := range pairs(get(get(d.root, "components"), "schemas")) {
		names[key.Value] = firstFree(schemaCandidates(key.Value), taken)
	}
	return names
}

// schemaCandidates returns the names that a schema may be given, the best first. Django Ninja tells
// two classes of one name apart by the path of their modules, orders_app__models__order__Order and
// stock_app__models__order__Order. The last two parts of such a name do, or more of them where
// these are taken. Any other name stays as it is, unless it is taken.
func schemaCandidates(schema string) []string {
	isEmpty := func(part string) bool { return part == "" }
	parts := slices.DeleteFunc(strings.Split(schema, "__"), isEmpty)
	var candidates []string
	for n := 2; n <= len(parts) && len(parts) > 2; n++ {
		candidates = append(candidates, strings.Join(parts[len(parts)-n:], "_"))
	}
	if candidates == nil {
		candidates = []string{schema}
	}
	return append(candidates, schema+"Schema")
}

// goNames returns the Go names of a document's operations, by request, and of its schemas, by name.
func (d *document) goNames() (map[string]string, error) {
	ops, err := d.operations()
	if err != nil {
		return nil, err
	}
	names := d.schemaNames(ops)
	for _, op := range ops {
		names[op.request()] = op.Name
	}
	return names, nil
}

// keepNames writes a name into each new operation that would take its name from one that was there
// before. It is an error if another Go name changes all the same, unless that is accepted.
func (d *document) keepNames(before map[string]string, accepted bool) (renamed []string, err error) {
	free, err := d.operations()
	if err != nil {
		return nil, err
	}
	kept := slices.Clone(free)
	nameOperations(kept, before)
	for i, op := range kept {
		if before[op.request()] == "" && op.Name != free[i].Name {
			put(op.node, newScalar(nameKey), newScalar(op.Name))
		}
	}
	after, err := d.goNames()
	if err != nil {
		return nil, err
	}
	for _, of := range slices.Sorted(maps.Keys(before)) {
		if name, isThere := after[of]; isThere && name != before[of] {
			renamed = append(renamed, fmt.Sprintf("%s: %s becomes %s", of, before[of], name))
		}
	}
	if len(renamed) > 0 && !accepted {
		return nil, fmt.Errorf("existing Go names would change; nothing was changed; -replace accepts it"+
			" (make spec REPLACE=1 PAGES=...)\n%s", strings.Join(renamed, "\n"))
	}
	return renamed, nil
}
