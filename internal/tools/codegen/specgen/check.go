package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// goError is what the go command says about a line of a file.
type goError struct {
	file    string
	line    int
	message string
}

func (e goError) Error() string { return e.message }

var goErrorLine = regexp.MustCompile(`(?m)^(?:vet: )?(.+\.go):(\d+):\d+: (.*)$`)

// buildAndVet reports why the module would not build, or its generated package not vet, with files
// in the place of its own. It writes none of them there.
func buildAndVet(ctx context.Context, root string, files []outputFile) error {
	dir, err := os.MkdirTemp("", "specgen")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	replace := map[string]string{}
	for _, file := range files {
		path, err := filepath.Abs(file.path)
		if err != nil {
			return err
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		defer os.Remove(filepath.Dir(path)) // go vet runs in it, even if it has no file yet
		replace[path] = filepath.Join(dir, filepath.Base(path))
		if err := (outputFile{replace[path], file.content}).write(); err != nil {
			return err
		}
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return err
	}
	list := outputFile{filepath.Join(dir, "overlay.json"), overlay}
	if err := list.write(); err != nil {
		return err
	}
	for _, args := range [][]string{{"vet", "./generated"}, {"build", "./api/..."}} {
		command := exec.CommandContext(ctx, "go", args[0], "-overlay", list.path, args[1])
		command.Dir = root
		out, err := command.CombinedOutput()
		if err != nil {
			return readGoError(bytes.ReplaceAll(out, []byte(dir+string(filepath.Separator)), nil), err)
		}
	}
	return nil
}

// readGoError returns the first error in what the go command says.
func readGoError(out []byte, err error) error {
	found := goErrorLine.FindSubmatch(out)
	if found == nil {
		return fmt.Errorf("%w: %s", err, bytes.TrimSpace(out))
	}
	line, err := strconv.Atoi(string(found[2]))
	if err != nil {
		return err
	}
	return goError{file: string(found[1]), line: line, message: string(found[3])}
}

// declaredAt returns the names that are declared where an error of the go command stands.
func declaredAt(client []byte, err error) string {
	var found goError
	files := token.NewFileSet()
	file, parseErr := parser.ParseFile(files, "", client, parser.SkipObjectResolution)
	if parseErr != nil || !errors.As(err, &found) || filepath.Base(found.file) != "client.gen.go" {
		return ""
	}
	for _, decl := range file.Decls {
		if files.Position(decl.End()).Line < found.line {
			continue
		}
		if function, ok := decl.(*ast.FuncDecl); ok {
			return function.Name.Name
		}
		return strings.Join(declaredNames(decl), " ")
	}
	return ""
}

// refused returns the error about a document that does not generate: the words of the generator or
// the compiler, at the place in the document that they, or the names in the client, are about.
func (d *document) refused(ops []operation, what, words, names string) error {
	words = strings.TrimSpace(words)
	return d.errorf(d.mentioned(names+" "+words, ops), "%s: %s", what, words)
}

// mentioned returns where the operation, component or reference stands that a text names, the one
// with the longest name if there are several. It is the top of the document if there is none.
func (d *document) mentioned(text string, ops []operation) *yaml.Node {
	if place := d.unreadable(text); place != nil {
		return place
	}
	found := d.top()
	longest := 0
	look := func(node *yaml.Node, names ...string) {
		for _, name := range names {
			isWord := regexp.MustCompile(regexp.QuoteMeta(name) + `(?:[^a-z]|$)`) // Get in NewGetRequest
			if len(name) > longest && isWord.MatchString(text) {
				longest = len(name)
				found = node
			}
		}
	}
	sites := slices.Collect(d.sites())
	for i, op := range ops {
		look(sites[i].method, op.Name, op.Path)
	}
	for _, components := range pairs(get(d.root, "components")) {
		for key := range pairs(components) {
			look(key, key.Value, goName(key.Value), freeTypeName(key.Value, nil))
		}
	}
	return found
}

// unreadable returns the first node that a generator's error about the syntax is about, which says
// no line, or the line of another text: one that is no schema where there must be one, a reference
// that leads nowhere, or a text of several lines that begins with a tab. It is nil if the error is
// about something else.
func (d *document) unreadable(text string) *yaml.Node {
	switch {
	case strings.Contains(text, "openapi3.Schema"):
		return find(d.root, "", func(n *yaml.Node, parent, keyword string) bool {
			isSchema := slices.Contains([]string{"schema", "items", "not"}, keyword) ||
				parent == "properties" || parent == "schemas"
			return isSchema && n.Kind != yaml.MappingNode
		})
	case strings.Contains(text, "not found"):
		return find(d.root, "", func(n *yaml.Node, _, keyword string) bool {
			if keyword != "$ref" {
				return false
			}
			_, err := d.target(n)
			return err != nil
		})
	case strings.Contains(text, "tab character"):
		return find(d.root, "", func(n *yaml.Node, _, _ string) bool {
			return leadingTab.MatchString(n.Value)
		})
	default:
		return nil
	}
}

var leadingTab = regexp.MustCompile(`^\s*\t[^\n]*\n`)

// find returns the first entry below the value of a keyword for which is reports true.
func find(n *yaml.Node, parent string, is func(n *yaml.Node, parent, keyword string) bool) *yaml.Node {
	for _, item := range items(n) {
		if found := find(item, "", is); found != nil {
			return found
		}
	}
	for key, value := range pairs(n) {
		keyword := keywordOf(parent, key.Value)
		if is(value, parent, keyword) {
			return value
		}
		if found := find(value, keyword, is); found != nil {
			return found
		}
	}
	return nil
}
