package main

import (
	"strings"
	"testing"
)

func TestPageOf30IsReadAs31(t *testing.T) {
	for _, tt := range []struct{ name, schema, want string }{
		{"nullable type", `{"type":"string","nullable":true}`, "{type: [string, null]}"},
		{"not nullable", `{"type":"string","nullable":false}`, "{type: string}"},
		{"nullable enum", `{"type":"string","nullable":true,"enum":["a"]}`,
			"{type: [string, null], enum: [a, null]}"},
		{"nullable enum that lists null", `{"type":"string","nullable":true,"enum":["a",null]}`,
			"{type: [string, null], enum: [a, null]}"},
		{"nullable reference", `{"$ref":"#/components/schemas/O","nullable":true}`,
			"{anyOf: [{$ref: #/components/schemas/O}, {type: null}]}"},
		{"nullable allOf", `{"allOf":[{"$ref":"#/components/schemas/O"}],"nullable":true,"title":"x"}`,
			"{title: x, anyOf: [{allOf: [{$ref: #/components/schemas/O}]}, {type: null}]}"},
		{"nullable oneOf", `{"oneOf":[{"type":"string"}],"nullable":true}`,
			"{oneOf: [{type: string}, {type: null}]}"},
		{"nullable anything", `{"nullable":true}`, "{}"},
		{"exclusive bounds", `{"type":"integer","minimum":0,"exclusiveMinimum":true,"maximum":9,` +
			`"exclusiveMaximum":false}`, "{type: integer, maximum: 9, exclusiveMinimum: 0}"},
		{"example", `{"type":"string","example":"x"}`, "{type: string, examples: [x]}"},
		{"nested", `{"type":"object","properties":{"a":{"type":"array","items":{"type":"string","nullable":` +
			`true}},"nullable":{"type":"boolean"},"example":{"type":"string"}}}`,
			"{type: object, properties: {a: {type: array, items: {type: [string, null]}}, " +
				"nullable: {type: boolean}, example: {type: string}}}"},
		{"data", `{"type":"object","default":{"nullable":true},"example":{"nullable":true}}`,
			"{type: object, default: {nullable: true}, examples: [{nullable: true}]}"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			spec := handwritten
			pages := map[string]string{"p.md": strings.Replace(
				page("/c", "get", "get_c", `"O":{"type":"object"},"S":`+tt.schema), "3.1.0", "3.0.3", 1)}
			got, _, err := importInto(t, &spec, pages, "p.md")
			if err != nil {
				t.Fatal(err)
			}
			doc, err := parseDocument("openapi.yaml", []byte(got))
			if err != nil {
				t.Fatal(err)
			}
			schema := get(get(get(doc.root, "components"), "schemas"), "S")
			if text := inline(schema); text != tt.want {
				t.Errorf("the schema is %s, want %s", text, tt.want)
			}
			again, _, err := importInto(t, &got, pages, "p.md")
			if err != nil || again != got {
				t.Errorf("the second import: error %v, openapi.yaml is\n%s", err, again)
			}
		})
	}
}
