package main

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// wideDoc has something of each kind that can change. A schema refers to itself.
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
        inner: {allOf: [{$ref: '#/components/schemas/B'}]}
`

func TestTellsChangesOfTheDocument(t *testing.T) {
	const seen = "GET /a/{id}: changed; see the difference of the documents"
	for _, tt := range []struct {
		name, old, now string
		severity       severity
		want           string
	}{
		{"parameter required", "name: q,", "name: q, required: true,",
			breaks, "GET /a/{id}: the `query` request parameter `q` became required"},
		{"response added", "'404'", "'201': {description: OK}\n        '404'", mayBreak,
			"GET /a/{id}: added the success response with the status `201`; with it, only the field of " +
				"that status is set"},
		{"parameter's default", "default: 1", "default: 2", compatible,
			"GET /a/{id}: for the `query` request parameter `page`, default value was changed " +
				"from `1.00` to `2.00`"},
		{"response's enum value added", "[new, old]", "[new, old, gone]", breaks,
			"GET /a/{id}: added the new `gone` enum value to the `state` response property for " +
				"the response status `200`"},
		{"response's property optional", "required: [id, state]", "required: [id]",
			breaks, "GET /a/{id}: the response property `state` became optional for the status `200`"},
		{"body required", "requestBody: {", "requestBody: {required: true, ",
			breaks, "POST /b: request body became required"},
		{"no words, style", "name: ids,", "name: ids, style: pipeDelimited, explode: true,", mayBreak, seen},
		{"no words, header required", "X-H: {", "X-H: {required: true, ", mayBreak, seen},
	} {
		t.Run(tt.name, func(t *testing.T) {
			expectChanges(t, tt.old, tt.now, change{tt.severity, tt.want})
		})
	}
}

func TestDoesNotTellWhatChangesNoProgram(t *testing.T) {
	const id = "      - {in: path, name: id, required: true, schema: {type: integer}}\n"
	const q = "      - {in: query, name: q, schema: {type: string, maxLength: 20}}\n"
	const head = "    get:\n      operationId: get_a\n      summary: Get A\n" +
		"      description: \"**Rate limit:** 200 requests per minute\"\n      parameters:\n"
	for _, tt := range []struct{ name, old, now string }{
		{"nothing", "name: q,", "name: q,"},
		{"parameters moved to the path", head + id + q, "    parameters:\n" + id + q + head},
		{"$ref in an allOf", "at: {type: string, format: date}",
			"at: {allOf: [{type: string, format: date}], description: The day}"},
		{"$ref of a response in an allOf", "{schema: {$ref: '#/components/schemas/A'}}",
			"{schema: {allOf: [{$ref: '#/components/schemas/A'}]}}"},
		{"title", "title: T", "title: U"},
		{"version", "version: 1.0.0", "version: 1.0.1"},
		{"summary", "summary: Get A", "summary: Get an A"},
		{"description", "200 requests per minute", "100 requests per minute"}, // the table tells
		{"description of a parameter", "name: q,", "name: q, description: Query,"},
		{"extension of a parameter", "name: q,", "name: q, x-origin: search,"},
		{"example of a property", "at: {", "at: {example: '2026-01-31', "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			expectChanges(t, tt.old, tt.now)
		})
	}
}

// expectChanges expects changes of wideDoc where one text takes the place of another.
func expectChanges(t *testing.T, old, now string, want ...change) {
	t.Helper()
	if strings.Count(wideDoc, old) != 1 {
		t.Fatalf("%q is not once in the document", old)
	}
	dir := t.TempDir()
	write(t, dir, "before.yaml", wideDoc)
	write(t, dir, "after.yaml", strings.Replace(wideDoc, old, now, 1))
	got, err := specChanges(filepath.Join(dir, "before.yaml"), filepath.Join(dir, "after.yaml"))
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("told %v, error %v, want %v", got, err, want)
	}
}
