package main

import (
	"go/ast"
	"net/http"
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
// items.
func batchOperations(ops []operation, client *ast.File) []batch {
	types := typesOf(client)
	var batches []batch
	for _, op := range ops {
		b := batch{operation: op}
		if b.recognize(types) {
			batches = append(batches, b)
		}
	}
	return batches
}

// recognize reports whether the operation gives the state of a batch, and fills in the rest if it
// does.
func (b *batch) recognize(types clientTypes) bool {
	if b.Method != http.MethodGet || len(b.Success) != 1 {
		return false
	}
	method := types.clientMethod(b.Name + "WithResponse")
	if method == nil {
		return false
	}
	return b.takesOneUUID(types, method) && b.givesStatusAndItems(types, method)
}

// takesOneUUID reports whether a UUID is all that must be given to the method, in the path or the
// query.
func (b *batch) takesOneUUID(types clientTypes, method *ast.FuncType) bool {
	required := 0
	for i, argument := range betweenContextAndEditors(method) {
		if pointer, ok := argument.Type.(*ast.StarExpr); ok {
			b.Params = identifier(pointer.X)
			required += b.lookAtParams(types)
			continue
		}
		required++
		if types.isUUID(argument.Type) {
			b.BatchParameter = strings.Trim(parameter.FindAllString(b.Path, -1)[i], "{}")
		}
	}
	return required == 1 && b.BatchParameter != ""
}

// betweenContextAndEditors returns the arguments of a client's method that are the operation's:
// those in the path, and then the params.
func betweenContextAndEditors(method *ast.FuncType) []*ast.Field {
	arguments := method.Params.List
	return arguments[1 : len(arguments)-1]
}

// lookAtParams returns how many fields of the params must be set, and notes one that is a UUID of
// the query.
func (b *batch) lookAtParams(types clientTypes) int {
	required := 0
	for _, field := range types.fields(b.Params) {
		if _, optional := field.Type.(*ast.StarExpr); optional {
			continue
		}
		required++
		name := tag(field, "form")
		if name != "" && types.isUUID(field.Type) {
			b.BatchParameter = name
			b.ParamField = field.Names[0].Name
		}
	}
	return required
}

// givesStatusAndItems reports whether the method's success has a status and a list of items.
func (b *batch) givesStatusAndItems(types clientTypes, method *ast.FuncType) bool {
	response := identifier(dereference(method.Results.List[0].Type))
	success := types.field(response, "JSON"+b.Success[0].Status)
	if success == nil {
		return false
	}
	b.SuccessField = success.Names[0].Name
	b.Result = identifier(dereference(success.Type))
	status := types.taggedField(b.Result, "status")
	items := types.taggedField(b.Result, "items")
	if status == nil || items == nil {
		return false
	}
	b.Status = "BatchStatus(" + valueOf(status) + ")"
	b.ID = b.idIn(types)
	return types.isString(dereference(status.Type)) && types.isList(dereference(items.Type))
}

// idIn returns the expression for the batch's id in the result: a UUID with the name that it has in
// every batch of upstream's, or that of the parameter. A result without one has no id.
func (b *batch) idIn(types clientTypes) string {
	for _, field := range types.fields(b.Result) {
		name := plainName(tag(field, "json"))
		isID := name == "batchrequestid" || name == plainName(b.BatchParameter)
		if isID && types.isUUID(dereference(field.Type)) {
			return valueOf(field)
		}
	}
	return "uuid.Nil"
}

// plainName returns a name without what sets camel case and snake case apart.
func plainName(name string) string { return strings.ToLower(strings.ReplaceAll(name, "_", "")) }

// valueOf returns the expression for the value of a field of the result.
func valueOf(field *ast.Field) string {
	value := "batch." + field.Names[0].Name
	if _, optional := field.Type.(*ast.StarExpr); optional {
		return "valueOf(" + value + ")"
	}
	return value
}
