package main

import (
	"slices"
	"strings"
	"testing"
)

// shape is a document in a shape that is ordinary elsewhere.
type shape struct {
	name     string
	document string
	// refused is the error, with the line. It is empty for a document that is generated and compiles.
	refused string
	// has are lines of the generated client, white space aside.
	has []string
}

const answers = "responses: {'200': {description: OK, content: " +
	"{application/json: {schema: {$ref: '#/components/schemas/S'}}}}}"

// gets returns a path with a GET on four lines, whose answer is the schema S. More keys follow on
// lines of their own.
func gets(path, operationID string, more ...string) string {
	return request("get", path, operationID, more...)
}

func request(method, path, operationID string, more ...string) string {
	lines := []string{"  " + path + ":", "    " + method + ":"}
	if operationID != "" {
		lines = append(lines, "      operationId: "+operationID)
	}
	lines = append(lines, "      "+answers)
	for _, line := range more {
		lines = append(lines, "      "+line)
	}
	return strings.Join(lines, "\n") + "\n"
}

// schemasOf returns components with the schema S, and others.
func schemasOf(lines ...string) string {
	return "components:\n  schemas:\n    " + strings.Join(lines, "\n    ") + "\n"
}

const (
	anyObject = "S: {type: object}"
	hasBody   = "requestBody: {content: {application/json: {schema: {type: object}}}}"
)

// ofS is a document of one operation, whose answer is the schema S.
func ofS(lines ...string) string { return head + gets("/a", "get_a") + schemasOf(lines...) }

// takes is a document of one operation with parameters.
func takes(path string, parameters ...string) string {
	lines := append([]string{"parameters:"}, parameters...)
	return head + gets(path, "get_a", lines...) + schemasOf(anyObject)
}

var parameterShapes = []shape{
	{
		name: "parameters that meet in Go",
		document: takes("/a", "- {in: query, name: order_id, schema: {type: integer}}",
			"- {in: header, name: orderId, schema: {type: integer}}"),
		refused: "openapi.yaml:5: the generated Go would not compile: OrderID redeclared",
	},
	{
		name: "parameters of a path that meet in Go",
		document: takes("/a/{order_id}/{orderId}",
			"- {in: path, name: order_id, required: true, schema: {type: integer}}",
			"- {in: path, name: orderId, required: true, schema: {type: integer}}"),
		refused: "openapi.yaml:5: the generated Go would not compile: orderID redeclared",
	},
	{
		name: "names of what the generated method uses",
		document: takes("/a/{url}", "- {in: path, name: url, required: true, schema: {type: string}}",
			"- {in: query, name: url, schema: {type: string}}"),
		has: []string{"urlParam string, params *GetAParams", "URL *string `form"},
	},
	{
		name: "one scalar or another",
		document: takes("/a/{key}",
			"- {in: path, name: key, required: true, schema: {oneOf: [{type: integer}, {type: string}]}}",
			"- {in: query, name: one, schema: {anyOf: [{type: integer}, {type: string}, {type: 'null'}]}}",
			"- {in: query, name: list, schema: {type: array, items: "+
				"{anyOf: [{type: integer}, {type: string}]}}}",
			"- {in: query, name: null_or_list, schema: {anyOf: [{type: array, items: {enum: [a, null], "+
				"type: string}}, {type: 'null'}]}}",
			"- {in: query, name: enum, schema: {anyOf: [{enum: [a, null], type: string}, {type: string}]}}",
			"- {in: query, name: maybe, schema: {anyOf: [{type: integer}, {type: 'null'}]}}",
			"- {in: query, name: many, schema: {anyOf: [{type: integer}, {type: array, items: {}}]}}"),
		has: []string{"key string, params", "One *string `form", "List []string `form",
			"NullOrList []GetAParamsNullOrList `form", "if params.NullOrList != nil {",
			"Enum *GetAParamsEnum `form", "Maybe *int64 `form", "Many *GetAParams_Many `form"},
	},
	{
		name:     "a parameter that the path does not have",
		document: takes("/a", "- {in: path, name: order_id, required: true, schema: {type: integer}}"),
		refused: "openapi.yaml:5: the generator refuses the document: error creating operation " +
			"definitions: path '/a' has 0 positional parameters, but spec has 1 declared",
	},
}

var operationShapes = []shape{
	{
		name:     "a name of the generated client",
		document: head + gets("/a", "get_a") + gets("/b", "server") + schemasOf(anyObject),
		refused: "openapi.yaml:9: the generated Go would not compile: field and method with the same name " +
			"Server",
	},
	{
		name: "with_body beside a body",
		document: head + request("put", "/a", "put_k", hasBody) +
			request("put", "/b", "put_k_with_body") + schemasOf(anyObject),
		refused: "openapi.yaml:10: the generated Go would not compile: method Client.PutKWithBody already",
	},
	{
		name:     "with_response",
		document: head + gets("/a", "read") + gets("/b", "read_with_response") + schemasOf(anyObject),
		refused:  "openapi.yaml:9: the generated Go would not compile: cannot use rsp (variable of type",
	},
	{
		name: "an inline body of hal+json",
		document: head + "  /a:\n    get:\n      operationId: list_a\n      responses: {'200': " +
			"{description: OK, content: {application/hal+json: {schema: {type: object, " +
			"properties: {count: {type: integer}}}}}}}\n",
		has: []string{"HALJSON200 *ListA200HALJSONBody"},
	},
	{
		name: "a shared response that is called 404",
		document: head + "  /a:\n    get:\n      operationId: list_a\n      responses:\n" +
			"        '200': {description: OK}\n        '404': {$ref: '#/components/responses/404'}\n" +
			"components: {responses: {'404': {description: gone, content: {application/json: {schema: " +
			"{type: object, properties: {error: {type: object, " +
			"properties: {message: {type: string}}}}}}}}}}\n",
		has: []string{"JSON404 *ListA404JSONResponseBody"},
	},
	{
		name: "no operationId",
		document: head + gets("/api/v1/orders/{order_id}/items", "", "parameters:",
			"- {in: path, name: order_id, required: true, schema: {type: integer}}") + schemasOf(anyObject),
		has: []string{"GetAPIV1OrdersOrderIDItemsWithResponse("},
	},
	{
		name: "headers of a response",
		document: head + "  /a:\n    get:\n      operationId: get_a\n      responses:\n" +
			"        '200':\n          description: OK\n          headers:\n" +
			"            X-Count: {schema: {type: integer}}\n" +
			"            X-Total: {required: true, schema: {type: integer}}\n" +
			"            X-Null: {required: true, schema: {anyOf: [{type: integer}, {type: 'null'}]}}\n" +
			"            X-Kind: {schema: {$ref: '#/components/schemas/Kind'}}\n" +
			"            X-Small: {schema: {type: integer, format: uint8}}\n" +
			"            X-List: {schema: {type: array, items: {type: integer}}}\n" +
			"            X-Either: {schema: {type: [integer, string]}}\n" +
			"            X-Object: {schema: {type: object, properties: {a: {type: string}}}}\n" +
			"            X-Time: {schema: {type: string, format: date-time}}\n" +
			schemasOf("Kind: {type: integer, enum: [1, 2]}"),
		has: []string{"XCount *int64", "XTotal int64", "XNull *int64", "XKind *Kind",
			"operation.HeaderValue(values[0], &value), &value,", "err == nil { headers.XCount = &value } }",
			"err == nil { headers.XTotal = value } }", "err == nil { headers.XNull = &value } }",
			"err == nil { headers.XKind = &value } }", "err == nil { headers.XList = value } }",
			"err == nil { headers.XTime = &value } }"},
	},
	{
		name:     "a quote in a path",
		document: head + gets(`"/a's"`, "get_a") + schemasOf(anyObject),
		has:      []string{`fmt.Sprintf("/a's")`},
	},
	{
		name: "webhooks, whose payloads the client does not send",
		document: ofS(anyObject, "Event: {type: object, properties: {b: {type: string}}}",
			"Alone: {type: object, properties: {c: {type: string}}}") +
			"webhooks:\n  order_shipped: {post: {requestBody: {content: {application/json: {schema: " +
			"{$ref: '#/components/schemas/Event'}}}}, responses: {'200': {description: OK}}}}\n" +
			"  stock_low: {summary: x, post: {operationId: a_b_api_low, requestBody: {content: " +
			"{application/json: {schema: {type: object, properties: {sku: {type: string}, " +
			"left: {type: [string, integer]}}}}}}, responses: {'200': {description: OK}}}, " +
			"put: {requestBody: {content: {application/json: {schema: {type: object, properties: " +
			"{shop: {type: string}}}}}}, responses: {'200': {description: OK}}}}\n",
		has: []string{"type Event struct { B *string", "type Alone struct { C *string",
			"type StockLowWebhook struct { SKU *string `json:\"sku,omitempty\"` Left *StockLowWebhook_Left",
			"type StockLowPutWebhook struct { Shop *string"},
	},
}

var nameShapes = []shape{
	{
		name: "names that are qualified by module",
		document: ofS("S: {type: object, required: [a, b, c, d], properties: {",
			"  a: {$ref: '#/components/schemas/orders_app__models__order__Order__StatusChoices'},",
			"  b: {$ref: '#/components/schemas/orders_app__models__order_item__OrderItem__StatusChoices'},",
			"  c: {$ref: '#/components/schemas/stock_app__models__order__Order__StatusChoices'},",
			"  d: {type: array, items: {",
			"    $ref: '#/components/schemas/stock_app__models__order__Order__StatusChoices'}}}}",
			"orders_app__models__order__Order__StatusChoices: {type: string, enum: [a]}",
			"orders_app__models__order_item__OrderItem__StatusChoices: {type: string, enum: [b]}",
			"stock_app__models__order__Order__StatusChoices: {type: string, enum: [c]}"),
		has: []string{"A OrderStatusChoices `json", "B OrderItemStatusChoices `json",
			"C OrderOrderStatusChoices `json", "D []OrderOrderStatusChoices `json"},
	},
	{
		name: "schemas that meet in Go",
		document: ofS("S: {type: object, required: [a, b], properties: {",
			"  a: {$ref: '#/components/schemas/order_item'}, b: {$ref: '#/components/schemas/OrderItem'}}}",
			"order_item: {type: object, properties: {c: {type: string}}}", "OrderItem: {type: string}"),
		has: []string{"A OrderItem `json", "B OrderItemSchema `json"},
	},
	{
		name: "schemas with names of the generated code",
		document: head + request("put", "/a", "put_a", hasBody) + schemasOf(
			"S: {type: object, required: [by, a, b], properties: {",
			"  by: {$ref: '#/components/schemas/Client'}, a: {$ref: '#/components/schemas/Operations'},",
			"  b: {$ref: '#/components/schemas/PutAJSONBody'}}}",
			"Client: {type: object}", "Operations: {type: string}", "PutAJSONBody: {type: string}"),
		has: []string{"By ClientSchema `json", "A OperationsSchema `json", "B PutAJSONBodySchema `json"},
	},
	{
		name: "a shared response with a name of the generated client",
		document: head + "  /a:\n    get:\n      operationId: get_a\n" +
			"      responses: {'200': {$ref: '#/components/responses/Client'}}\n" +
			"components:\n  responses:\n    Client: {description: OK, content: {application/json: {schema: " +
			"{type: array, items: {type: string}}}}}\n",
		refused: "openapi.yaml:10: the generated Go would not compile: Client redeclared",
	},
	{
		name: "a value of an enum that meets a schema in Go",
		document: ofS("S: {type: object, properties: {a: {$ref: '#/components/schemas/Status'}, "+
			"b: {$ref: '#/components/schemas/StatusDone'}}}",
			"Status: {type: string, enum: [done, Done, 'done ', '', '1', '+1', '-1']}",
			"StatusDone: {type: object}"),
		refused: "openapi.yaml:12: the generated Go would not compile: StatusDone redeclared",
	},
	{
		name:     "values of an enum that are no identifiers",
		document: ofS("S: {type: string, enum: [done, Done, '', ß, '1', '+1', '-1', ü, null]}"),
		has: []string{`SDone S = "done"`, `SDone1 S = "Done"`, `SN1 S = "1"`, `SValue4 S = "ß"`,
			`SÜ S = "ü"`},
	},
	{
		name: "fields in the document's order",
		document: ofS("S: {type: object, required: [z, a, m], properties: {",
			"  z: {type: string}, a: {type: string}, m: {$ref: '#/components/schemas/M1'}}}",
			"M1: {type: object}"),
		has: []string{"Z string `json:\"z\"` A string `json:\"a\"` M M1 `json:\"m\"`"},
	},
	{
		name: "fields that meet in Go",
		document: ofS("S: {type: object, properties: {",
			"  order_id: {type: string}, orderId: {type: string}}}"),
		refused: "openapi.yaml:10: the generated Go would not compile: OrderID redeclared",
	},
	{
		name: "fields with the names of keywords",
		document: ofS("S: {type: object, properties: {'3d': {type: string}, '@type': {type: string}, "+
			"enum: {type: array, items: {}}, func: {type: string}, "+
			"default: {type: string, enum: [a, null]}, responses: {type: string}, "+
			"two: {$ref: '#/components/schemas/2fa'}}}", "2fa: {type: object}"),
		has: []string{"Func *string `json:\"func,omitempty\"`", `SDefaultA SDefault = "a" )`},
	},
	{
		name: "data that looks like a schema",
		document: ofS("S: {type: object, default: {enum: [null]}, const: {enum: [null]}, ",
			"  example: {enum: [null]}, examples: [{enum: [null]}]}"),
		has: []string{"JSON200 *S"},
	},
}

var schemaShapes = []shape{
	{
		name: "the same alternative twice",
		document: ofS("S: {type: object, properties: {",
			"  b: {anyOf: [{$ref: '#/components/schemas/B'}, {$ref: '#/components/schemas/B'}]}}}",
			"B: {type: object, properties: {c: {type: string}}}"),
		refused: "openapi.yaml:10: the generated Go would not compile: method S_B.AsB already declared",
	},
	{
		name:     "a list of itself",
		document: ofS("S:", "  type: array", "  items: {$ref: '#/components/schemas/S'}"),
		refused:  "openapi.yaml:10: the generated Go would not compile: invalid recursive type",
	},
	{
		name: "a tree",
		document: ofS("S: {type: object, required: [list, up], properties: {",
			"  list: {$ref: '#/components/schemas/List'}, next: {$ref: '#/components/schemas/S'},",
			"  up: {anyOf: [{$ref: '#/components/schemas/S'}, {type: 'null'}]}}}",
			"List: {type: array, items: {$ref: '#/components/schemas/S'}}"),
		has: []string{"List `json:\"list\"`", "Next *S `json:\"next,omitempty\"`", "Up *S `json:\"up\"`"},
	},
	{
		name: "any JSON",
		document: ofS("S: {type: object, properties: {j: {$ref: '#/components/schemas/J'}, any: true}}",
			"J:", "  anyOf:", "  - {type: array, items: {$ref: '#/components/schemas/J'}}",
			"  - {type: object, additionalProperties: {$ref: '#/components/schemas/J'}}",
			"  - {type: string}", "  - {type: number}", "  - {type: boolean}", "  - {type: 'null'}"),
		has: []string{"J *J `json:\"j,omitempty\"`", "Any interface{} `json"},
	},
	{
		name: "several types",
		document: ofS("S: {type: object, properties: {",
			"  a: {type: [string, array, 'null'], items: {type: string}}, b: {type: [string, 'null']}}}"),
		has: []string{"type SA0 = string", "type SA1 = []string", "B *string `json"},
	},
	{
		name: "an enum or any string",
		document: ofS("S: {type: object, required: [status, many], properties: {",
			"  status: {description: x, anyOf: [{$ref: '#/components/schemas/State'}, {type: string}]},",
			"  maybe: {anyOf: [{$ref: '#/components/schemas/State'}, {type: string}, {type: 'null'}]},",
			"  here: {anyOf: [{type: string, enum: [new, null, old]}, {type: string}]},",
			"  uuid: {anyOf: [{type: string, enum: [new]}, {type: string, format: uuid}]},",
			"  many: {type: array, items: {oneOf: [{type: string}, {$ref: '#/components/schemas/State'}]}}}}",
			"State: {type: string, enum: [pending, done]}"),
		has: []string{"Status State `json:\"status\"`", "Maybe *State `json:\"maybe,omitempty\"`",
			"Here *SHere `json:\"here,omitempty\"`", "Many []State `json:\"many\"`",
			`SHereNew SHere = "new" SHereOld SHere = "old" )`, "type SUUID1 = openapi_types.UUID"},
	},
	{
		name: "what gets no constant in an enum",
		document: head + "  /a:\n    get: {operationId: get_a, responses: {default: {description: x, " +
			"content: {application/json: {schema: {type: object, properties: {" +
			"tab: {type: string, enum: [',', \"\\t\"]}, " +
			"none: {type: [integer, 'null'], enum: [1, null]}}}}}}}}\n",
		has: []string{`BodyTab = "," )`, `BodyNoneN1 GetAdefaultJSONResponseBodyNone = 1 )`},
	},
	{
		name: "bounds",
		document: head + request("put", "/a", "put_a", "description: Puts all.",
			"requestBody: {content: {application/json: {schema: {type: array, maxItems: 1000, items: "+
				"{$ref: '#/components/schemas/S'}}}}}", "parameters:",
			"- {in: query, name: limit, schema: {anyOf: [{type: integer, maximum: 100}, {type: 'null'}], "+
				"default: 20, description: How many.}}",
			"- {in: query, name: sort, description: The order, schema: {type: string, default: asc}}") +
			schemasOf("S: {type: object, properties: {",
				"  list: {type: array, maxItems: 25000, items: {}, default: []},",
				"  price: {type: number, exclusiveMaximum: 0.5, default: null, description: 'In euro.'},",
				"  old: {type: boolean, default: false}, kind: {type: string, const: a, default: a},",
				"  balance: {type: integer, maximum: -100}, any: {type: string}}}"),
		has: []string{"// Takes at most 1,000 items.",
			"// Limit How many. Default 20, at most 100. Limit *int64",
			"// Sort The order. Default asc. Sort *string",
			"// List At most 25,000 items. List []interface{}",
			"// Price In euro. Below 0.5. Price *float64",
			"// Old Default false. Old *bool `json:\"old,omitempty\"` Kind *SKind",
			"// Balance At most -100. Balance *int64 `json:\"balance,omitempty\"` Any *string"},
	},
	{
		name: "readOnly in an allOf",
		document: ofS("S: {type: object, properties: {",
			"  a: {allOf: [{$ref: '#/components/schemas/A'}, {readOnly: true}]}}}",
			"A: {type: object, properties: {x: {type: string}}}"),
		has: []string{"A *A `json:\"a,omitempty\"`"},
	},
	{
		name:     "UUIDs of a version",
		document: ofS("S: {type: object, properties: {a: {type: string, format: uuid4}}}"),
		has:      []string{"A *openapi_types.UUID `json"},
	},
	{
		name: "a list of an enum, or a value",
		document: ofS("S: {type: object, properties: {",
			"  list: {anyOf: [{type: array, items: {type: string, enum: [a]}}, {type: string}]}}}"),
		refused: "openapi.yaml:10: the generator refuses the document: error generating code for type " +
			"definitions: duplicate typename 'SList0' detected",
	},
}

var refusals = []shape{
	{name: "empty", refused: "openapi.yaml:1: yaml: no documents"},
	{name: "broken", document: "openapi: 3.1.0\ninfo: [\n", refused: "openapi.yaml:3: did not find"},
	{name: "not a mapping", document: "- openapi", refused: "openapi.yaml:1: not an OpenAPI document"},
	{
		name: "no version", document: "info: {}\n",
		refused: `openapi.yaml:1: not an OpenAPI document: it has no "openapi" key`,
	},
	{
		name: "Swagger 2 in JSON", document: "{\n\"swagger\": \"2.0\"}",
		refused: "openapi.yaml:2: a Swagger 2.0 document; convert it",
	},
	{
		name: "OpenAPI 4", document: "openapi: 4.0.0\n",
		refused: "openapi.yaml:1: openapi: 4.0.0 is not supported",
	},
	{
		name: "version without patch", document: "openapi: 3.1\n",
		refused: "openapi.yaml:1: openapi: 3.1 is not supported",
	},
	{
		name:     "nested too deep",
		document: "openapi: 3.1.0\nx-deep: " + strings.Repeat("[", 300) + strings.Repeat("]", 300),
		refused:  "openapi.yaml:2: exceeded max depth of 200",
	},
	{
		name: "merge key", document: "openapi: 3.1.0\na: &a {b: c}\ninfo: {<<: *a}\n",
		refused: "openapi.yaml:3: a key is not plain text; write << out",
	},
	{
		name: "mapping as a key", document: "openapi: 3.1.0\n? {a: b}\n: c\n",
		refused: "openapi.yaml:2: cannot use",
	},
	{
		name: "repeated key", document: head + "info: {}\n",
		refused: `openapi.yaml:4: mapping key "info" already defined at line 2`,
	},
	{
		name: "second document", document: head + op("/a", "a_x") + "---\n" + head,
		refused: "openapi.yaml:1: yaml: expected single document",
	},
	{
		name:     "a tab at the beginning of a text",
		document: head + op("/a", "a_b", `      description: "\t\nDate"`+"\n"),
		refused:  `the generator refuses the document: failed to parse spec from "openapi.yaml": yaml: line`,
	},
	{
		name: "operationId without letters", document: head + op("/a", "'123'"),
		refused: `openapi.yaml:6: operationId "123" gives no Go name`,
	},
	{
		name:     "names that are all taken",
		document: head + op("/a", "get_results") + op("/b", "get_results") + op("/c", "get_results"),
		refused:  "openapi.yaml:9: the generated Go would not compile: NewGetGetResultsRequest redeclared",
	},
	{
		name:     "x-idempotent of no truth",
		document: head + op("/a", "get_results", "      x-idempotent: perhaps\n"),
		refused:  `openapi.yaml:8: x-idempotent is "perhaps"; write true or false`,
	},
	{
		name:     "x-rate-limit that is no number",
		document: head + op("/a", "get_a", "      x-rate-limit: '100'\n"),
		refused:  `openapi.yaml:8: x-rate-limit is "100"; write a number of requests per minute`,
	},
	{
		name:     "x-rate-limit of nothing",
		document: head + op("/a", "get_a", "      x-rate-limit: 0\n"),
		refused:  `openapi.yaml:8: x-rate-limit is "0"`,
	},
	{
		name: "path behind a reference", document: head + "  /a:\n    $ref: other.yaml\n",
		refused: "openapi.yaml:5: path /a is a $ref",
	},
	{
		name:     "a reference outside",
		document: ofS("S: {type: object, properties: {a: {type: string},", "  b: {$ref: 'other.yaml#/x'}}}"),
		refused:  `openapi.yaml:11: $ref "other.yaml#/x" leads outside the document`,
	},
	{
		name:     "a reference that leads nowhere",
		document: head + "  /a:\n    get:\n      responses: {'200': {$ref: '#/components/responses/X'}}\n",
		refused:  `openapi.yaml:6: $ref "#/components/responses/X" leads nowhere`,
	},
	{
		name: "a reference in a circle",
		document: head + op("/a", "get_a") +
			"components: {responses: {X: {$ref: '#/components/responses/X'}}}\n",
		refused: "openapi.yaml:8: $ref leads in a circle",
	},
}

// TestShapes shows that a document is generated and compiles, or is refused with file and line.
func TestShapes(t *testing.T) {
	for _, s := range slices.Concat(parameterShapes, operationShapes, nameShapes, schemaShapes, refusals) {
		t.Run(s.name, func(t *testing.T) {
			out, err := generate(t, s.document)
			if (err == nil) != (s.refused == "") || err != nil && !strings.Contains(err.Error(), s.refused) {
				t.Errorf("error %v, want %q", err, s.refused)
			}
			mustHave(t, strings.Join(strings.Fields(out.client), " "), s.has...)
		})
	}
}
