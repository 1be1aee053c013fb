package main

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// wideDoc has something of each kind that can change.
const wideDoc = `openapi: 3.1.0
info: {title: T, version: 1.0.0}
servers: [{url: https://a.example}]
paths:
  /a/{id}:
    get:
      operationId: get_a
      summary: Get A
      description: "**Rate limit:** 200 requests per minute"
      parameters:
      - {in: path, name: id, required: true, schema: {type: integer}}
      - {in: query, name: q, schema: {type: string, maxLength: 20}}
      - {in: query, name: page, schema: {type: integer, default: 1}}
      - {in: query, name: ids, schema: {type: array, items: {type: integer}, maxItems: 5}}
      responses:
        '200':
          description: OK
          headers: {X-H: {schema: {type: integer}}}
          content: {application/json: {schema: {$ref: '#/components/schemas/A'}}}
        '404': {description: Not Found}
        default: {description: Other}
  /b:
    post:
      operationId: post_b
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/B'}}}}
      responses: {'202': {description: Accepted}}
components:
  schemas:
    A:
      type: object
      properties:
        id: {type: integer}
        state: {type: string, enum: [new, old]}
        at: {type: string, format: date}
        note: {type: string, maxLength: 9, default: none}
      required: [id, state]
    B:
      type: object
      properties:
        ids: {type: array, items: {type: integer}}
        kind: {type: string, maxLength: 9, default: none, enum: [big, small]}
        day: {type: string, format: date}
`

// changesAfter returns what changes in wideDoc where texts take the place of others, in pairs.
func changesAfter(t *testing.T, oldNew ...string) []change {
	t.Helper()
	for old := range slices.Chunk(oldNew, 2) {
		if strings.Count(wideDoc, old[0]) != 1 {
			t.Fatalf("%q is not once in the document", old[0])
		}
	}
	dir := t.TempDir()
	write(t, dir, "before.yaml", wideDoc)
	write(t, dir, "after.yaml", strings.NewReplacer(oldNew...).Replace(wideDoc))
	changes, err := specChanges(filepath.Join(dir, "before.yaml"), filepath.Join(dir, "after.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return changes
}

func TestTellsWhatOasdiffNames(t *testing.T) {
	for _, tt := range []struct {
		name, old, now string
		severity       severity
		want           string
	}{
		{"parameter required", "name: q,", "name: q, required: true,",
			breaks, "GET /a/{id}: the `query` request parameter `q` became required"},
		{"parameter's default", "default: 1", "default: 2",
			compatible, "GET /a/{id}: for the `query` request parameter `page`, default value was " +
				"changed from `1.00` to `2.00`"},
		{"parameter's maxLength", "maxLength: 20", "maxLength: 10",
			breaks, "GET /a/{id}: for the `query` request parameter `q`, the maxLength was decreased " +
				"from `20` to `10`"},
		{"response added", "'404'", "'201': {description: OK}\n        '404'",
			mayBreak, "GET /a/{id}: added the success response with the status `201`; with it, only the " +
				"field of that status is set"},
		{"response's enum value added", "[new, old]", "[new, old, gone]",
			breaks, "GET /a/{id}: added the new `gone` enum value to the `state` response property for " +
				"the response status `200`"},
		{"response's enum value removed", "[new, old]", "[new]",
			compatible, "GET /a/{id}: removed the `old` enum value from the `state` response property " +
				"for the response status `200`"},
		{"response's property nullable", "id: {type: integer}", "id: {type: [integer, 'null']}",
			breaks, "GET /a/{id}: the response property `id` became nullable for the status `200`"},
		{"response's property optional", "required: [id, state]", "required: [id]",
			breaks, "GET /a/{id}: the response property `state` became optional for the status `200`"},
		{"response's format", "at: {type: string, format: date}", "at: {type: string, format: date-time}",
			breaks, "GET /a/{id}: the `at` response's property `format` changed from `date` to " +
				"`date-time` for status `200`"},
		{"response's maxLength", "note: {type: string, maxLength: 9", "note: {type: string, maxLength: 8",
			compatible, "GET /a/{id}: the `note` response property's maxLength was decreased from `9` " +
				"to `8` for the response status `200`"},
		{"response's default", "note: {type: string, maxLength: 9, default: none",
			"note: {type: string, maxLength: 9, default: all",
			compatible, "GET /a/{id}: the `note` response's property default value changed from `none` " +
				"to `all` for the status `200`"},
		{"response's property deprecated", "note: {", "note: {deprecated: true, ",
			compatible, "GET /a/{id}: response property `note` deprecated"},
		{"body's enum value removed", "[big, small]", "[big]",
			breaks, "POST /b: removed the enum value `small` of the request property `kind`"},
		{"body's format", "day: {type: string, format: date}", "day: {type: string, format: date-time}",
			breaks, "POST /b: the `day` request property `format` changed from `date` to `date-time`"},
		{"body required", "requestBody: {", "requestBody: {required: true, ",
			breaks, "POST /b: request body became required"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			want := []change{{tt.severity, tt.want}}
			if got := changesAfter(t, tt.old, tt.now); !slices.Equal(got, want) {
				t.Errorf("told %v, want %v", got, want)
			}
		})
	}
}

func TestTellsWhatOasdiffDoesNotName(t *testing.T) {
	const parameter = "GET /a/{id}: the `query` request parameter "
	for _, tt := range []struct{ name, old, now, want string }{
		{"style", "name: ids,", "name: ids, style: pipeDelimited, explode: true,",
			parameter + "`ids` changed: {\"explode\":{\"from\":null,\"to\":true}," +
				"\"style\":{\"from\":\"\",\"to\":\"pipeDelimited\"}}"},
		{"explode", "name: ids,", "name: ids, explode: false,",
			parameter + "`ids` changed: {\"explode\":{\"from\":null,\"to\":false}}"},
		{"allowReserved", "name: q,", "name: q, allowReserved: true,",
			parameter + "`q` changed: {\"allowReserved\":{\"from\":false,\"to\":true}}"},
		{"bound of a parameter's items", "items: {type: integer}, maxItems",
			"items: {type: integer, minimum: 1}, maxItems",
			parameter + "`ids` changed: {\"schema\":{\"items\":{\"min\":{\"from\":null,\"to\":1}}}}"},
		{"uniqueItems of a parameter", "maxItems: 5", "maxItems: 5, uniqueItems: true",
			parameter + "`ids` changed: {\"schema\":{\"uniqueItems\":{\"from\":false,\"to\":true}}}"},
		{"default response added", "{'202': {description: Accepted}}",
			"{'202': {description: Accepted}, default: {description: Other}}",
			"POST /b: added the response `default`"},
		{"default response removed", "        default: {description: Other}\n", "",
			"GET /a/{id}: removed the response `default`"},
		{"header required", "X-H: {", "X-H: {required: true, ",
			"GET /a/{id}: the response `200` changed: {\"headers\":{\"modified\":{\"X-H\":" +
				"{\"required\":{\"from\":false,\"to\":true}}}}}"},
		{"encoding of a body", "{application/json: {schema: {$ref: '#/components/schemas/B'}}}",
			"{application/json: {encoding: {kind: {contentType: text/plain}}, " +
				"schema: {$ref: '#/components/schemas/B'}}}",
			"POST /b: the request body changed: {\"content\":{\"modified\":{\"application/json\":" +
				"{\"encoding\":{\"added\":[\"kind\"]}}}}}"},
		{"additional properties of a body", "    B:\n", "    B:\n      additionalProperties: false\n",
			"POST /b: the request body changed: {\"content\":{\"modified\":{\"application/json\":" +
				"{\"schema\":{\"additionalPropertiesAllowed\":{\"from\":null,\"to\":false}}}}}}"},
		{"server of the document", "https://a.example", "https://b.example",
			"the servers changed: {\"added\":[\"https://b.example\"],\"deleted\":[\"https://a.example\"]}"},
		{"server of a path", "  /b:\n", "  /b:\n    servers: [{url: https://b.example}]\n",
			"/b: the servers changed: {\"added\":[\"https://b.example\"]}"},
		{"server of an operation", "operationId: post_b\n",
			"operationId: post_b\n      servers: [{url: https://b.example}]\n",
			"POST /b: the servers changed: {\"added\":[\"https://b.example\"]}"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			want := []change{{mayBreak, tt.want}}
			if got := changesAfter(t, tt.old, tt.now); !slices.Equal(got, want) {
				t.Errorf("told %v, want %v", got, want)
			}
		})
	}
}

func TestTellsTheUnnamedBesideTheNamed(t *testing.T) {
	for _, tt := range []struct {
		name   string
		oldNew []string
		want   []string
	}{
		{"of one parameter, once", []string{"maxLength: 20}}", "maxLength: 30}, allowReserved: true}"},
			[]string{"`q`, the maxLength was increased"}},
		{"of two parameters",
			[]string{"default: 1", "default: 2", "name: ids,", "name: ids, explode: false,"},
			[]string{"`page`, default value was changed", "`ids` changed: {\"explode\""}},
		{"of two responses", []string{"X-H: {", "X-H: {required: true, ", "description: Not Found",
			"description: Not Found, headers: {X-Reason: {schema: {type: string}}}"},
			[]string{"`X-Reason` was added for the status `404`", "the response `200` changed: "}},
		{"of a parameter and a body", []string{"operationId: post_b\n", "operationId: post_b\n" +
			"      parameters: [{in: query, name: kind, schema: {type: string}}]\n", "    B:\n",
			"    B:\n      additionalProperties: false\n"},
			[]string{"request parameter `kind`", "the request body changed: "}},
		{"of a body's property and a parameter that has its name", []string{"name: q,", "name: q, " +
			"allowReserved: true,", "note: {", "q: {type: string}\n        note: {"},
			[]string{"added the optional property `q`", "request parameter `q` changed: "}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := changesAfter(t, tt.oldNew...)
			if len(got) != len(tt.want) {
				t.Fatalf("told %v, want %q", got, tt.want)
			}
			for i, want := range tt.want {
				if !strings.Contains(got[i].text, want) {
					t.Errorf("told %v, want %q", got[i], want)
				}
			}
		})
	}
}

func TestDoesNotTellWhatChangesNoProgram(t *testing.T) {
	for _, tt := range []struct{ name, old, now string }{
		{"nothing", "name: q,", "name: q,"},
		{"title", "title: T", "title: U"},
		{"version", "version: 1.0.0", "version: 1.0.1"},
		{"summary", "summary: Get A", "summary: Get an A"},
		{"description", "200 requests per minute", "100 requests per minute"}, // the table tells
		{"description of a response", "description: Not Found", "description: None"},
		{"description of a parameter", "name: q,", "name: q, description: Query,"},
		{"example of a parameter", "name: q,", "name: q, example: boots,"},
		{"extension of a parameter", "name: q,", "name: q, x-origin: search,"},
		{"style that is the default", "name: ids,", "name: ids, style: form, explode: true,"},
		{"title of a property", "at: {", "at: {title: At, "},
		{"example of a property", "at: {", "at: {example: '2026-01-31', "},
		{"examples of a property", "at: {", "at: {examples: ['2026-01-31'], "},
		{"comment of a property", "at: {", "at: {$comment: in UTC, "},
		{"documents of a property", "at: {", "at: {externalDocs: {url: https://a.example}, "},
		{"documents of an operation", "summary:", "externalDocs: {url: https://a.example}\n      summary:"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := changesAfter(t, tt.old, tt.now); got != nil {
				t.Errorf("told %v", got)
			}
		})
	}
}

func TestDoesNotTellTheNameOfAPathParameter(t *testing.T) {
	got := changesAfter(t, "/a/{id}", "/a/{key}", "in: path, name: id", "in: path, name: key")
	if got != nil {
		t.Errorf("told %v", got)
	}
}
