package main

import (
	"strings"
	"testing"
)

// TestWorkarounds shows the overlay's actions for one occurrence each. The growth test shows that
// they generate.
func TestWorkarounds(t *testing.T) {
	schema := func(s string) string {
		return head + op("/a", "get_a") + "components: {schemas: {S: " + s + "}}\n"
	}
	parameter := func(p string) string {
		return head + op("/a", "get_a", "      parameters: ["+p+"]\n")
	}
	order := func(first, second string) string {
		return "- target: $['components']['schemas']['S']['properties']\n  update:\n    " + first +
			":\n      x-order: 1\n    " + second + ":\n      x-order: 2\n"
	}
	const inSchema, inParameter = "['components']['schemas']['S']", "['paths']['/a']['get']['parameters'][0]"
	for _, tt := range []struct{ name, doc, want string }{
		{"nothing to do", schema("{type: [string, 'null'], enum: [a], properties: {a_b: {}}}"), ""},
		{"null in an enum", schema("{enum: [a, null, b, null]}"),
			"- target: $" + inSchema + "['enum'][3]\n  remove: true\n- target: $" + inSchema +
				"['enum'][1]\n  remove: true\n"},
		{"null in an enum in an answer called default",
			head + "  /a:\n    get: {operationId: get_a, responses: {default: {content: {x: {schema: " +
				"{enum: [null]}}}}}}\n",
			"- target: $['paths']['/a']['get']['responses']['default']['content']['x']" +
				"['schema']['enum'][0]\n" +
				"  remove: true\n"},
		{"data is no schema", schema("{default: {enum: [null]}, const: {enum: [null]}, example: {enum: " +
			"[null]}, examples: [{enum: [null]}]}"), ""},
		{"properties with the names of keywords",
			schema("{properties: {default: {enum: [null]}, enum: {type: string}}}"),
			"- target: $" + inSchema + "['properties']['default']['enum'][0]\n  remove: true\n" +
				order("default", "enum")},
		{"several types", schema("{type: [string, array, 'null'], items: {type: string}}"),
			"- target: $" + inSchema + "['type']\n  remove: true\n- target: $" + inSchema +
				"\n  update:\n    anyOf:\n    - type: string\n    - items: {type: string}\n" +
				"      type: array\n    - type: 'null'\n"},
		{"two spellings of a field", schema("{properties: {order_id: {}, orderId: {}, OrderID: {}}}"),
			"- target: $" + inSchema + "['properties']['orderId']\n  update:\n    x-go-name: OrderID2\n" +
				"- target: $" + inSchema + "['properties']['OrderID']\n  update:\n    x-go-name: OrderID3\n" +
				"- target: $" + inSchema + "['properties']\n  update:\n    OrderID:\n      x-order: 3\n" +
				"    order_id:\n      x-order: 1\n    orderId:\n      x-order: 2\n"},
		{"values that meet in Go", schema("{type: string, enum: [a, '', ß, null]}"),
			"- target: $" + inSchema + "['enum'][3]\n  remove: true\n- target: $" + inSchema +
				"\n  update:\n    x-enum-varnames:\n    - a\n    - ''\n    - Value3\n"},
		{"values that meet no other", schema("{type: string, enum: [a, A, a-b, a_b, '1', ß]}"), ""},
		{"an order of its own", schema("{properties: {b: {x-order: 2}, a: {x-order: 1}}}"), ""},
		{"a union of one", schema("{anyOf: [{type: string}]}"), ""},
		{"a union of two", schema("{anyOf: [{type: string}, {type: integer}]}"), ""},
		{"a union that repeats", schema("{oneOf: [{type: string}, {type: integer}, {type: string}]}"),
			"- target: $" + inSchema + "['oneOf'][2]\n  remove: true\n"},
		{"an enum with null beside any string",
			schema("{anyOf: [{enum: [a, null], type: string}, {type: string}]}"),
			"- target: $" + inSchema + "['anyOf'][0]['enum'][1]\n  remove: true\n- target: $" + inSchema +
				"['anyOf']\n  remove: true\n- target: $" + inSchema + "\n  update:\n    enum:\n    - a\n" +
				"    - null\n    type: string\n- target: $" + inSchema + "['enum'][1]\n  remove: true\n"},
		{"a list of an enum, or a string",
			schema("{anyOf: [{type: array, items: {type: string, enum: [a]}}, {type: string}]}"),
			"- target: $" + inSchema + "['anyOf'][0]['items']['enum']\n  remove: true\n"},
		{"a tab in an enum", schema(`{type: string, enum: [a, "\t"]}`),
			"- target: $" + inSchema + "['enum'][1]\n  remove: true\n"},
		{"an enum beside strings of a format",
			schema("{anyOf: [{type: string, enum: [a]}, {type: string, format: uuid}]}"), ""},
		{"one scalar or another in a query",
			parameter("{in: query, name: q, schema: {anyOf: [{type: integer}, {type: string}, {type: " +
				"'null'}]}}"),
			"- target: $" + inParameter + "['schema']['anyOf']\n  remove: true\n- target: $" + inParameter +
				"['schema']\n  update:\n    type: string\n"},
		{"lists of one scalar or another",
			parameter("{in: query, name: q, schema: {type: array, items: {oneOf: [{type: integer}, {type: " +
				"string}]}}}"),
			"- target: $" + inParameter + "['schema']['items']['oneOf']\n  remove: true\n- target: $" +
				inParameter + "['schema']['items']\n  update:\n    type: string\n"},
		{"nullable parameter", parameter("{in: query, name: q, schema: {anyOf: [{type: integer}, {type: " +
			"'null'}]}}"), ""},
		{"a list or a scalar", parameter("{in: query, name: q, schema: {anyOf: [{type: integer}, {type: " +
			"array}]}}"), ""},
		{"readOnly in an allOf",
			schema("{allOf: [{$ref: '#/components/schemas/T'}, {readOnly: true}]}, T: {type: string}"),
			"- target: $" + inSchema + "['allOf'][1]\n  remove: true\n- target: $" + inSchema +
				"\n  update:\n    readOnly: true\n"},
		{
			"path parameter with the name of a package",
			head + op("/{url}", "get_a",
				"      parameters: [{in: path, name: url, required: true, schema: {type: string}}]\n"),
			"- target: $['paths']['/{url}']['get']['parameters'][0]\n  update:\n    x-go-name: URLParam\n",
		},
		{"query parameter with the name of a package",
			parameter("{in: query, name: url, schema: {type: string}}"), ""},
		{"schema with a name of the generated client",
			head + op("/a", "get_a") +
				"components: {schemas: {Client: {}, Order: {properties: {by: {$ref: " +
				"'#/components/schemas/Client'}}}}}\n",
			"- target: $['components']['schemas']['Client']\n  update:\n    x-go-name: ClientSchema\n" +
				"- target: $['components']['schemas']['Order']['properties']['by']\n  update:\n" +
				"    x-go-name: By\n"},
		{"shared responses with a name of the generated client",
			head + op("/a", "get_a") + "components: {responses: {Client: {description: OK}, " +
				"Server: {description: OK}, ClientOption: {description: OK, x-go-name: Option}}}\n",
			"- target: $['components']['responses']['Client']\n  update:\n    x-go-name: ClientResponse\n"},
		{"schema with a name of the operation table",
			head + op("/a", "get_a") + "components: {schemas: {Operation: {}, Operations: {}}}\n",
			"- target: $['components']['schemas']['Operations']\n  update:\n" +
				"    x-go-name: OperationsSchema\n"},
		{"schema with a name made from an operation's",
			head + op("/a", "get_a") + "components: {schemas: {GetAParams: {}, GetBParams: {}}}\n",
			"- target: $['components']['schemas']['GetAParams']\n  update:\n" +
				"    x-go-name: GetAParamsSchema\n"},
		{"quote in a name", head + op(`"/a's/{url}"`, "get_a",
			"      parameters: [{in: path, name: url, required: true, schema: {type: string}}]\n"),
			"- target: $['paths']['/a\\'s/{url}']['get']['parameters'][0]\n  update:\n" +
				"    x-go-name: URLParam\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			out, err := generate(t, tt.doc)
			if err != nil {
				t.Fatal(err)
			}
			_, got, found := strings.Cut(out.overlay, "    operationId: GetA\n")
			if !found || got != tt.want {
				t.Errorf("the overlay is\n%s\nwant after the names\n%s", out.overlay, tt.want)
			}
		})
	}
}
