package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// run runs specgen with arguments. Whether what it makes would compile, the growth checks show.
func run(ctx context.Context, args []string, stdout io.Writer) error {
	p := project{
		client: newPageClient(),
		check:  func(context.Context, string, []outputFile) error { return nil },
		stdout: stdout,
	}
	return p.run(ctx, args)
}

var configFile = func() string {
	file, err := filepath.Abs("../config.yaml")
	if err != nil {
		panic(err)
	}
	return file
}()

// importInto imports pages, by file name and content, into openapi.yaml with the given content,
// and returns what it then has and what was printed. A nil spec is no file.
func importInto(
	t *testing.T, spec *string, pages map[string]string, args ...string,
) (got, stdout string, err error) {
	t.Helper()
	return runIn(t, spec, pages, append([]string{"import"}, args...)...)
}

// runIn runs a sub-command in a directory with openapi.yaml and other files.
func runIn(
	t *testing.T, spec *string, files map[string]string, args ...string,
) (got, stdout string, err error) {
	t.Helper()
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "go.mod"), "module example.com/shop\n")
	for name, content := range files {
		writeFile(t, filepath.Join(dir, name), content)
	}
	if spec != nil {
		writeFile(t, filepath.Join(dir, specFile), *spec)
	}
	var b bytes.Buffer
	err = run(t.Context(), append([]string{args[0], "-config", configFile, "-C", dir}, args[1:]...), &b)
	after, readErr := os.ReadFile(filepath.Join(dir, specFile))
	if readErr != nil && (spec != nil || err == nil) {
		t.Fatal(readErr)
	}
	return string(after), b.String(), err
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// importTest is an import, and what it has to do.
type importTest struct {
	name  string
	spec  string   // openapi.yaml before it, handwritten if that is empty
	files []string // name, content, name, content …; the pages, in this order
	args  []string // in front of the pages

	want string   // openapi.yaml after it, if that is to be compared
	has  []string // texts in openapi.yaml after it
	told []string // texts in what it prints
	err  []string // texts in its error; then nothing is changed or printed
}

func (tt importTest) run(t *testing.T) {
	t.Helper()
	if tt.spec == "" {
		tt.spec = handwritten
	}
	pages := map[string]string{}
	args := slices.Clone(tt.args)
	for file := range slices.Chunk(tt.files, 2) {
		pages[file[0]] = file[1]
		args = append(args, file[0])
	}
	got, stdout, err := importInto(t, &tt.spec, pages, args...)
	if tt.err != nil {
		mustHave(t, fmt.Sprint(err), tt.err...)
		if got != tt.spec || stdout != "" {
			t.Errorf("printed %q, openapi.yaml is\n%s", stdout, got)
		}
		return
	}
	if err != nil || tt.want != "" && got != tt.want {
		t.Fatalf("error %v, openapi.yaml is\n%s\nwant\n%s", err, got, tt.want)
	}
	mustHave(t, got, tt.has...)
	mustHave(t, stdout, tt.told...)
	again, stdout, err := importInto(t, &got, pages, args...)
	if err != nil || again != got || !strings.Contains(stdout, " 0 added, 0 replaced, 0 reworded, ") {
		t.Errorf("the second import: error %v, printed %q, openapi.yaml is\n%s", err, stdout, again)
	}
}

const seedPage = "testdata/get-ship-order-batch-results.md"

// TestSeedPage shows that today's openapi.yaml is what an import of upstream's page gives, byte for
// byte, and says what the page says.
func TestSeedPage(t *testing.T) {
	spec := readFile(t, "../../../../"+specFile)
	if strings.Count(spec, "operationId:") > 1 {
		t.Skip("openapi.yaml has grown")
	}
	page := readFile(t, seedPage)
	for name, before := range map[string]*string{"no file": nil, "imported already": &spec} {
		got, _, err := importInto(t, before, map[string]string{"page.md": page}, "page.md")
		if err != nil || got != spec {
			t.Errorf("%s: error %v, openapi.yaml is\n%s", name, err, got)
		}
	}
	_, document, _ := strings.Cut(page, "```json\n")
	document, _, _ = strings.Cut(document, "```")
	var got, want any
	if err := yaml.Unmarshal([]byte(spec), &got); err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal([]byte(document), &want); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("error %v, the page has\n%s\nand openapi.yaml\n%s", err, document, spec)
	}
}

// page is a Markdown page with a JSON document of one operation.
func page(path, method, id, schemas string) string {
	return "# A page\n\nAn answer:\n\n```json\n{\"batchRequestId\": \"…\"}\n```\n\n## OpenAPI\n\n" +
		"```json\n" + document31(path, method, id, schemas) + "\n```\n"
}

func document31(path, method, id, schemas string) string {
	return `{"openapi":"3.1.0","info":{"title":"T","version":"1.0.0"},
"components":{"schemas":{` + schemas + `}},
"paths":{"` + path + `":{"` + method + `":{"operationId":"` + id + `",
"responses":{"200":{"description":"OK"}}}}}}`
}

const handwritten = `# Ours.
openapi: 3.1.0 # the version
info:
  title: T
  version: "1.0.0"
components:
  # What is sent and received.
  schemas:
    First: # the first
      type: object
      properties:
        note: {type: string, description: "x\n"}
        text:
          type: string
          description: |
            A heading:

            # no comment, but text
    # the second
    Second: {type: string, enum: [a, b]}
  # how one logs in
  securitySchemes:
    Key: {type: apiKey, in: header, name: X-API-Key}
paths:
  /a:
    get:
      operationId: get_a
      tags:
      - A
      responses: {'200': {description: OK}}
  /b:
    get:
      operationId: get_b
      responses: {'200': {description: OK}}
# the end
`

// grown is handwritten with a schema more.
var grown = edited(handwritten, "enum: [a, b]}\n", "enum: [a, b]}\n    Third:\n      type: object\n"+
	"      required:\n      - id\n      properties:\n        id:\n          type: integer\n")

var oddTexts = `{"openapi":"3.1.0","paths":{},"info":{"title":"\ud83d\ude80 \\ud83d","version":"1.0",
"description":"` + strings.Repeat("word ", 30) + `end","a":"one\n\n  two\n",
"b":" ` + strings.Repeat("x  y ", 20) + `","c":"x\ty\u0001","d":"no","e":null,"f":1e3,"g":[],
"h":{},"i":"one\t\nDate","j":"one\ntwo\n\n","k":"one\ntwo"}}`

// TestImportKeepsTheDocument shows what stays of a document that is read and written again: its
// order, its comments, its quotes, and its mappings in flow style.
func TestImportKeepsTheDocument(t *testing.T) {
	const ok = "      responses:\n        '200':\n          description: OK\n"
	const newC = "  /c:\n    get:\n      operationId: get_c\n" + ok
	const newA = "    put:\n      operationId: put_a\n" + ok
	for _, tt := range []importTest{
		{
			name: "a path and a schema more",
			files: []string{"a.md", page("/c", "get", "get_c", `"Third":{"type":"object","required":["id"],`+
				`"properties":{"id":{"type":"integer"}}}`)},
			want: strings.Replace(grown, "# the end", newC+"# the end", 1),
			told: []string{"specgen: + components schemas Third\nspecgen: + GET /c\n",
				"openapi.yaml: 2 added, 0 replaced, 0 reworded, 1 identical\n"},
		},
		{
			name:  "another method of a path in the middle",
			files: []string{"a.md", page("/a", "put", "put_a", "")},
			want:  strings.Replace(handwritten, "  /b:", newA+"  /b:", 1),
		},
		{
			name: "other indentation, blank lines and line ends",
			spec: strings.ReplaceAll(strings.Replace(strings.ReplaceAll(handwritten, "\n  ", "\n      "),
				"paths:", "\npaths:\n", 1), "\n", "\r\n"),
			files: []string{"a.md", strings.ReplaceAll(page("/a", "put", "put_a", ""), "\n", "\r\n")},
			want:  strings.Replace(handwritten, "  /b:", newA+"  /b:", 1),
		},
		{
			name: "mapping in flow style, comment and alias in a page",
			spec: "openapi: 3.1.0\npaths: {/a: {get: {operationId: get_a, responses: {'200': " +
				"{description: OK}}}}}\ninfo: {title: T, version: 1.0.0} # kept\n",
			files: []string{"a.yaml", "openapi: 3.1.0\ninfo: {title: T, version: 1.0.0}\npaths:\n  /b:\n" +
				"    # why\n    get: {operationId: get_b, responses: " +
				"{'200': &ok {description: OK}, '202': *ok}}\n" +
				"tags: [{name: B}]\n"},
			want: "openapi: 3.1.0\npaths:\n  /a: {get: {operationId: get_a, responses: {'200': " +
				"{description: OK}}}}\n  /b:\n    # why\n    get:\n      operationId: get_b\n" +
				"      responses:\n        '200':\n          description: OK\n        '202':\n" +
				"          description: OK\ninfo: {title: T, version: 1.0.0} # kept\ntags:\n- name: B\n",
		},
		{
			name: "tags by name",
			spec: "openapi: 3.1.0\ntags:\n- name: A\n  description: x\n# paths\npaths: {}\n",
			files: []string{"a.yaml", "openapi: 3.1.0\ninfo: {title: T, version: 1.0.0}\ntags:\n- name: B\n" +
				"- {name: A, description: new}\npaths: {}\n"},
			want: "openapi: 3.1.0\ntags:\n- name: A\n  description: new\n- name: B\n# paths\npaths: {}\n" +
				"info:\n  title: T\n  version: 1.0.0\n",
		},
		{
			name: "texts", spec: "openapi: 3.1.0\npaths: {}\n", files: []string{"a.json", oddTexts},
			want: "openapi: 3.1.0\npaths: {}\ninfo:\n  title: \"\\U0001F680 \\\\ud83d\"\n" +
				"  version: '1.0'\n  description: >-\n    " +
				strings.TrimSpace(strings.Repeat("word ", 20)) + "\n    " +
				strings.Repeat("word ", 10) + "end\n  a: \"one\\n\\n  two\\n\"\n  b: ' " +
				strings.Repeat("x  y ", 18) + "x  y\n    x  y '\n  c: \"x\\ty\\x01\"\n  d: 'no'\n" +
				"  e: null\n  f: 1e3\n  g: []\n  h: {}\n  i: \"one\\t\\nDate\"\n  j: \"one\\ntwo\\n\\n\"\n" +
				"  k: |-\n    one\n    two\n",
		},
	} {
		t.Run(tt.name, tt.run)
	}
}

func TestPageOf30IsReadAs31(t *testing.T) {
	for name, schema := range map[string]struct{ in30, in31 string }{
		"nullable type": {`{"type":"string","nullable":true}`, "{type: [string, 'null']}"},
		"not nullable":  {`{"type":"string","nullable":false}`, "{type: string}"},
		"nullable reference": {`{"$ref":"#/components/schemas/O","nullable":true}`,
			"{anyOf: [{$ref: '#/components/schemas/O'}, {type: 'null'}]}"},
		"nullable allOf": {`{"allOf":[{"$ref":"#/components/schemas/O"}],"nullable":true,"title":"x"}`,
			"{title: x, anyOf: [{allOf: [{$ref: '#/components/schemas/O'}]}, {type: 'null'}]}"},
		"nullable oneOf": {`{"oneOf":[{"type":"string"}],"nullable":true}`,
			"{oneOf: [{type: string}, {type: 'null'}]}"},
		"nullable anything": {`{"nullable":true}`, "{}"},
		"exclusive bounds": {`{"type":"integer","minimum":0,"exclusiveMinimum":true,"maximum":9,` +
			`"exclusiveMaximum":false}`, "{type: integer, maximum: 9, exclusiveMinimum: 0}"},
		"example": {`{"type":"string","example":"x"}`, "{type: string, examples: [x]}"},
		"nested": {`{"type":"object","properties":{"a":{"type":"array","items":{"type":"string","nullable":` +
			`true}},"nullable":{"type":"boolean"},"example":{"type":"string"},"type":{"type":"string"}}}`,
			"{type: object, properties: {a: {type: array, items: {type: [string, 'null']}}, " +
				"nullable: {type: boolean}, example: {type: string}, type: {type: string}}}"},
		"data": {`{"type":"object","default":{"nullable":true},"example":{"nullable":true}}`,
			"{type: object, default: {nullable: true}, examples: [{nullable: true}]}"},
	} {
		t.Run(name, func(t *testing.T) {
			page := strings.Replace(page("/c", "get", "get_c", `"O":{"type":"object"},"S":`+schema.in30),
				"3.1.0", "3.0.3", 1)
			spec := handwritten
			got, _, err := importInto(t, &spec, map[string]string{"p.md": page}, "p.md")
			if err != nil {
				t.Fatal(err)
			}
			want := map[string]any{}
			var doc struct {
				Components struct{ Schemas map[string]any }
			}
			if err := yaml.Unmarshal([]byte("S: "+schema.in31), &want); err != nil {
				t.Fatal(err)
			}
			if err := yaml.Unmarshal([]byte(got), &doc); err != nil {
				t.Fatal(err)
			}
			if s := doc.Components.Schemas["S"]; !reflect.DeepEqual(s, want["S"]) {
				t.Errorf("the schema is %v, want %v", s, want["S"])
			}
		})
	}
}

func TestUsage(t *testing.T) {
	for _, args := range [][]string{
		{"import", "-config", configFile},
		{"import", "-config", configFile, "-nope", "a"},
		{"import", "-config", configFile, "-C", "/nonexistent", "a"},
		{"import", "-config", "/nonexistent", "a"},
		{"-config", configFile, "-C", "/nonexistent"},
	} {
		if err := run(t.Context(), args, &bytes.Buffer{}); err == nil {
			t.Errorf("run(%q) succeeds", args)
		}
	}
}

// FuzzImport imports one document into another: it fails, or loses nothing and is a no-op the second time.
func FuzzImport(f *testing.F) {
	f.Add(handwritten, document31("/c", "get", "get_c", `"Third":{"type":"string"}`), false)
	f.Add("openapi: 3.1.0\npaths: {}\n", document31("/a", "get", "get_a", `"A":{"description":"a\n b"}`),
		true)
	f.Add(head+op("/a", "get_a"), head+op("/a", "get_b")+op("/c", "get_c")+"tags: [{name: x}]\n", true)
	f.Add("openapi: 3.1.0\ntags:\n-\n  name: A\npaths: {}\n",
		"openapi: 3.1.0\ntags: [{name: &a B, description: *a}]\n", true)
	f.Add("openapi: 3.1.0\npaths: {}\nx-y: {a, b: }\n", document31("/a", "get", "get_a", ""), false)
	f.Add("openapi: 3.1.0\ntags:\n-", "openapi: 3.1.0\ntags: [{name: &a B, desc iption: *a}]\n", true)
	f.Add("openapi: 3.1.0\npaths: {}\ninfo:\n  description: |\n    A heading:\n\n    # A",
		document31("/a", "get", "get_a", `"A":{}`), false)
	f.Fuzz(func(t *testing.T, spec, page string, replace bool) {
		doc, err := parseDocument("page", []byte(page))
		base, baseErr := parseDocument(specFile, []byte(spec))
		if err != nil || baseErr != nil {
			return
		}
		doc.prepare(specFile)
		if _, err := base.merge(doc, replace); err != nil {
			return
		}
		text, err := base.text()
		if err != nil {
			t.Fatalf("%v\n%q\n%q", err, spec, page)
		}
		merged, err := parseDocument(specFile, text)
		if err != nil || !same(base.root, merged.root) {
			t.Fatalf("read again: %v\n%q\n%q", err, spec, page)
		}
		if _, err := merged.merge(doc, replace); err != nil || len(merged.pages) > 0 {
			t.Errorf("the second import: %v\n%q\n%q", err, spec, page)
		}
	})
}
