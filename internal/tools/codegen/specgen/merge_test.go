package main

import (
	"cmp"
	"fmt"
	"maps"
	"strings"
	"testing"
)

// wordy is a document with prose in each place that may have some, where T stands.
const wordy = `{"openapi":"3.1.0","info":{"title":"Mine","version":"1.0.0"},
"tags":[{"name":"A","description":"T"}],
"components":{"schemas":{"S":{"title":"T","description":"T","type":"object","example":{"id":"T"},
"required":["id","title"],
"properties":{"id":{"title":"T","type":"string","examples":["T"]},
"title":{"type":"string"},"example":{"type":"object","properties":{"description":{"type":"string"}}}}}},
"examples":{"E":{"summary":"T","value":{"a":"T"}}}},
"paths":{"/a":{"summary":"T","get":{"operationId":"get_a","summary":"T","tags":["A"],
"description":"T\n\n**Rate limit:** 50 requests per minute",
"parameters":[{"in":"query","name":"q","description":"T","example":"T","schema":{"type":"string"}}],
"responses":{"200":{"description":"T","content":{"application/json":{"schema":
{"$ref":"#/components/schemas/S","description":"T"},"examples":{"x":{"value":"T"}}}}}}}}}}
`

// wordless is the same without any text, a rate limit included.
var wordless = strings.NewReplacer(`"title":"T",`, "", `"description":"T",`, "", `,"description":"T"`, "",
	`"summary":"T",`, "", `"example":"T",`, "", `,"examples":["T"]`, "", `"example":{"id":"T"},`, "",
	`,"examples":{"x":{"value":"T"}}`, "",
	"\"description\":\"T\\n\\n**Rate limit:** 50 requests per minute\",\n", "").Replace(wordy)

// edited returns a text with one in it replaced.
func edited(text, old, now string) string {
	if strings.Count(text, old) != 1 {
		panic(fmt.Sprintf("%q is not once in\n%s", old, text))
	}
	return strings.Replace(text, old, now, 1)
}

// TestProse has pages that say the same in other words, or in none.
func TestProse(t *testing.T) {
	old, _, err := importInto(t, nil, map[string]string{"p.json": strings.ReplaceAll(wordy, `"T`, `"Old`)},
		"p.json")
	if err != nil {
		t.Fatal(err)
	}
	quiet := strings.ReplaceAll(wordless, `"T`, `"Old`)
	for _, tt := range []importTest{
		{
			name: "other words", files: []string{"p.json", strings.ReplaceAll(wordy, `"T`, `"New`)},
			want: strings.ReplaceAll(old, "Old", "New"),
			told: []string{
				"specgen: text of the page taken: components schemas S, at description\n",
				"specgen: text of the page taken: components examples E\n",
				"specgen: text of the page taken: GET /a, at description\n",
				"specgen: text of the page taken: paths /a summary\n",
				"specgen: text of the page taken: tags [A], at description\n",
				"specgen: openapi.yaml: 0 added, 0 replaced, 5 reworded, 1 identical\n",
			},
		},
		{
			name: "no words", files: []string{"p.json", quiet}, want: old,
			told: []string{" 0 added, 0 replaced, 0 reworded, "},
		},
		{
			name: "no words, another meaning", args: []string{"-replace"},
			files: []string{"p.json", edited(quiet, `"id":{"type":"string"}`, `"id":{"type":"integer"}`)},
			has: []string{
				"        id:\n          type: integer\n          title: Old\n          examples:\n" +
					"          - Old\n",
				"      title: Old\n      description: Old\n      example:\n        id: Old\n",
			},
		},
		{
			name:  "another order of what is required",
			files: []string{"p.json", edited(quiet, `["id","title"]`, `["title","id"]`)}, want: old,
		},
		{
			name:  "the title of a document, which its own stays",
			files: []string{"p.json", edited(quiet, `"Mine"`, `"Yours"`)}, want: old,
			told: []string{"specgen: kept: info, at title\n"},
		},
		{
			name: "the title of a document, taken", args: []string{"-replace"},
			files: []string{"p.json", edited(quiet, `"Mine"`, `"Yours"`)}, want: edited(old, "Mine", "Yours"),
		},
	} {
		tt.spec = old
		t.Run(tt.name, tt.run)
	}
}

// conflicts are pages that differ in meaning from the document, the first ones from wordy.
var conflicts = []struct {
	name  string
	spec  string
	pages []string
	place string // in the error
	taken string // in the document with -replace
}{
	{
		"rate limit", wordy, []string{edited(wordy, "50 requests", "100 requests")},
		"GET /a, at rate limit\n", "100 requests",
	},
	{
		"rate limit gone", wordy, []string{edited(wordy, `\n\n**Rate limit:** 50 requests per minute`, "")},
		"1.md:8:36: nothing", "description: T\n      parameters",
	},
	{
		"a property called title", wordy,
		[]string{edited(wordy, `"title":{"type":"string"}`, `"title":{"type":"integer"}`)},
		"components schemas S, at properties.title.type\n", "title:\n          type: integer",
	},
	{
		"a property called description", wordy,
		[]string{edited(wordy, `"description":{"type":"string"}`, `"description":{}`)},
		"components schemas S, at properties.example.properties.description", "description: {}",
	},
	{
		"a property that must be there", wordy,
		[]string{edited(wordy, `"required":["id","title"]`, `"required":["id"]`)},
		"components schemas S, at required[title]\n", "required:\n      - id\n      properties",
	},
	{
		"a schema called example",
		head + op("/a", "get_a") + "components: {schemas: {example: {type: string}}}\n",
		[]string{page("/c", "get", "get_c", `"example":{"type":"integer"}`)},
		"components schemas example, at type\n", "    example:\n      type: integer\n",
	},
	{
		"schema", handwritten,
		[]string{page("/c", "get", "get_c", `"Second":{"enum":["a","c"],"type":"string"}`)},
		"conflicts: 1; nothing was changed\ncomponents schemas Second, at enum\n" +
			"  openapi.yaml:20:34: [\"a\",\"b\"]\n  1.md:13:43: [\"a\",\"c\"]\n" +
			"(to take what the pages say: make spec REPLACE=1 PAGES=...)",
		"    # the second\n    Second:\n      enum:\n      - a\n      - c\n      type: string\n" +
			"  # how one logs in\n",
	},
	{
		"something less, something more", handwritten,
		[]string{page("/a", "get", "get_a", ""), page("/b", "get", `get_b","tags":["B"],"x-y":"`, "")},
		"conflicts: 2; nothing was changed\nGET /a, at tags[A]\n  openapi.yaml:29:9: \"A\"\n" +
			"  1.md:14:22: nothing\nGET /b, at tags[B]\n  openapi.yaml:33:7: nothing\n  2.md:14:53: \"B\"",
		"      tags:\n      - B\n",
	},
	{
		"security scheme", handwritten,
		[]string{edited(page("/c", "get", "get_c", ""), `{"schemas"`,
			`{"securitySchemes":{"Key":{"type":"apiKey","in":"header","name":"x-api-key"}},"schemas"`)},
		"components securitySchemes Key, at name\n  openapi.yaml:23:43: \"X-API-Key\"\n" +
			"  1.md:13:78: \"x-api-key\"",
		"      name: x-api-key\n",
	},
	{
		"one of two parameters of a name",
		head + op("/a", "get_a", "      parameters:\n      - {in: query, name: q, schema: {type: string}}\n"+
			"      - {in: header, name: q, schema: {type: string}}\n"),
		[]string{page("/a", "get", `get_a","parameters":[{"in":"query","name":"q","schema":`+
			`{"type":"string"}},{"in":"header","name":"q","schema":{"type":"integer"}}],"x-y":"`, "")},
		"GET /a, at parameters[q].schema.type'\n", "type: integer",
	},
	{
		"a default with numbers for keys",
		head + op("/a", "get_a") + "components: {schemas: {D: {default: {1: a}}}}\n",
		[]string{"```yaml\n" + head + op("/b", "get_b") +
			"components: {schemas: {D: {default: {1: b}}}}\n```\n"},
		"components schemas D, at default\n", "1: b",
	},
	{
		"a type that needs another name",
		head + op("/a", "get_a") + "components: {schemas: {GetBParams: {type: object}}}\n",
		[]string{page("/b", "get", "get_b", "")},
		"GetBParams: GetBParams becomes GetBParamsSchema", "  /b:\n",
	},
}

// TestConflicts shows both sides of a difference in meaning, and what REPLACE=1 then does.
func TestConflicts(t *testing.T) {
	wordySpec, _, err := importInto(t, nil, map[string]string{"p.json": wordy}, "p.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range conflicts {
		t.Run(tt.name, func(t *testing.T) {
			run := importTest{spec: tt.spec, err: []string{tt.place}}
			if tt.spec == wordy {
				run.spec = wordySpec
			}
			for i, page := range tt.pages {
				run.files = append(run.files, fmt.Sprintf("%d.md", i+1), page)
			}
			run.run(t)
			run.err = nil
			run.args = []string{"-replace"}
			run.has = []string{tt.taken}
			run.run(t)
		})
	}
}

// thirdPages say two things of one schema.
var thirdPages = []string{
	"1.md", page("/c", "get", "get_c", `"Third":{"type":"string"}`),
	"2.md", page("/d", "get", "get_d", `"Third":{"type":"integer"}`),
}

const contradiction = "the pages contradict each other; import one of them alone: conflicts: 1; " +
	"nothing was changed\ncomponents schemas Third, at type\n"

// refusedImports are imports that change nothing.
var refusedImports = []importTest{
	{
		name: "pages that contradict each other", files: thirdPages, args: []string{"-replace"},
		err: []string{contradiction + "  1.md:13:42: \"string\"\n  2.md:13:42: \"integer\""},
	},
	{
		name:  "pages that contradict each other, the second one says what the document says",
		spec:  edited(handwritten, "    # the second\n", "    Third: {type: integer}\n"),
		files: thirdPages, args: []string{"-replace"}, err: []string{contradiction},
	},
	{
		name: "one operation in two ways", files: []string{"a.md", edited(webhooksPage, `"post"`, `"get"`)},
		err: []string{"\nGET /webhooks, at operationId\n  a.md:17:44: \"list_webhooks\"\n" +
			"  a.md:37:44: \"create_webhook\""},
	},
	{
		name: "a file that is not there", args: []string{"nowhere.md"},
		err: []string{"nowhere.md: no such file"},
	},
	{
		name:  "a reference to nothing",
		files: []string{"a.md", page("/c", "get", "get_c", `"C":{"$ref":"#/components/schemas/D"}`)},
		err:   []string{`a.md:13: $ref "#/components/schemas/D" leads nowhere`},
	},
	{
		name:  "an operationId that gives no name",
		files: []string{"a.md", edited(webhooksPage, "operationId: delete_webhooks", "operationId: '1'")},
		err:   []string{`a.md:49: operationId "1" gives no Go name`},
	},
}

// takenImports are imports, and what they take from a page or keep of the document.
var takenImports = []importTest{
	{
		name: "several documents", files: []string{"a.md", webhooksPage},
		has: []string{
			"operationId: list_webhooks\n", "operationId: create_webhook\n", "operationId: delete_webhooks\n",
		},
		told: []string{
			"specgen: + components schemas Webhook\nspecgen: + GET /webhooks\nspecgen: + POST /webhooks\n",
		},
	},
	{
		name: "nothing of an empty section", spec: head + op("/a", "get_a"),
		files: []string{"a.md", page("/c", "get", "get_c", "")},
		want: head + op("/a", "get_a") + "  /c:\n    get:\n      operationId: get_c\n      responses:\n" +
			"        '200':\n          description: OK\n",
	},
	{
		name: "two pages of different days",
		files: []string{
			"1.md", page("/c", "get", "get_c", `"Third":{"description":"One","type":"string"}`),
			"2.md", page("/d", "get", "get_d", `"Third":{"description":"Two","type":"string"}`),
		},
		has: []string{"description: Two\n"},
	},
	{
		name:  "a later version of OpenAPI",
		files: []string{"a.json", `{"openapi": "3.2.0", "paths": {}}`}, want: handwritten,
	},
	{
		name:  "a description that begins with a tab",
		files: []string{"a.md", page("/c", "get", `get_c","description":"\t\nDate and time`, "")},
		has:   []string{"description: Date and time\n"},
	},
	{
		name: "what the owner of the document wrote",
		spec: head + op("/b", "get_b",
			"      x-idempotent: true\n      x-go-name: Mine\n      x-rate-limit: 7\n"+
				"      x-source: https://shop.example/b.md\n") +
			"components: {schemas: {B: {x-go-type: any}}}\n",
		files: []string{"b.md", page("/b", "get", "get_b", `"B":{}`)},
		told:  []string{" 0 added, 0 replaced, 0 reworded, 3 identical"},
	},
	{
		name: "what a page wants to be generated",
		files: []string{"c.json", document31("/c", "get",
			`get_c","x-source":"/etc/passwd","X-Go-Name":"Evil","x-oapi-codegen-extra-tags":{},"x-y":"x-go`,
			`"Third":{"type":"object","x-go-type":"any","properties":{"x-go-type":{"type":"string"}}}`)},
		want: edited(edited(handwritten, "  # how", "    Third:\n      type: object\n      properties:\n"+
			"        x-go-type:\n          type: string\n  # how"), "# the end", "  /c:\n    get:\n"+
			"      operationId: get_c\n      x-y: x-go\n      responses:\n        '200':\n"+
			"          description: OK\n# the end"),
		told: []string{
			"specgen: c.json:2: x-go-type is dropped; only openapi.yaml itself can have it\n",
			"specgen: c.json:3: x-source is dropped;", "specgen: c.json:3: X-Go-Name is dropped;",
			"specgen: c.json:3: x-oapi-codegen-extra-tags is dropped;",
		},
	},
	{
		name:  "a name that another operation would take from one",
		spec:  head + op("/a", "x_a_api_read_all") + op("/b", "x_b_api_get_all_results"),
		files: []string{"p.md", page("/a", "put", "x_c_api_get_all_results", "")},
		has: []string{"      operationId: x_c_api_get_all_results\n      responses:\n        '200':\n" +
			"          description: OK\n      x-go-name: CGetAllResults\n"},
	},
}

func TestPages(t *testing.T) {
	for _, tt := range append(refusedImports, takenImports...) {
		t.Run(tt.name, tt.run)
	}
}

// TestUpdate imports pages by their URLs, and then again after they have changed.
func TestUpdate(t *testing.T) {
	schema := `"C":{"type":"object","properties":{"id":{"type":"string"}}}`
	pages := map[string]string{
		"/c.md": page("/c", "get", "get_c", schema),
		"/d.md": page("/d", "get", "get_d", ""),
	}
	site := newSite(t, pages)
	spec := handwritten
	spec, _, err := importInto(t, &spec, nil, site+"/c.md", site+"/d.md?token=s3cret#d")
	if err != nil {
		t.Fatal(err)
	}
	mustHave(t, spec, "x-source: "+site+"/c.md\n", "x-source: "+site+"/d.md\n")
	pages["/moved.md"] = pages["/c.md"]
	moved, stdout, err := importInto(t, &spec, nil, site+"/moved.md")
	mustHave(t, moved, "x-source: "+site+"/moved.md\n")
	mustHave(t, fmt.Sprintln(stdout, err),
		"text of the page taken: GET /c, at x-source\n", " identical\n <nil>")

	for _, tt := range []struct {
		name, spec string
		changes    map[string]string
		told, has  []string
		err        string // then nothing is changed
	}{
		{
			name: "nothing new", spec: spec, has: []string{spec},
			told: []string{"0 added, 0 replaced, 0 reworded, 4 identical"},
		},
		{
			name: "a field more, an operation less", spec: spec,
			changes: map[string]string{
				"/c.md": edited(pages["/c.md"], `"id":{`, `"sku":{"type":"string"},"id":{`),
				"/d.md": page("/e", "get", "get_e", ""),
			},
			told: []string{
				"specgen: ~ components schemas C, at properties.sku.type\n", "specgen: + GET /e\n",
				"specgen: GET /d is no longer on " + site + "/d.md; it stays until you remove it\n",
			},
			has: []string{"sku:\n", "  /d:\n"},
		},
		{
			name: "a page that is gone", spec: spec, changes: map[string]string{"/d.md": ""},
			err: site + "/d.md: the server answers 404 Not Found instead of a page; check the URL",
		},
		{
			name: "no page", spec: handwritten, err: "no page to import; name some",
		},
		{
			name: "a file for a URL", spec: head + op("/b", "get_b", "      x-source: /etc/passwd\n"),
			err: `openapi.yaml:8: x-source is "/etc/passwd"; write the URL of a page`,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			maps.Copy(pages, tt.changes)
			got, stdout, err := runIn(t, &tt.spec, nil, "update")
			mustHave(t, fmt.Sprint(err), cmp.Or(tt.err, "<nil>"))
			mustHave(t, stdout, tt.told...)
			mustHave(t, got, tt.has...)
			if err != nil && got != tt.spec {
				t.Errorf("openapi.yaml is\n%s", got)
			}
		})
	}
}
