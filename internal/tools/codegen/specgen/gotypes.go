package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"path"
	"reflect"
	"regexp"
	"slices"
	"strings"
)

const generatedPath = "generated" // where typesOf has what it reads

// typesOf returns what a file of Go declares. Errors other than of syntax are the compiler's to tell.
func typesOf(src []byte) (*types.Package, error) {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, "", src, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	config := types.Config{Importer: stubs{}, IgnoreFuncBodies: true, Error: func(error) {}}
	pkg, _ := config.Check(generatedPath, files, []*ast.File{file}, nil)
	return pkg, nil
}

// stubs imports packages of which nothing is known, except that each may have the type UUID.
type stubs struct{}

func (stubs) Import(file string) (*types.Package, error) {
	pkg := types.NewPackage(file, path.Base(file))
	uuid := types.NewTypeName(token.NoPos, pkg, "UUID", nil)
	types.NewNamed(uuid, types.NewArray(types.Typ[types.Byte], 16), nil)
	pkg.Scope().Insert(uuid)
	pkg.MarkComplete()
	return pkg, nil
}

// methodOf returns the method of the client that calls an operation, nil if there is none.
func methodOf(client *types.Package, operation string) *types.Signature {
	methods := client.Scope().Lookup("ClientWithResponsesInterface").Type()
	method, _, _ := types.LookupFieldOrMethod(methods, true, client, operation+"WithResponse")
	if method == nil {
		return nil
	}
	signature, _ := method.Type().(*types.Signature)
	return signature
}

// arguments returns the arguments of a client's method that are the operation's: those in the path,
// and then the params. The context is before them, and editors of the request behind.
func arguments(method *types.Signature) []*types.Var {
	all := slices.Collect(method.Params().Variables())
	return all[1 : len(all)-1]
}

// successOf returns the field of a response for the one success that an operation has, such as
// JSON200.
func successOf(op operation, method *types.Signature) (success field, ok bool) {
	for _, f := range fieldsOf(method.Results().At(0).Type()) {
		if len(op.Success) == 1 && strings.EqualFold(f.Name(), "JSON"+op.Success[0].Status) {
			return f, true
		}
	}
	return field{}, false
}

// field is a field of a struct.
type field struct {
	*types.Var

	tag reflect.StructTag
}

// fieldsOf returns the fields of a struct, or what a pointer to one points to. Another type has
// none.
func fieldsOf(t types.Type) []field {
	structure, ok := dereference(t).Underlying().(*types.Struct)
	if !ok {
		return nil
	}
	var fields []field
	for i := range structure.NumFields() {
		fields = append(fields, field{structure.Field(i), reflect.StructTag(structure.Tag(i))})
	}
	return fields
}

// named returns the name that a field has under a key of its tag, without options.
func (f field) named(key string) string {
	name, _, _ := strings.Cut(f.tag.Get(key), ",")
	return name
}

// fieldNamed returns the field of a struct that has a name under a key of its tag.
func fieldNamed(t types.Type, key, name string) (found field, ok bool) {
	for _, f := range fieldsOf(t) {
		if f.named(key) == name {
			return f, true
		}
	}
	return field{}, false
}

// isOptional reports whether a field need not be sent.
func (f field) isOptional() bool { return strings.HasSuffix(f.tag.Get("json"), ",omitempty") }

func isPointer(t types.Type) bool { return dereference(t) != t }

// dereference returns what a pointer points to, and any other type as it is.
func dereference(t types.Type) types.Type {
	pointer, ok := t.(*types.Pointer)
	if !ok {
		return t
	}
	return pointer.Elem()
}

// valueIn returns the Go expression for a field of a value, or for what a pointer in it points to, if
// anything.
func valueIn(value string, f field) string {
	if isPointer(f.Type()) {
		return "valueOf(" + value + "." + f.Name() + ")"
	}
	return value + "." + f.Name()
}

// nameable matches the names in package api of types of the generated package, and of predeclared ones.
var nameable = regexp.MustCompile(`^(?:generated\.)?[\pL\pN_]+$`)

// nameInAPI returns the name of a type in package api, "" if it has none there.
func nameInAPI(t types.Type) string {
	name := types.TypeString(t, (*types.Package).Name)
	if !nameable.MatchString(name) {
		return ""
	}
	return name
}

func isString(t types.Type) bool {
	return types.Identical(dereference(t).Underlying(), types.Typ[types.String])
}

func isList(t types.Type) bool {
	_, ok := dereference(t).Underlying().(*types.Slice)
	return ok
}

// isUUID reports whether a type is the runtime's UUID or an alias of it.
func isUUID(t types.Type) bool {
	named, ok := types.Unalias(dereference(t)).(*types.Named)
	return ok && named.Obj().Name() == "UUID" && named.Obj().Pkg().Path() != generatedPath
}
