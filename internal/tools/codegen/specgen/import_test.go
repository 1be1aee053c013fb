package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// run runs specgen with arguments. Whether what it makes would compile, the growth checks show.
func run(ctx context.Context, args []string, stdout io.Writer) error {
	p := project{
		fetcher: fetcher{timeout: fetchTimeout},
		check:   func(context.Context, string, []outputFile) error { return nil },
		stdout:  stdout,
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

const seedPage = "testdata/get-ship-order-batch-results.md"

// importInto imports pages, by file name and content, into openapi.yaml with the given content,
// and returns what it then has and what was printed. A nil spec is no file.
func importInto(
	t *testing.T, spec *string, pages map[string]string, args ...string,
) (got, stdout string, err error) {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "openapi.yaml")
	if spec != nil {
		if err := os.WriteFile(file, []byte(*spec), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, content := range pages {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	writeFile(t, filepath.Join(dir, "go.mod"), "module example.com/shop\n")
	var b bytes.Buffer
	err = run(t.Context(), append([]string{"import", "-config", configFile, "-C", dir}, args...), &b)
	after, readErr := os.ReadFile(file)
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

// TestSeedPageIntoNothing shows that today's openapi.yaml is what an import of upstream's page
// gives, byte for byte.
func TestSeedPageIntoNothing(t *testing.T) {
	want, page := string(seedSpec(t)), readFile(t, seedPage)
	empty := ""
	comment := "# The Sellers Center API, from upstream's pages.\n"
	for _, tt := range []struct {
		name  string
		spec  *string
		above string
	}{
		{"no file", nil, ""},
		{"empty file", &empty, ""},
		{"a comment alone", &comment, comment},
		{"imported already", &want, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, _, err := importInto(t, tt.spec, map[string]string{"page.md": page}, "page.md")
			if err != nil {
				t.Fatal(err)
			}
			if got != tt.above+want {
				t.Errorf("openapi.yaml is\n%s", got)
			}
		})
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

// TestImportKeepsTheDocument shows what stays of a document that is read and written again: its
// order, its comments, its quotes, and its mappings in flow style.
func TestImportKeepsTheDocument(t *testing.T) {
	const newC = "  /c:\n    get:\n      operationId: get_c\n      responses:\n        '200':\n" +
		"          description: OK\n"
	const newA = "    put:\n      operationId: put_a\n      responses:\n        '200':\n" +
		"          description: OK\n"
	grown := strings.Replace(handwritten, "enum: [a, b]}\n",
		"enum: [a, b]}\n    Third:\n      type: object\n"+
			"      required:\n      - id\n      properties:\n        id:\n          type: integer\n", 1)
	for _, tt := range []struct{ name, spec, page, want string }{
		{
			name: "a path and a schema more", spec: handwritten,
			page: page("/c", "get", "get_c", `"Third":{"type":"object","required":["id"],`+
				`"properties":{"id":{"type":"integer"}}}`),
			want: strings.Replace(grown, "# the end", newC+"# the end", 1),
		},
		{
			name: "another method of a path in the middle", spec: handwritten,
			page: page("/a", "put", "put_a", ""),
			want: strings.Replace(handwritten, "  /b:", newA+"  /b:", 1),
		},
		{
			name: "other indentation, blank lines and line ends",
			spec: strings.ReplaceAll(strings.Replace(strings.ReplaceAll(handwritten, "\n  ", "\n      "),
				"paths:", "\npaths:\n", 1), "\n", "\r\n"),
			page: strings.ReplaceAll(page("/a", "put", "put_a", ""), "\n", "\r\n"),
			want: strings.Replace(handwritten, "  /b:", newA+"  /b:", 1),
		},
		{
			name: "mapping in flow style",
			spec: "openapi: 3.1.0\npaths: {/a: {get: {operationId: get_a, responses: {'200': " +
				"{description: OK}}}}}\ninfo: {title: T, version: 1.0.0} # kept\n",
			page: "openapi: 3.1.0\ninfo: {title: T, version: 1.0.0}\npaths:\n  /b:\n    # why\n" +
				"    get: {operationId: get_b, responses: {'200': {description: OK}}}\ntags: [{name: B}]\n",
			want: "openapi: 3.1.0\npaths:\n  /a: {get: {operationId: get_a, responses: {'200': " +
				"{description: OK}}}}\n  /b:\n    # why\n    get:\n      operationId: get_b\n" +
				"      responses:\n        '200':\n          description: OK\n" +
				"info: {title: T, version: 1.0.0} # kept\ntags:\n- name: B\n",
		},
		{
			name: "tags by name",
			spec: "openapi: 3.1.0\ntags:\n- name: A\n  description: x\n# paths\npaths: {}\n",
			page: "openapi: 3.1.0\ninfo: {title: T, version: 1.0.0}\ntags:\n- name: B\n" +
				"- {name: A, description: x}\npaths: {}\n",
			want: "openapi: 3.1.0\ntags:\n- name: A\n  description: x\n- name: B\n# paths\npaths: {}\n" +
				"info:\n  title: T\n  version: 1.0.0\n",
		},
		{
			name: "texts", spec: "openapi: 3.1.0\npaths: {}\n",
			page: `{"openapi":"3.1.0","paths":{},"info":{"title":"\ud83d\ude80 \\ud83d","version":"1.0",` +
				`"description":"` + strings.Repeat("word ", 30) + `end","a":"one\n\n  two\n","b":" ` +
				strings.Repeat("x  y ", 20) + `","c":"x\ty\u0001","d":"no","e":null,"f":1e3,"g":[],"h":{},` +
				`"i":"one\t\nDate","j":"one\ntwo\n\n","k":"one\ntwo"}}`,
			want: "openapi: 3.1.0\npaths: {}\ninfo:\n  title: \"\\U0001F680 \\\\ud83d\"\n" +
				"  version: '1.0'\n  description: >-\n    " +
				strings.TrimSpace(strings.Repeat("word ", 20)) + "\n    " +
				strings.Repeat("word ", 10) + "end\n  a: \"one\\n\\n  two\\n\"\n  b: ' " +
				strings.Repeat("x  y ", 18) + "x  y\n    x  y '\n  c: \"x\\ty\\x01\"\n  d: 'no'\n" +
				"  e: null\n  f: 1e3\n  g: []\n  h: {}\n  i: \"one\\t\\nDate\"\n  j: \"one\\ntwo\\n\\n\"\n" +
				"  k: |-\n    one\n    two\n",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			file := "page.md"
			if strings.HasPrefix(tt.page, "openapi") {
				file = "page.yaml"
			}
			pages := map[string]string{file: tt.page}
			got, stdout, err := importInto(t, &tt.spec, pages, file)
			if err != nil {
				t.Fatal(err)
			}
			if got != tt.want {
				t.Errorf("openapi.yaml is\n%s\nwant\n%s", got, tt.want)
			}
			if !strings.Contains(stdout, "specgen: + ") || !strings.Contains(stdout, " added, 0 replaced, ") {
				t.Errorf("printed %q", stdout)
			}
			again, _, err := importInto(t, &got, pages, file)
			if err != nil || again != got {
				t.Errorf("the second import: %v\n%s", err, again)
			}
		})
	}
}

// TestPages shows what an import reads, and the error for what it cannot, with the page and the
// line.
func TestPages(t *testing.T) {
	good := document31("/c", "get", "get_c", "")
	for _, tt := range []struct{ name, file, page, want string }{
		{"page", "a.md", page("/c", "get", "get_c", ""), ""},
		{"page with a byte order mark", "a.md", "\ufeff" + page("/c", "get", "get_c", ""), ""},
		{"tildes, longer, in a list", "a.md", "- x\n\n  ~~~~ JSON title=x\n  " +
			strings.ReplaceAll(good, "\n", "\n  ") + "\n  ~~~~\n", ""},
		{"fence that is not closed", "a.markdown", "```json\n" + good, ""},
		{"fence without a language", "a.md", "```\n" + good + "\n```\n", ""},
		{"fenced YAML", "a.md", "```yaml\n" + head + op("/c", "get_c") + "```\n", ""},
		{"broken example beside the document", "a.md",
			"```json\n{\"a\": …}\n```\n```json\n" + good + "\n```\n", ""},
		{"bare JSON", "a.json", "\ufeff \n" + good, ""},
		{"bare JSON under any name", "a.txt", good, ""},
		{"bare YAML", "a.yml", head + op("/c", "get_c"), ""},
		{"JSON with tabs", "a.json", strings.ReplaceAll(good, "\n", "\n\t\t"), ""},
		{"version with another patch", "a.md", strings.Replace(page("/c", "get", "get_c", ""), "3.1.0",
			"3.1.1", 1), ""},

		{"no document", "a.md", "# A page\n\n```json\n{\"batchRequestId\": 1}\n```\n",
			`a.md:1: the page has no OpenAPI document`},
		{"empty page", "a.md", "", `a.md:1: the page has no OpenAPI document`},
		{"broken JSON", "a.md", strings.Replace(page("/c", "get", "get_c", ""), `"get_c",`, `"get_c"`, 1),
			"a.md:15: did not find expected ',' or '}'"},
		{"JSON cut short", "a.md", "```json\n{\"openapi\": \"3.1.0\",\n\"paths\": {\n```\n",
			"a.md:4: did not find expected node content"},
		{"two values", "a.json", "{}\n{}",
			"a.json:2: did not find expected <document start>"},
		{"repeated key", "a.md", "```json\n{\"openapi\": \"3.1.0\",\n\"openapi\": \"3.1.0\"}\n```\n",
			`a.md:3: mapping key "openapi" already defined at line 2`},
		{"broken YAML", "a.yaml", "openapi: 3.1.0\npaths: [\n",
			"a.yaml:3: did not find expected node content"},
		{"Swagger 2", "a.md", "# x\n\n```json\n{\n\"swagger\": \"2.0\"}\n```\n",
			"a.md:5: a Swagger 2.0 document; convert it to OpenAPI 3.x first"},
		{"paths without a version", "a.json", "{\n\"paths\": {}}",
			`a.json:1: not an OpenAPI document: it has no "openapi" key`},
		{"description that begins with a tab", "a.md", strings.Replace(page("/c", "get", "get_c", ""),
			`"get_c",`, `"get_c","description":"\t\nDate and time",`, 1), ""},
		{"OpenAPI 3.2", "a.md", "```json\n{\"openapi\": \"3.2.0\",\n\"paths\": {}}\n```\n",
			"a.md:2: the page is OpenAPI 3.2.0, openapi.yaml is 3.1.0 (line 2)"},
		{"reference to nothing", "a.md", page("/c", "get", "get_c",
			`"C":{"$ref":"#/components/schemas/D"}`),
			`a.md:13: $ref "#/components/schemas/D" leads nowhere`},
		{"no such file", "b.md", "", "a.md: no such file"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			spec := handwritten
			file := tt.file
			if file == "b.md" {
				file = "a.md"
			}
			got, stdout, err := importInto(t, &spec, map[string]string{tt.file: tt.page},
				file)
			switch {
			case tt.want == "" && (err != nil || !strings.Contains(got, "  /c:\n")):
				t.Errorf("error %v, openapi.yaml is\n%s", err, got)
			case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("error %v, want %q", err, tt.want)
			case tt.want != "" && (got != spec || stdout != ""):
				t.Errorf("printed %q, openapi.yaml is\n%s", stdout, got)
			}
		})
	}
}

func TestConflicts(t *testing.T) {
	const first = `"First":{"properties":{"text":{"description":"A heading:\n\n# no comment, but text\n",` +
		`"type":"string"},"note":{"description":"x","type":"string"}},"type":"object"}`
	for _, tt := range []struct {
		name  string
		pages []string
		want  []string // of the error, nothing where there is no conflict
		taken string   // in the document with --replace; nothing where that fails as well
	}{
		{"keys in another order", []string{page("/c", "get", "get_c",
			`"Second":{"enum":["a","b"],"type":"string"}`)}, nil, ""},
		{
			"schema", []string{page("/c", "get", "get_c", `"Second":{"enum":["a","c"],"type":"string"}`)},
			[]string{"conflicts: 1; nothing was changed",
				"\ncomponents schemas Second, at enum[1]\n  openapi.yaml:20:38: [1]: b\n" +
					"  1.md:13:48: [1]: c"},
			"    # the second\n    Second:\n      enum:\n      - a\n      - c\n      type: string\n" +
				"  # how one logs in\n",
		},
		{
			"operation, something less", []string{page("/b", "get", "get_b", "") + "\n",
				page("/a", "get", "get_a", "")},
			[]string{"\nGET /a, at tags\n  openapi.yaml:29:7: tags: [A]\n  2.md:14:22: no tags"},
			"\n  /a:\n    get:\n      operationId: get_a\n      responses:\n" +
				"        '200':\n          description: OK\n  /b:\n",
		},
		{
			"something more", []string{page("/b", "get", `get_b","tags":["B"],"x":"`, "")},
			[]string{"\nGET /b, at tags\n  openapi.yaml:33:7: no tags\n  1.md:14:52: tags: [B]"},
			"      tags:\n      - B\n",
		},
		{"between two pages", []string{page("/c", "get", "get_c", `"Third":{"type":"string"}`),
			page("/d", "get", "get_d", `"Third":{"type":"integer"}`)},
			[]string{"components schemas Third, at type\n  1.md:13:42: type: string\n" +
				"  2.md:13:42: type: integer"}, ""},
		{"title", []string{strings.Replace(page("/c", "get", "get_c", ""), `"1.0.0"`, `"1.1.0"`, 1)}, nil,
			"  version: 1.1.0\n"},
		{"security scheme", []string{strings.Replace(page("/c", "get", "get_c", ""), `{"schemas"`,
			`{"securitySchemes":{"Key":{"type":"apiKey","in":"header","name":"x-api-key"}},"schemas"`, 1)},
			[]string{"components securitySchemes Key, at name\n  openapi.yaml:23:43: name: X-API-Key\n" +
				"  1.md:13:78: name: x-api-key"}, "      name: x-api-key\n"},
		{"block scalars alike", []string{page("/c", "get", "get_c",
			strings.Replace(first, `"x"`, `"x\n"`, 1))}, nil, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			spec, pages, args := handwritten, map[string]string{}, []string{}
			for i, p := range tt.pages {
				name := string(rune('1'+i)) + ".md"
				pages[name], args = p, append(args, name)
			}
			got, _, err := importInto(t, &spec, pages, args...)
			if len(tt.want) == 0 && err != nil {
				t.Errorf("error %v", err)
			}
			for _, want := range tt.want {
				if err == nil || !strings.Contains(err.Error(), want) || got != spec {
					t.Errorf("error %v, want %q; openapi.yaml is\n%s", err, want, got)
				}
			}
			got, stdout, err := importInto(t, &spec, pages, append([]string{"--replace"}, args...)...)
			switch {
			case tt.taken != "" && (err != nil || !strings.Contains(got, tt.taken) ||
				!strings.Contains(stdout, "\nspecgen: ~ ") && !strings.HasPrefix(stdout, "specgen: ~ ")):
				t.Errorf("with --replace: error %v, want %q; printed %q, openapi.yaml is\n%s", err,
					tt.taken, stdout, got)
			case tt.taken == "" && len(tt.want) > 0 && (err == nil || got != spec):
				t.Errorf("with --replace: no error, openapi.yaml is\n%s", got)
			}
		})
	}
}

// TestMethodsKeepTheirNames has an operation that comes to stand before another of the same name,
// which would take its name.
func TestMethodsKeepTheirNames(t *testing.T) {
	spec := head + op("/a", "x_a_api_read_all") + op("/b", "x_b_api_get_all_results")
	pages := map[string]string{"p.md": page("/a", "put", "x_c_api_get_all_results", "")}
	got, _, err := importInto(t, &spec, pages, "p.md")
	if err != nil || !strings.Contains(got, "      x-go-name: CGetAllResults\n") {
		t.Fatalf("error %v, openapi.yaml is\n%s", err, got)
	}
	doc, err := parseDocument("openapi.yaml", []byte(got))
	if err != nil {
		t.Fatal(err)
	}
	names, err := doc.goNames()
	if err != nil {
		t.Fatal(err)
	}
	if names["PUT /a"] != "CGetAllResults" || names["GET /b"] != "GetAllResults" {
		t.Errorf("names %v", names)
	}
	again, stdout, err := importInto(t, &got, pages, "p.md")
	if err != nil || again != got {
		t.Errorf("the second import: error %v, printed %q\n%s", err, stdout, again)
	}
}

// TestTypesKeepTheirNames has an operation that needs the name of a schema for its own parameters.
func TestTypesKeepTheirNames(t *testing.T) {
	spec := head + op("/a", "get_a") + "components: {schemas: {GetBParams: {type: object}}}\n"
	pages := map[string]string{"p.md": page("/b", "get", "get_b", "")}
	got, _, err := importInto(t, &spec, pages, "p.md")
	if err == nil || !strings.Contains(err.Error(), "GetBParams: GetBParams becomes GetBParamsSchema") ||
		got != spec {
		t.Errorf("error %v, openapi.yaml is\n%s", err, got)
	}
	_, stdout, err := importInto(t, &spec, pages, "--replace", "p.md")
	if err != nil || !strings.Contains(stdout, "GetBParams: GetBParams becomes GetBParamsSchema") {
		t.Errorf("with --replace: error %v, printed %q", err, stdout)
	}
}

func TestUsage(t *testing.T) {
	for _, args := range [][]string{
		{"import", "-config", configFile},
		{"import", "-config", configFile, "-nope", "a"},
		{"import", "-config", configFile, "-C", "/nonexistent", "a"},
		{"import", "-config", "/nonexistent", "a"},
		{"update", "-config", configFile, "page.md"},
		{"-config", configFile, "-C", "/nonexistent"},
		{"-config", configFile, "page.md"},
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
	f.Add("openapi: 3.1.0\npaths: {}\ninfo:\n  description: |\n    A heading:\n\n    # A",
		document31("/a", "get", "get_a", `"A":{}`), false)
	f.Fuzz(func(t *testing.T, spec, page string, replace bool) {
		doc, err := parseDocument("page", []byte(page))
		if err != nil {
			return
		}
		if _, err := doc.operations(); err != nil {
			return
		}
		again, err := parseDocument("openapi.yaml", []byte(spec))
		if err != nil {
			return
		}
		pages := []*document{doc}
		if _, err := preparePages(again, pages); err != nil {
			return
		}
		if _, err := mergePages(again, pages, replace); err != nil {
			return
		}
		text, err := again.text()
		if err != nil {
			t.Fatalf("%v\n%q\n%q", err, spec, page)
		}
		merged, err := parseDocument("openapi.yaml", []byte(text))
		if err != nil || compare(nil, again.root, merged.root) != nil {
			t.Fatalf("read again: %v\n%q\n%q", err, spec, page)
		}
		if _, err := mergePages(merged, pages, replace); err != nil || len(merged.pages) > 0 {
			t.Errorf("the second import: %v\n%q\n%q", err, spec, page)
		}
	})
}
