package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// reworded is a document with prose in each place that may have some, where T stands.
const reworded = `{"openapi":"3.1.0","info":{"title":"T","version":"1.0.0"},
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

func TestProseIsNoConflict(t *testing.T) {
	empty := ""
	old := strings.ReplaceAll(reworded, `"T`, `"Old`)
	spec, _, err := importInto(t, &empty, map[string]string{"old.json": old}, "old.json")
	if err != nil {
		t.Fatal(err)
	}
	pages := map[string]string{"new.json": strings.ReplaceAll(reworded, `"T`, `"New`)}
	got, stdout, err := importInto(t, &spec, pages, "new.json")
	if err != nil {
		t.Fatal(err)
	}
	want := strings.ReplaceAll(spec, "Old", "New")
	want = strings.Replace(want, "title: New", "title: Old", 1) // the document's own title stays
	if got != want {
		t.Errorf("openapi.yaml is\n%s\nwant\n%s", got, want)
	}
	for _, line := range []string{
		"specgen: text of the page taken: components schemas S, at title\n",
		"specgen: text of the page taken: components examples E, at summary\n",
		"specgen: text of the page taken: GET /a, at summary\n",
		"specgen: text of the page taken: paths /a summary\n",
		"specgen: text of the page taken: tags A, at description\n",
		"specgen: openapi.yaml: 0 added, 0 replaced, 5 reworded, 0 identical\n",
	} {
		if !strings.Contains(stdout, line) {
			t.Errorf("printed\n%swant %q", stdout, line)
		}
	}
	again, _, err := importInto(t, &got, pages, "new.json")
	if err != nil || again != got {
		t.Errorf("the second import: error %v, openapi.yaml is\n%s", err, again)
	}
}

// withoutProse returns the document without any text, a rate limit included.
func withoutProse(doc string) string {
	for _, text := range []string{
		`"title":"T",`, `"description":"T",`, `,"description":"T"`, `"summary":"T",`, `"example":"T",`,
		`,"examples":["T"]`, `"example":{"id":"T"},`, `,"examples":{"x":{"value":"T"}}`,
		"\"description\":\"T\\n\\n**Rate limit:** 50 requests per minute\",\n",
	} {
		doc = strings.ReplaceAll(doc, text, "")
	}
	return strings.Replace(doc, `"info":{`, `"info":{"title":"T",`, 1)
}

// TestTextIsNotLost has pages that say the same, or something else, without any text.
func TestTextIsNotLost(t *testing.T) {
	empty := ""
	pages := map[string]string{"old.json": reworded, "new.json": withoutProse(reworded)}
	if strings.Count(pages["new.json"], `"T`) > 3 { // of the document and of an example
		t.Fatalf("the page still has text:\n%s", pages["new.json"])
	}
	spec, _, err := importInto(t, &empty, pages, "old.json")
	if err != nil {
		t.Fatal(err)
	}
	got, stdout, err := importInto(t, &spec, pages, "new.json")
	if err != nil || got != spec || !strings.Contains(stdout, " 0 added, 0 replaced, 0 reworded,") {
		t.Errorf("error %v, printed %q, openapi.yaml is\n%s", err, stdout, got)
	}

	pages["new.json"] = strings.Replace(pages["new.json"], `"id":{"type":"string"}`,
		`"id":{"type":"integer"}`, 1)
	got, _, err = importInto(t, &spec, pages, "-replace", "new.json")
	if err != nil || !strings.Contains(got, "type: integer") {
		t.Fatalf("error %v, openapi.yaml is\n%s", err, got)
	}
	for _, text := range []string{
		"title: T", "description: T", "summary: T", "- T", "value: T", "50 requests",
	} {
		if strings.Count(got, text) != strings.Count(spec, text) {
			t.Errorf("%q is lost, openapi.yaml is\n%s", text, got)
		}
	}
}

// TestPageDoesNotDecideWhatGoIsGenerated has what generators read, and what the import notes, on a
// page. It stays where the owner wrote it.
func TestPageDoesNotDecideWhatGoIsGenerated(t *testing.T) {
	spec := head + op("/b", "get_b") + `components:
  schemas:
    Own: {type: string, x-go-type: netip.Addr, x-go-type-import: {path: net/netip}}
`
	s := server(t, map[string]string{"/d.md": page("/d", "get", `get_d","x-source":"/etc/passwd`, "")})
	pages := map[string]string{"c.json": document31("/c", "get",
		`get_c","x-source":"/etc/passwd","X-Go-Name":"Evil","x-oapi-codegen-extra-tags":{},"x-mine":"x-go`,
		`"Third":{"type":"object","x-go-type":"any","x-go-type-import":{"path":"net/http/pprof","name":"_"},`+
			`"properties":{"x-go-type":{"type":"string"}}}`)}
	got, stdout, err := importInto(t, &spec, pages, "c.json", s.URL+"/d.md?token=s3cret#d")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(got, "pprof") || strings.Contains(got, "passwd") || strings.Contains(got, "Evil") ||
		strings.Contains(got, "s3cret") || strings.Contains(got, "oapi-codegen") {
		t.Errorf("openapi.yaml is\n%s", got)
	}
	for _, want := range []string{"net/netip", "x-mine: x-go\n",
		"        x-go-type:\n          type: string\n",
		"      x-source: " + s.URL + "/d.md\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("openapi.yaml has no %q:\n%s", want, got)
		}
	}
	for _, key := range []string{"x-go-type", "x-go-type-import", "X-Go-Name", "x-oapi-codegen-extra-tags",
		"x-source"} {
		if !strings.Contains(stdout, ": "+key+" is dropped; only openapi.yaml itself can have it\n") {
			t.Errorf("%s is not told: printed\n%s", key, stdout)
		}
	}
	_, _, err = update(t, head+op("/b", "get_b", "      x-source: /etc/passwd\n"))
	const want = `openapi.yaml:8: x-source is "/etc/passwd"; write the URL`
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error %v", err)
	}
}

func TestWhatLooksLikeProseMayMeanSomething(t *testing.T) {
	for _, tt := range []struct{ name, old, now, want string }{
		{"rate limit", "50 requests", "100 requests", "GET /a, at rate limit\n"},
		{"rate limit gone", `\n\n**Rate limit:** 50 requests per minute`, "", "no rate limit"},
		{"a property called title", `"title":{"type":"string"}`, `"title":{"type":"integer"}`,
			"components schemas S, at properties.title.type"},
		{"a property called example gone", `,"example":{"type":"object","properties":{"description":` +
			`{"type":"string"}}}`, "", "no example"},
		{"a property called description", `"description":{"type":"string"}`, `"description":{}`,
			"components schemas S, at properties.example.properties.description.type"},
		{"a property that must be there", `"required":["id","title"]`, `"required":["id"]`,
			"components schemas S, at required[1]"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if !strings.Contains(reworded, tt.old) {
				t.Fatalf("%q is not there", tt.old)
			}
			empty := ""
			pages := map[string]string{
				"old.json": reworded, "new.json": strings.Replace(reworded, tt.old, tt.now, 1),
			}
			spec, _, err := importInto(t, &empty, pages, "old.json")
			if err != nil {
				t.Fatal(err)
			}
			got, _, err := importInto(t, &spec, pages, "new.json")
			if err == nil || !strings.Contains(err.Error(), tt.want) || got != spec {
				t.Errorf("error %v, want %q; openapi.yaml is\n%s", err, tt.want, got)
			}
		})
	}
}

func TestOrderOfRequiredIsNoConflict(t *testing.T) {
	empty := ""
	pages := map[string]string{
		"old.json": reworded, "new.json": strings.Replace(reworded, `["id","title"]`, `["title","id"]`, 1),
	}
	spec, _, err := importInto(t, &empty, pages, "old.json")
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := importInto(t, &spec, pages, "new.json"); err != nil {
		t.Error(err)
	}
}

// TestPagesOfDifferentDays has two pages with one schema and other words for it.
func TestPagesOfDifferentDays(t *testing.T) {
	pages := map[string]string{
		"1.md": page("/c", "get", "get_c", `"Third":{"description":"One","type":"string"}`),
		"2.md": page("/d", "get", "get_d", `"Third":{"description":"Two","type":"string"}`),
	}
	spec := handwritten
	got, _, err := importInto(t, &spec, pages, "1.md", "2.md")
	if err != nil || !strings.Contains(got, "description: Two\n") {
		t.Fatalf("error %v, openapi.yaml is\n%s", err, got)
	}
	again, stdout, err := importInto(t, &got, pages, "1.md", "2.md")
	if err != nil || again != got || strings.Contains(stdout, "text of") {
		t.Errorf("the second import: error %v, printed %q, openapi.yaml is\n%s", err, stdout, again)
	}
}

// TestPagesThatContradictEachOther has one page that says what the document says, and one that does
// not, in both orders.
func TestPagesThatContradictEachOther(t *testing.T) {
	pages := map[string]string{
		"1.md": page("/c", "get", "get_c", `"Third":{"type":"string"}`),
		"2.md": page("/d", "get", "get_d", `"Third":{"type":"integer"}`),
	}
	spec := handwritten
	spec, _, err := importInto(t, &spec, pages, "1.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, order := range [][]string{{"1.md", "2.md"}, {"2.md", "1.md"}} {
		got, _, err := importInto(t, &spec, pages, append([]string{"-replace", "openapi.yaml"}, order...)...)
		if err == nil || !strings.Contains(err.Error(), "the pages contradict each other") || got != spec {
			t.Errorf("%q: error %v, openapi.yaml is\n%s", order, err, got)
		}
	}
}

// TestAnnotationsStay has a page that knows nothing of what was noted in the document.
func TestAnnotationsStay(t *testing.T) {
	spec := head + op("/b", "get_b", "      x-idempotent: true\n      x-go-name: Mine\n"+
		"      x-source: https://shop.example/b.md\n")
	pages := map[string]string{"b.md": page("/b", "get", "get_b", "")}
	got, _, err := importInto(t, &spec, pages, "b.md")
	if err != nil || got != spec {
		t.Errorf("error %v, openapi.yaml is\n%s", err, got)
	}
}

// server serves pages by their paths, and counts nothing else.
func server(t *testing.T, pages map[string]string) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, ok := pages[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/markdown")
		_, _ = w.Write([]byte(text))
	}))
	t.Cleanup(s.Close)
	return s
}

// update runs the sub-command and returns what openapi.yaml then has, and what was printed.
func update(t *testing.T, spec string) (got, stdout string, err error) {
	t.Helper()
	dir := t.TempDir()
	file := dir + "/openapi.yaml"
	writeFile(t, file, spec)
	writeFile(t, dir+"/go.mod", "module example.com/shop\n")
	var b strings.Builder
	err = run(t.Context(), []string{"update", "-config", configFile, "-C", dir}, &b)
	return readFile(t, file), b.String(), err
}

func TestUpdate(t *testing.T) {
	schema := `"C":{"type":"object","properties":{"id":{"type":"string"}}}`
	pages := map[string]string{
		"/c.md": page("/c", "get", "get_c", schema),
		"/d.md": page("/d", "get", "get_d", ""),
	}
	s := server(t, pages)
	spec := handwritten
	spec, _, err := importInto(t, &spec, nil, s.URL+"/c.md", s.URL+"/d.md")
	if err != nil || strings.Count(spec, "x-source: "+s.URL) != 2 {
		t.Fatalf("error %v, openapi.yaml is\n%s", err, spec)
	}

	t.Run("nothing new", func(t *testing.T) {
		got, stdout, err := update(t, spec)
		if err != nil || got != spec || !strings.Contains(stdout, "0 added, 0 replaced, 0 reworded") {
			t.Errorf("error %v, printed %q, openapi.yaml is\n%s", err, stdout, got)
		}
	})
	t.Run("a field more, an operation less", func(t *testing.T) {
		pages["/c.md"] = strings.Replace(pages["/c.md"], `"id":{`, `"sku":{"type":"string"},"id":{`, 1)
		pages["/d.md"] = page("/e", "get", "get_e", "")
		got, stdout, err := update(t, spec)
		if err != nil || !strings.Contains(got, "sku:\n") || !strings.Contains(got, "  /d:\n") {
			t.Errorf("error %v, openapi.yaml is\n%s", err, got)
		}
		for _, want := range []string{
			"specgen: ~ components schemas C, at properties.sku",
			"specgen: + GET /e\n",
			"specgen: GET /d is no longer on " + s.URL + "/d.md; it stays until you remove it\n",
		} {
			if !strings.Contains(stdout, want) {
				t.Errorf("printed %q, want %q", stdout, want)
			}
		}
	})
	t.Run("a page that is gone", func(t *testing.T) {
		delete(pages, "/d.md")
		got, stdout, err := update(t, spec)
		if err == nil || !strings.Contains(err.Error(), s.URL+"/d.md: ") || got != spec || stdout != "" {
			t.Errorf("error %v, printed %q, openapi.yaml is\n%s", err, stdout, got)
		}
	})
	t.Run("no page", func(t *testing.T) {
		_, _, err := update(t, handwritten)
		if err == nil || !strings.Contains(err.Error(), "import pages by their URLs first") {
			t.Errorf("error %v", err)
		}
	})
}
