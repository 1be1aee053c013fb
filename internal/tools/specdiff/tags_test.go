package main

import (
	"bytes"
	"strings"
	"testing"
)

func TestTellsFieldsThatAreSentDifferently(t *testing.T) {
	const was = "package api\n\ntype T struct { A, B string }\n\n" +
		"type A struct {\n\tName string `json:\"name\"`\n\tT *T `json:\"t\"`\n" +
		"\tother int `json:\"other\"`\n}\n\n" +
		"type a struct {\n\tName string `json:\"name\"`\n}\n\ntype Alias = int\n\nvar V int\n"
	const apiSection = "openapi.yaml: no changes\n\nexported Go API"
	for _, tt := range []struct{ name, old, now, want string }{
		{"nothing", "A, B", "A, B", ": no changes\n"},
		{"a tag", "Name string `json:\"name\"`", "Name string `json:\"name,omitempty\"`",
			", may break callers:\n  - api: A.Name: the tag changed from `json:\"name\"` to " +
				"`json:\"name,omitempty\"`\n\nclient's behaviour: no changes\n\n" +
				"Next version: minor, v1.5.0: programs compile, but"},
		{"a tag of a type of the module", "`json:\"t\"`", "`json:\"u\"`",
			", may break callers:\n  - api: A.T: the tag changed from `json:\"t\"` to `json:\"u\"`\n"},
		{"a tag that is gone", "Name string `json:\"name\"`", "Name string",
			", may break callers:\n  - api: A.Name: the tag changed from `json:\"name\"` to ``\n"},
		{"a tag and the type", "Name string `json:\"name\"`", "Name *string `json:\"name,omitempty\"`",
			", breaks callers:\n  - api: A.Name: changed from string to *string\n\nclient"},
		{"a field that is not exported", "`json:\"other\"`", "`json:\"more\"`", ": no changes\n"},
		{"a struct that is not exported", "type a struct {\n\tName string `json:\"name\"`",
			"type a struct {\n\tName string `json:\"n\"`", ": no changes\n"},
		{"a struct that is gone", "type A struct", "type b struct",
			", breaks callers:\n  - api: A: removed\n\nclient"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := moduleWith(t, map[string]string{"api/more.go": was})
			write(t, dir, "api/more.go", strings.Replace(was, tt.old, tt.now, 1))
			var out bytes.Buffer
			if err := run(t.Context(), options{root: dir, base: "HEAD"}, &out); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(out.String(), apiSection+tt.want) {
				t.Errorf("printed\n%s\nwant %q", &out, apiSection+tt.want)
			}
		})
	}
}
