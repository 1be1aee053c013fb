package main

import (
	"bytes"
	"cmp"
	"fmt"
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
	goodAPI = `package api

import "example.com/m/generated"

type Client struct{ generated.ClientWithResponsesInterface }
`
)

// module makes a module under git with a tag and returns its directory.
func module(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	write(t, dir, "go.mod", goMod)
	write(t, dir, "openapi.yaml", goodDoc)
	write(t, dir, "generated/client.gen.go", goodGo)
	write(t, dir, "generated/operations.gen.go", "package generated\n")
	write(t, dir, "internal/x/x.go", "package x\n\nfunc X() {}\n")
	write(t, dir, "api/api.go", goodAPI)
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

// edit is a text of a file and what takes its place.
type edit struct{ file, old, now string }

var trees = []struct {
	name  string
	edits []edit
	base  string // HEAD, if it is empty
	want  []string
	not   string
	err   string
}{
	{
		name: "nothing",
		want: []string{
			"openapi.yaml: no changes",
			"Go API: no changes",
			"client's behaviour: no changes",
			"Next version: none: nothing changed that callers can see",
		},
	},
	{
		name: "an operation more",
		edits: []edit{
			{"openapi.yaml", "components:", "  /b:\n    post:\n      operationId: post_b\n" +
				"      responses: {'204': {description: OK}}\ncomponents:"},
			{"generated/client.gen.go", "GetAWithResponse() *A",
				"GetAWithResponse() *A; PostBWithResponse()"},
			{"generated/client.gen.go", "GetA() *A", "GetA() *A; PostB()"},
			{"generated/client.gen.go", "type A",
				"type PostBResponse struct{}\nfunc NewPostBRequest() {}\ntype A"},
		},
		want: []string{
			"openapi.yaml, breaks no caller:\n  - POST /b: endpoint added",
			"Go API, breaks no caller:\n  - added: " +
				"generated.ClientWithResponsesInterface.PostBWithResponse, generated.PostBResponse\n",
			"Next version: minor, v1.5.0: it adds to the Go API.",
		},
		not: "breaks callers",
	},
	{
		name: "a property less",
		edits: []edit{
			{"openapi.yaml", ", name: {type: string}}, required: [id, name]", "}, required: [id]"},
			{"generated/client.gen.go", "; Name string", ""},
		},
		want: []string{
			"openapi.yaml, breaks callers:\n  - GET /a: removed the required property `name`",
			"Go API, breaks callers:\n  - ./generated.A.Name: removed",
			"Next version: major, v2.0.0: programs may no longer compile.",
		},
	},
	{
		name: "a parameter that must be sent, by other means",
		edits: []edit{{"openapi.yaml", "      responses:\n", "      parameters: " +
			"[{in: query, name: q, required: true, schema: {type: string}}]\n      responses:\n"}},
		want: []string{
			"openapi.yaml, breaks callers:\n  - GET /a: added the new required `query` request " +
				"parameter `q`",
			"Go API: no changes",
			"Next version: minor, v1.5.0: programs compile, but the API or the client behaves differently",
		},
	},
	{
		name: "a package less",
		edits: []edit{
			{"generated/client.gen.go", goodGo, "package main\n\nfunc main() {}\n"},
			{"api/api.go", goodAPI, "package api\n"},
		},
		want: []string{"package example.com/m/generated: removed"},
	},
	{name: "a commit that is none", base: "nope", err: "nope"},
	{
		name:  "code that does not compile",
		edits: []edit{{"generated/client.gen.go", goodGo, "package generated\n\nvar x int = \"\"\n"}},
		err:   ".gen.go:3",
	},
	{
		name: "a document that does not parse", edits: []edit{{"openapi.yaml", goodDoc, "paths: [\n"}},
		err: "openapi.yaml",
	},
	{
		name:  "a table that is no Go",
		edits: []edit{{"generated/operations.gen.go", "generated\n", "generated\n\nvar x = {\n"}},
		err:   "operations.gen.go:3",
	},
}

func TestTellsWhatBreaksAndTheNextVersion(t *testing.T) {
	for _, tt := range trees {
		t.Run(tt.name, func(t *testing.T) {
			dir := module(t)
			write(t, dir, "internal/x/x.go", "package x\n\nvar x int = \"\"\n") // not for users to import
			for _, e := range tt.edits {
				source, err := os.ReadFile(filepath.Join(dir, e.file))
				if err != nil || !strings.Contains(string(source), e.old) {
					t.Fatalf("%q is not in %s, error %v", e.old, e.file, err)
				}
				write(t, dir, e.file, strings.Replace(string(source), e.old, e.now, 1))
			}
			var out bytes.Buffer
			err := run(t.Context(), dir, cmp.Or(tt.base, "HEAD"), &out)
			fmt.Fprint(&out, err)
			for _, want := range append(tt.want, cmp.Or(tt.err, "<nil>")) {
				if !strings.Contains(out.String(), want) {
					t.Errorf("printed\n%s\nwant %q", &out, want)
				}
			}
			for _, not := range []string{"NewPostBRequest", "ClientInterface", "internal/x", tt.not} {
				if not != "" && strings.Contains(out.String(), not) {
					t.Errorf("printed\n%s\nand so %q", &out, not)
				}
			}
		})
	}
}
