package main

import (
	"cmp"
	"fmt"
	"go/types"
	"net/http"
	"slices"
	"text/template"

	"go.yaml.in/yaml/v4"
)

// list is an operation that gives a list in pages.
type list struct {
	operation

	AllName string // of the method, such as AllOrders

	// Params is the type of the operation's params, and Position their field for the number or the
	// cursor of a page, a pointer if it is optional, of the type At.
	Params     string
	Position   string
	IsOptional bool
	At         string

	// SuccessField is the field of the response with the decoded success, such as JSON200. Item is the
	// type of an item. Items and Next are Go expressions for the items, and for where the next page
	// begins.
	SuccessField string
	Item         string
	Items        string
	Next         string
}

// listOperations returns which of the operations give a list in pages, as the generated client shows
// it: each GET that takes nothing but params, of which one is a page or a cursor, and whose success is
// an object with one list. One that counts its pages from 0 gets no method, since params without a
// number are taken to ask for page 1.
func (d *document) listOperations(ops []operation, client *types.Package) []list {
	var lists []list
	taken := map[string]bool{}
	for _, op := range ops {
		l := list{operation: op}
		isList := op.Method == http.MethodGet && l.recognize(methodOf(client, op.Name))
		if isList && (l.At == "string" || !d.countsFromZero(op)) {
			name := withoutVerb(withoutVerb(op.Name, "Get"), "List")
			l.AllName = numbered("All"+name, "", taken)
			lists = append(lists, l)
		}
	}
	return lists
}

// countsFromZero reports whether an operation's first page is number 0.
func (d *document) countsFromZero(op operation) bool {
	isFirstZero := func(parameter *yaml.Node) bool {
		shared, _ := d.resolve(parameter)
		schema, _ := d.resolve(get(shared, "schema"))
		first := cmp.Or(textOf(schema, "default"), textOf(schema, "minimum"))
		return textOf(shared, "name") == "page" && first == "0"
	}
	return slices.ContainsFunc(items(get(op.node, "parameters")), isFirstZero) ||
		slices.ContainsFunc(items(get(op.item, "parameters")), isFirstZero)
}

// recognize reports whether the operation gives a list in pages, and fills in the rest if it does.
func (l *list) recognize(method *types.Signature) bool {
	given := arguments(method)
	success, ok := successOf(l.operation, method)
	if !ok || len(given) != 1 || !isPointer(given[0].Type()) || !l.hasItems(success.Type()) {
		return false
	}
	l.SuccessField = success.Name()
	l.Params = nameInAPI(dereference(given[0].Type()))
	cursor, hasCursor := fieldNamed(given[0].Type(), "form", "cursor")
	if hasCursor && l.begins(cursor, "string") {
		l.Next = cmp.Or(said(success.Type(), "nextcursor", "string"), said(success.Type(), "next", "string"),
			said(success.Type(), "cursor", "string"))
	}
	number, hasNumber := fieldNamed(given[0].Type(), "form", "page")
	if l.Next == "" && hasNumber && l.begins(number, "int64") {
		l.Next = l.nextNumber(success.Type())
	}
	return l.Next != ""
}

// begins reports whether a field of the params, of a type, is where a page begins.
func (l *list) begins(position field, ofType string) bool {
	l.Position = position.Name()
	l.IsOptional = isPointer(position.Type())
	l.At = types.Unalias(dereference(position.Type())).String()
	return l.At == ofType
}

// hasItems reports whether a success has one list, of a type that can be named.
func (l *list) hasItems(success types.Type) bool {
	lists := 0
	for _, f := range fieldsOf(success) {
		slice, ok := dereference(f.Type()).Underlying().(*types.Slice)
		if ok {
			lists++
			l.Item = nameInAPI(slice.Elem())
			l.Items = valueIn("list", f)
		}
	}
	return lists == 1 && l.Item != ""
}

// nextNumber returns the expression for the number of the next page. The last page is the one that
// the success says, by how many there are, or by having none next, or the first that is empty.
func (l *list) nextNumber(success types.Type) string {
	asked := "params." + l.Position
	if !l.IsOptional {
		asked = "&" + asked
	}
	isLast := "false"
	if next := said(success, "next", "int64"); next != "" {
		isLast = next + " == 0"
	}
	if next := said(success, "next", "string"); next != "" {
		isLast = next + ` == ""`
	}
	if total := cmp.Or(said(success, "pages", "int64"), said(success, "totalpages", "int64")); total != "" {
		isLast = fmt.Sprintf("isLast(%s, %s)", asked, total)
	}
	return fmt.Sprintf("nextNumber(%s, len(%s), %s)", asked, l.Items, isLast)
}

// said returns the expression for what a success says of its pages under a name, beside the list or
// in its pagination, "" if there is no such field of the type.
func said(success types.Type, name, ofType string) string {
	pagination, ok := fieldNamed(success, "json", "pagination")
	found := saidIn("list", success, name, ofType)
	if found == "" && ok {
		return saidIn(valueIn("list", pagination), pagination.Type(), name, ofType)
	}
	return found
}

func saidIn(value string, t types.Type, name, ofType string) string {
	for _, f := range fieldsOf(t) {
		isOfType := types.Unalias(dereference(f.Type())).String() == ofType
		if isOfType && plainName(f.named("json")) == name {
			return valueIn(value, f)
		}
	}
	return ""
}

// Doc is the documentation of the method.
func (l *list) Doc() string {
	return fmt.Sprintf(`%s iterates over the items of all pages of
[generated.ClientWithResponsesInterface.%sWithResponse] (%s).

It begins with the page that params ask for, the first if they are nil, and leaves them as they are.
It asks for the next page when the loop gets there: if items come or go meanwhile, numbered pages can
skip some items, or repeat some. An error is yielded once, and ends the loop.`,
		l.AllName, l.Name, l.route())
}

var listMethods = template.Must(template.New("lists.gen.go").
	Funcs(template.FuncMap{"comment": inComment}).
	Parse(`// Code generated by specgen. DO NOT EDIT.

package api
{{if .Rows}}
import (
	"context"
	"iter"

	"{{.Module}}/generated"
)
{{end}}
{{- range .Rows}}
{{comment .Doc}}
func (c *Client) {{.AllName}}(
	ctx context.Context, params *{{.Params}}, reqEditors ...generated.RequestEditorFn,
) iter.Seq2[{{.Item}}, error] {
	turn := func(params *{{.Params}}, next {{.At}}) {
		params.{{.Position}} = {{if .IsOptional}}&{{end}}next
	}
	fetch := func(params *{{.Params}}) (*page[{{.Item}}, {{.At}}], error) {
		resp, err := c.{{.Name}}WithResponse(ctx, params, reqEditors...)
		if err != nil {
			return nil, err
		}
		if resp == nil || resp.{{.SuccessField}} == nil {
			return nil, errNoResult
		}
		list := resp.{{.SuccessField}}
		next := {{if eq .At "string"}}cursorIn({{.Next}}){{else}}{{.Next}}{{end}}
		return newPage(resp.HTTPResponse, {{.Items}}, next), nil
	}
	return pages(params, turn, fetch)
}
{{end}}`))
