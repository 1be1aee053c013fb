package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
)

// operationSuffixes are what oapi-codegen appends to an operation's name for the types that it
// derives from it. (Its own resolve-type-name-collisions looks after the Response types alone.)
var operationSuffixes = []string{
	"Params", "JSONBody", "JSONRequestBody", "MultipartBody", "MultipartRequestBody",
	"FormdataBody", "FormdataRequestBody", "TextBody", "TextRequestBody",
}

// reservedTypeNames returns the package-level names of the generated code that do not come from
// schemas: those of the generator's client and of the operation table, and those derived from the
// operations.
func reservedTypeNames(ops []operation) (map[string]bool, error) {
	table, err := renderOperations(nil, "example.com/module")
	if err != nil {
		return nil, err
	}
	reserved := map[string]bool{}
	for _, src := range []string{emptyClient(), string(table)} {
		file, err := parser.ParseFile(token.NewFileSet(), "", src, parser.SkipObjectResolution)
		if err != nil {
			return nil, fmt.Errorf("read the names of the generated client: %w", err)
		}
		for _, decl := range file.Decls {
			for _, name := range declaredNames(decl) {
				reserved[name] = true
			}
		}
	}
	for _, op := range ops {
		for _, suffix := range operationSuffixes {
			reserved[op.Name+suffix] = true
		}
	}
	return reserved, nil
}

// clientFields returns the names of the fields of the generated clients, embedded ones included: no
// method of theirs can have the same name.
func clientFields() map[string]bool {
	file, err := parser.ParseFile(token.NewFileSet(), "", emptyClient(), parser.SkipObjectResolution)
	if err != nil {
		panic(fmt.Sprintf("read the fields of the generated client: %v", err)) // it was generated just now
	}
	fields := map[string]bool{}
	for _, name := range []string{"Client", "ClientWithResponses"} {
		structure, ok := typesOf(file).underlying(ast.NewIdent(name)).(*ast.StructType)
		if !ok {
			continue
		}
		for _, field := range structure.Fields.List {
			fields[fieldName(field)] = true
		}
	}
	return fields
}

// fieldName returns the name of a field, which is that of its type if it is embedded.
func fieldName(field *ast.Field) string {
	if len(field.Names) > 0 {
		return field.Names[0].Name
	}
	return identifier(field.Type)
}

// declaredNames returns the package-level names of a declaration. Imports have none, and neither
// do methods.
func declaredNames(decl ast.Decl) []string {
	switch decl := decl.(type) {
	case *ast.FuncDecl:
		if decl.Recv == nil {
			return []string{decl.Name.Name}
		}
	case *ast.GenDecl:
		var names []string
		for _, spec := range decl.Specs {
			names = append(names, specNames(spec)...)
		}
		return names
	}
	return nil
}

func specNames(spec ast.Spec) []string {
	switch spec := spec.(type) {
	case *ast.TypeSpec:
		return []string{spec.Name.Name}
	case *ast.ValueSpec:
		var names []string
		for _, name := range spec.Names {
			names = append(names, name.Name)
		}
		return names
	}
	return nil
}

// reservedParameterNames are the variables and packages that generated methods with path
// parameters use, in lower case.
var reservedParameterNames = []string{
	"c", "ctx", "params", "body", "contenttype", "reqeditors", "req", "doer", "rsp", "parsed", "err",
	"server", "serverurl", "operationpath", "queryurl", "queryvalues", "rawqueryfragments", "queryfrag",
	"bodyreader", "buf",
	"bytes", "context", "errors", "fmt", "http", "io", "json", "operation", "runtime", "strings",
	"time", "url",
}
