package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const (
	goMod   = "module example.com/m\n\ngo 1.25.0\n"
	goodDoc = `openapi: 3.1.0
info: {title: T, version: 1.0.0}
paths:
  /a:
    get:
      operationId: get_a
      responses:
        '200': {description: OK, content: {application/json: {schema: {$ref: '#/components/schemas/A'}}}}
components:
  schemas:
    A: {type: object, properties: {id: {type: integer}, name: {type: string}}, required: [id, name]}
`
	goodGo = `// Package generated is generated.
package generated

type A struct { ID int64; Name string }
type ClientWithResponsesInterface interface { GetAWithResponse() *A }
type ClientInterface interface { GetA() *A }
`
)

// module makes a module under git with a tag and returns its directory.
func module(t *testing.T) string {
	t.Helper()
	return moduleWith(t, nil)
}

// moduleWith makes a module that has more files, or others, by their names.
func moduleWith(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	write(t, dir, "go.mod", goMod)
	write(t, dir, "openapi.yaml", goodDoc)
	write(t, dir, "generated/client.gen.go", goodGo)
	write(t, dir, "internal/x/x.go", "package x\n\nfunc X() {}\n")
	write(t, dir, "api/api.go", "package api\n\nimport \"example.com/m/generated\"\n\n"+
		"type Client struct{ generated.ClientWithResponsesInterface }\n")
	for name, content := range files {
		write(t, dir, name, content)
	}
	for _, args := range [][]string{{"init", "--quiet"}, {"add", "--all"},
		{"-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "--quiet", "-m", "first"},
		{"tag", "v1.4.2"}} {
		if out, err := exec.CommandContext(t.Context(), "git",
			append([]string{"-C", dir}, args...)...).CombinedOutput(); err != nil {
			t.Fatalf("git %s: %v\n%s", args, err, out)
		}
	}
	return dir
}

func write(t *testing.T, dir, name, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestTellsWhatBreaksAndTheNextVersion(t *testing.T) {
	replace := func(old, now string) func(string) string {
		return func(s string) string {
			if !strings.Contains(s, old) {
				t.Fatalf("%q is not there", old)
			}
			return strings.Replace(s, old, now, 1)
		}
	}
	same := func(s string) string { return s }
	for _, tt := range []struct {
		name     string
		doc, gen func(string) string
		want     []string
		not      []string
	}{
		{"nothing", same, same, []string{"openapi.yaml: no changes", "exported Go API: no changes",
			"Next version: nothing changed"}, nil},
		{"an operation more",
			replace("components:", "  /b:\n    post:\n      operationId: post_b\n"+
				"      responses: {'204': {description: OK}}\ncomponents:"),
			func(s string) string {
				return replace("GetA() *A", "GetA() *A; PostB()")(replace("GetAWithResponse() *A",
					"GetAWithResponse() *A; PostBWithResponse()")(s)) +
					"type PostBResponse struct{}\nfunc NewPostBRequest() {}\n"
			},
			[]string{"openapi.yaml, breaks no caller:\n  - POST /b: endpoint added",
				"exported Go API, breaks no caller:\n  - generated: methods added: PostBWithResponse\n" +
					"  - generated: names added: PostBResponse\n",
				"Next version: minor, v1.5.0: it adds to the Go API."},
			[]string{"NewPostBRequest", "ClientInterface", "breaks callers"}},
		{"a property less", replace(", name: {type: string}}, required: [id, name]", "}, required: [id]"),
			replace("; Name string", ""),
			[]string{"openapi.yaml, breaks callers:\n  - GET /a: removed the required property `name`",
				"exported Go API, breaks callers:\n  - generated: A.Name: removed",
				"Next version: major, v2.0.0: programs may no longer compile."}, nil},
		{"a parameter that must be sent, by other means",
			replace("      responses:\n",
				"      parameters: [{in: query, name: q, required: true, schema: {type: string}}]\n"+
					"      responses:\n"), same,
			[]string{"openapi.yaml, breaks callers:\n  - GET /a: added the new required `query` request " +
				"parameter `q`", "exported Go API: no changes",
				"Next version: minor, v1.5.0: programs compile, but the API or the client behaves"}, nil},
		{"a text", replace("get_a\n", "get_a\n      summary: Get A\n      tags: [A]\n"), same,
			[]string{"openapi.yaml, breaks no caller:",
				"Next version: patch, v1.4.3: the Go API is the same."}, nil},
		{"a package less", same, func(string) string { return "" }, []string{"package generated is gone"},
			nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := module(t)
			write(t, dir, "openapi.yaml", tt.doc(goodDoc))
			write(t, dir, "internal/x/x.go", "package x\n") // not for users to import
			if src := tt.gen(goodGo); src != "" {
				write(t, dir, "generated/client.gen.go", src)
			} else {
				write(t, dir, "api/api.go", "package api\n\ntype Client struct{}\n")
				if err := os.RemoveAll(filepath.Join(dir, "generated")); err != nil {
					t.Fatal(err)
				}
			}
			var out bytes.Buffer
			if err := run(t.Context(), options{root: dir, base: "HEAD"}, &out); err != nil {
				t.Fatal(err)
			}
			for _, want := range tt.want {
				if !strings.Contains(out.String(), want) {
					t.Errorf("printed\n%s\nwant %q", &out, want)
				}
			}
			for _, not := range append(tt.not, "internal/x") {
				if strings.Contains(out.String(), not) {
					t.Errorf("printed\n%s\nand so %q", &out, not)
				}
			}
		})
	}
}

func TestErrors(t *testing.T) {
	dir := module(t)
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"-C", dir, "-base", "nope"}, "nope is no commit"},
		{[]string{"-C", dir, "-base", "--output=x"}, "is no commit"},
		{[]string{"-C", t.TempDir()}, "HEAD is no commit"},
		{[]string{"more"}, `unexpected argument "more"`},
	} {
		var stderr bytes.Buffer
		got := status(t.Context(), tt.args, &bytes.Buffer{}, &stderr)
		if got == 0 || !strings.Contains(stderr.String(), "specdiff: ") ||
			!strings.Contains(stderr.String(), tt.want) {
			t.Errorf("%q: status %d, error %q, want %q", tt.args, got, &stderr, tt.want)
		}
	}
	write(t, dir, "generated/client.gen.go", "package generated\n\nvar x int = \"\"\n")
	if err := run(t.Context(), options{root: dir, base: "HEAD"}, &bytes.Buffer{}); err == nil ||
		!strings.Contains(err.Error(), "client.gen.go:3") {
		t.Errorf("error %v, want what does not compile", err)
	}
	dir = module(t) // another, since the reader of documents keeps what it has read
	write(t, dir, "openapi.yaml", "openapi: 3.1.0\npaths: [\n")
	if err := run(t.Context(), options{root: dir, base: "HEAD"}, &bytes.Buffer{}); err == nil ||
		!strings.Contains(err.Error(), "openapi.yaml") {
		t.Errorf("error %v, want it to name the document", err)
	}
}
