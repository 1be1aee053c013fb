package main

import (
	"fmt"
	"go/token"
	"go/types"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// batch is an operation that gives the state of a batch and its results.
type batch struct {
	operation

	WaitName string // such as ShipOrderBatch

	// Params is the type of the method's params argument, "" where it has none. ParamField is its
	// field that takes the batch's id, "" where the id is an argument of its own.
	Params     string
	ParamField string

	// SuccessField is the field of the response with the decoded success, such as JSON200, and Result
	// the type of that. Status and ID are Go expressions for the batch's status and id in it.
	SuccessField string
	Result       string
	Status       string
	ID           string
}

// batchOperations returns which of the operations give the state of a batch, as the generated
// client shows it: each GET that takes one UUID, and whose success has a status and a list of
// items. It sets the parameter of these. The name that waits get, ShipOrderBatch for
// GetShipOrderBatchResults, is given in the document's order, so that an operation added at the end
// renames none that exists.
func batchOperations(ops []operation, client *types.Package) []batch {
	var batches []batch
	taken := map[string]bool{}
	for i, op := range ops {
		b := batch{operation: op}
		method := methodOf(client, op.Name)
		if op.Method == http.MethodGet && b.takesOneUUID(method) && b.givesStatusAndItems(method) {
			ops[i].BatchParameter = b.BatchParameter
			name := strings.TrimSuffix(withoutVerb(op.Name, "Get"), "Results")
			b.WaitName = numbered(strings.TrimSuffix(name, "Batch"), "Batch", taken)
			batches = append(batches, b)
		}
	}
	return batches
}

// inPath matches a parameter of a path.
var inPath = regexp.MustCompile(`\{[^{}/]*\}`)

// takesOneUUID reports whether a UUID is all that must be given to the method, in the path or the
// query.
func (b *batch) takesOneUUID(method *types.Signature) bool {
	var required []field
	for _, argument := range arguments(method) {
		if !isPointer(argument.Type()) {
			required = append(required, field{Var: argument})
			continue
		}
		b.Params = nameInAPI(dereference(argument.Type()))
		required = append(required, slices.DeleteFunc(fieldsOf(argument.Type()), field.isOptional)...)
	}
	if len(required) != 1 || !isUUID(required[0].Type()) {
		return false
	}
	b.BatchParameter = strings.Trim(inPath.FindString(b.Path), "{}")
	if required[0].IsField() {
		b.ParamField = required[0].Name()
		b.BatchParameter = required[0].named("form")
	}
	return b.BatchParameter != "" // a header has none
}

// givesStatusAndItems reports whether the method's success has a status and a list of items.
func (b *batch) givesStatusAndItems(method *types.Signature) bool {
	success, ok := successOf(b.operation, method)
	if !ok {
		return false
	}
	b.SuccessField = success.Name()
	b.Result = nameInAPI(dereference(success.Type()))
	b.ID = b.idIn(success.Type())
	status, hasStatus := fieldNamed(success.Type(), "json", "status")
	items, hasItems := fieldNamed(success.Type(), "json", "items")
	if !hasStatus || !hasItems {
		return false
	}
	b.Status = "BatchStatus(" + valueIn("batch", status) + ")"
	return isString(status.Type()) && isList(items.Type())
}

// idIn returns the expression for the batch's id in the result: a UUID with the name that it has in
// every batch of upstream's, or that of the parameter. A result without one has no id.
func (b *batch) idIn(result types.Type) string {
	for _, f := range fieldsOf(result) {
		name := plainName(f.named("json"))
		if isUUID(f.Type()) && (name == "batchrequestid" || name == plainName(b.BatchParameter)) {
			return valueIn("batch", f)
		}
	}
	return "uuid.Nil"
}

// plainName returns a name without what sets camel case and snake case apart.
func plainName(name string) string { return strings.ToLower(strings.ReplaceAll(name, "_", "")) }

// numbered returns a name that is not taken, and takes it: a base and a suffix, with a number between
// them if need be.
func numbered(base, suffix string, taken map[string]bool) string {
	name := base + suffix
	for n := 2; taken[name]; n++ {
		name = fmt.Sprint(base, n, suffix)
	}
	taken[name] = true
	return name
}

// withoutVerb returns the name of an operation without its first word, if that is a verb.
func withoutVerb(name, verb string) string {
	rest, ok := strings.CutPrefix(name, verb)
	if !ok || !token.IsExported(rest) {
		return name
	}
	return rest
}
