package main

import (
	"go/ast"
	"go/token"
	"reflect"
	"strconv"
	"strings"
)

// clientTypes are the types of the generated client, by name.
type clientTypes map[string]*ast.TypeSpec

func typesOf(client *ast.File) clientTypes {
	types := clientTypes{}
	for _, decl := range client.Decls {
		gen, ok := decl.(*ast.GenDecl)
		if !ok || gen.Tok != token.TYPE {
			continue
		}
		for _, spec := range gen.Specs {
			if spec, ok := spec.(*ast.TypeSpec); ok {
				types[spec.Name.Name] = spec
			}
		}
	}
	return types
}

// clientMethod returns the type of a method of the generated client's interface, nil if it has
// none of that name.
func (t clientTypes) clientMethod(name string) *ast.FuncType {
	client, ok := t.underlying(ast.NewIdent("ClientWithResponsesInterface")).(*ast.InterfaceType)
	if !ok {
		return nil
	}
	for _, method := range client.Methods.List {
		signature, ok := method.Type.(*ast.FuncType)
		if ok && method.Names[0].Name == name {
			return signature
		}
	}
	return nil
}

// fields returns the named fields of a struct type. Another type has none.
func (t clientTypes) fields(name string) []*ast.Field {
	structure, ok := t.underlying(ast.NewIdent(name)).(*ast.StructType)
	if !ok {
		return nil
	}
	var named []*ast.Field
	for _, field := range structure.Fields.List {
		if len(field.Names) == 1 {
			named = append(named, field)
		}
	}
	return named
}

// field returns the field of a struct type with a name, whatever the case, nil if there is none.
func (t clientTypes) field(structure, name string) *ast.Field {
	for _, field := range t.fields(structure) {
		if strings.EqualFold(field.Names[0].Name, name) {
			return field
		}
	}
	return nil
}

// taggedField returns the field of a struct type with a name in JSON, nil if there is none.
func (t clientTypes) taggedField(structure, name string) *ast.Field {
	for _, field := range t.fields(structure) {
		if tag(field, "json") == name {
			return field
		}
	}
	return nil
}

// underlying returns what a type is made of in the end.
func (t clientTypes) underlying(expr ast.Expr) ast.Expr {
	for range t { // no chain of types is longer
		spec, ok := t[identifier(expr)]
		if !ok {
			return expr
		}
		expr = spec.Type
	}
	return expr
}

func (t clientTypes) isString(expr ast.Expr) bool {
	return identifier(t.underlying(expr)) == "string"
}

func (t clientTypes) isList(expr ast.Expr) bool {
	_, ok := t.underlying(expr).(*ast.ArrayType)
	return ok
}

// isUUID reports whether a type is the runtime's UUID or an alias of it.
func (t clientTypes) isUUID(expr ast.Expr) bool {
	for range t {
		spec, ok := t[identifier(expr)]
		if !ok || !spec.Assign.IsValid() {
			break
		}
		expr = spec.Type
	}
	selector, ok := expr.(*ast.SelectorExpr)
	return ok && selector.Sel.Name == "UUID"
}

// identifier returns the name of a type of the package or of a predeclared one, "" for any other
// type.
func identifier(expr ast.Expr) string {
	name, ok := expr.(*ast.Ident)
	if !ok {
		return ""
	}
	return name.Name
}

// dereference returns what a pointer type points to, and any other type as it is.
func dereference(expr ast.Expr) ast.Expr {
	pointer, ok := expr.(*ast.StarExpr)
	if !ok {
		return expr
	}
	return pointer.X
}

// tag returns the name that a field has under a key of its tag, without options.
func tag(field *ast.Field, key string) string {
	if field.Tag == nil {
		return ""
	}
	text, err := strconv.Unquote(field.Tag.Value)
	if err != nil {
		return ""
	}
	name, _, _ := strings.Cut(reflect.StructTag(text).Get(key), ",")
	return name
}
