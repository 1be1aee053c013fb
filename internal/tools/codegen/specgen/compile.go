package main

import (
	"errors"
	"go/ast"
	"go/token"
	"go/types"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// checkTypes returns the first reason why a generated file would not compile, and the names of the
// declaration that it stands in. Imports are not looked at: what meets or is missing among the
// file's own names depends on the document alone.
func checkTypes(files *token.FileSet, file *ast.File) (where string, err error) {
	check := types.Config{
		Importer: noImporter{},
		Error: func(found error) {
			var e types.Error
			if err == nil && errors.As(found, &e) && e.Pos > lastImport(file) {
				where = declaredAt(file, e.Pos) + " " + e.Msg
				err = errors.New(position.ReplaceAllString(e.Msg, ""))
			}
		},
	}
	_, _ = check.Check(file.Name.Name, files, []*ast.File{file}, nil) // Error has seen the errors
	return where, err
}

// position matches where another declaration stands in a file that nobody sees.
var position = regexp.MustCompile(` at \d+:\d+$`)

// noImporter imports nothing. The checker then takes the names of a package for granted.
type noImporter struct{}

func (noImporter) Import(string) (*types.Package, error) { return nil, errors.New("not imported") }

func lastImport(file *ast.File) token.Pos {
	last := token.NoPos
	for _, spec := range file.Imports {
		last = max(last, spec.End())
	}
	return last
}

// declaredAt returns the names that the declaration at a position declares.
func declaredAt(file *ast.File, at token.Pos) string {
	for _, decl := range file.Decls {
		if decl.Pos() > at || at >= decl.End() {
			continue
		}
		if function, ok := decl.(*ast.FuncDecl); ok {
			return function.Name.Name
		}
		return strings.Join(declaredNames(decl), " ")
	}
	return ""
}

// mentioned returns where the operation or schema stands that a text names, the one with the
// longest name if there are several. It is the top of the document if there is none.
func (d *document) mentioned(text string, ops []operation) *yaml.Node {
	if strings.Contains(text, "tab character") {
		return d.tabbed(d.root)
	}
	found := d.top()
	longest := 0
	look := func(node *yaml.Node, names ...string) {
		for _, name := range names {
			if len(name) > longest && strings.Contains(text, name) {
				longest = len(name)
				found = node
			}
		}
	}
	sites := slices.Collect(d.sites())
	for i, op := range ops {
		look(sites[i].method, op.Name, op.Path)
	}
	for schema := range pairs(get(get(d.root, "components"), "schemas")) {
		look(schema, schema.Value, goName(schema.Value), freeTypeName(schema.Value, nil))
	}
	return found
}

// tabbed returns the first text of several lines that begins with a tab, which the generator cannot
// read, and the top of the document if there is none.
func (d *document) tabbed(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.ScalarNode && leadingTab.MatchString(n.Value) {
		return n
	}
	for _, child := range n.Content {
		if found := d.tabbed(child); found != d.top() {
			return found
		}
	}
	return d.top()
}

var leadingTab = regexp.MustCompile(`^\s*\t[^\n]*\n`)
