package main

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
)

// tableFile holds what the generator read of each operation for the client.
const tableFile = "generated/operations.gen.go"

// operation is what the table says of one operation, and the client goes by.
type operation struct {
	name       string // Go name, without the WithResponse of its method
	method     string
	path       string
	accept     string
	rateLimit  int // requests a minute, 0 where none is stated
	idempotent bool
}

// readTable returns the operations of a tree's table, in its order. An older tree may have no
// table, or one with other fields: what is missing is empty, and what is unknown is skipped.
func readTable(dir string) ([]operation, error) {
	file := filepath.Join(dir, filepath.FromSlash(tableFile))
	source, err := os.ReadFile(file) //nolint:gosec // a developer's tool reads the tree that it is told to
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	parsed, err := parser.ParseFile(token.NewFileSet(), file, source, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	var operations []operation
	for _, element := range elements(tableOf(parsed)) {
		op := operationOf(element)
		if op.method != "" && op.path != "" {
			operations = append(operations, op)
		}
	}
	return operations, nil
}

// tableOf returns the value of the variable Operations, nil where a file has none.
func tableOf(file *ast.File) ast.Expr {
	var table ast.Expr
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if ok && spec.Names[0].Name == "Operations" && len(spec.Values) == 1 {
			table = spec.Values[0]
		}
		return table == nil
	})
	return table
}

// elements returns the elements of a composite literal, none of any other expression.
func elements(value ast.Expr) []ast.Expr {
	literal, ok := value.(*ast.CompositeLit)
	if !ok {
		return nil
	}
	return literal.Elts
}

func operationOf(value ast.Expr) operation {
	var op operation
	for _, element := range elements(value) {
		field, ok := element.(*ast.KeyValueExpr)
		if !ok {
			continue
		}
		key, ok := field.Key.(*ast.Ident)
		if !ok {
			continue
		}
		switch key.Name {
		case "Name":
			op.name = text(field.Value)
		case "Method":
			op.method = text(field.Value)
		case "Path":
			op.path = text(field.Value)
		case "Accept":
			op.accept = text(field.Value)
		case "RateLimit":
			op.rateLimit = number(field.Value)
		case "Idempotent":
			op.idempotent = isTrue(field.Value)
		}
	}
	return op
}

// text returns the value of a string literal, "" for anything else.
func text(value ast.Expr) string {
	literal, ok := value.(*ast.BasicLit)
	if !ok {
		return ""
	}
	unquoted, err := strconv.Unquote(literal.Value)
	if err != nil {
		return ""
	}
	return unquoted
}

// number returns the value of an integer literal, 0 for anything else.
func number(value ast.Expr) int {
	literal, ok := value.(*ast.BasicLit)
	if !ok {
		return 0
	}
	n, err := strconv.Atoi(literal.Value)
	if err != nil {
		return 0
	}
	return n
}

func isTrue(value ast.Expr) bool {
	name, ok := value.(*ast.Ident)
	return ok && name.Name == "true"
}
