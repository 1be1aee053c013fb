package main

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// operation is what the table says about one operation, and the client goes by: each field as it
// stands in the source.
type operation map[string]string

// tableChanges returns what the client does differently with operations that two trees share. The
// other comparisons tell which ones are new or gone.
func tableChanges(before, after string) ([]change, error) {
	old, err := readTable(before)
	if err != nil {
		return nil, fmt.Errorf("the commit: %w", err)
	}
	now, err := readTable(after)
	if err != nil {
		return nil, err
	}
	var changes []change
	for _, request := range slices.Sorted(maps.Keys(now)) {
		if was, kept := old[request]; kept {
			changes = append(changes, operationChanges(request, was, now[request])...)
		}
	}
	return changes, nil
}

func operationChanges(request string, was, is operation) []change {
	fields := maps.Clone(was)
	maps.Copy(fields, is)
	delete(fields, "Path") // only the names of its parameters can differ
	var changes []change
	for _, field := range slices.Sorted(maps.Keys(fields)) {
		if was[field] != is[field] {
			text := fmt.Sprintf("%s: %s was %s and is %s", request, field,
				cmp.Or(was[field], "none"), cmp.Or(is[field], "none"))
			changes = append(changes, change{severityOfField(field, was[field], is[field]), text})
		}
	}
	return changes
}

// severityOfField says what a change of a field does to callers: another name is another method, and
// calls may wait longer unless a rate limit is higher. Without one the server may refuse them.
func severityOfField(field, was, is string) severity {
	if field == "Name" {
		return breaks
	}
	limit, errBefore := strconv.Atoi(was)
	now, errNow := strconv.Atoi(is)
	if errBefore == nil && errNow == nil && now > limit {
		return compatible
	}
	return mayBreak
}

var placeholder = regexp.MustCompile(`\{[^{}/]*\}`)

// readTable returns the operations of a tree's table by the request that a server sees, to which
// the names of path parameters make no difference.
func readTable(dir string) (map[string]operation, error) {
	file := filepath.Join(dir, "generated", "operations.gen.go")
	source, err := os.ReadFile(file) //nolint:gosec // the tree that its user names
	if err != nil {
		return nil, err
	}
	parsed, err := parser.ParseFile(token.NewFileSet(), file, source, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	operations := map[string]operation{}
	for literal := range ast.Preorder(parsed) {
		op := fieldsOf(literal, source)
		if op["Path"] != "" {
			request := strings.Trim(op["Method"], `"`) + " " + strings.Trim(op["Path"], `"`)
			operations[placeholder.ReplaceAllString(request, "{}")] = op
		}
	}
	return operations, nil
}

// fieldsOf returns the fields of a literal as they stand in the source, with single spaces. Another
// node has none.
func fieldsOf(n ast.Node, source []byte) operation {
	op := operation{}
	literal, ok := n.(*ast.CompositeLit)
	if !ok {
		return op
	}
	text := func(n ast.Node) string {
		return strings.Join(strings.Fields(string(source[n.Pos()-1:n.End()-1])), " ")
	}
	for _, element := range literal.Elts {
		if field, ok := element.(*ast.KeyValueExpr); ok {
			op[text(field.Key)] = text(field.Value)
		}
	}
	return op
}
