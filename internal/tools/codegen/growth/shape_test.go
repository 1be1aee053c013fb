package growth

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// shape is a document in a shape that is ordinary elsewhere.
type shape struct {
	name     string
	document string
	// refused is the error of the import, with the line. It is empty for a document that is
	// generated, built and vetted.
	refused string
	// has are lines of the generated client, white space aside.
	has []string
}

// shapeHead is the beginning of each document. Paths follow, from line 4 on.
const shapeHead = "openapi: 3.1.0\ninfo: {title: T, version: 1.0.0}\npaths:\n"

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
func ofS(lines ...string) string { return shapeHead + gets("/a", "get_a") + schemasOf(lines...) }

var parameterShapes = []shape{
	{
		name: "parameters that meet in Go",
		document: shapeHead + gets("/a", "get_a", "parameters:",
			"- {in: query, name: order_id, schema: {type: integer}}",
			"- {in: query, name: orderId, schema: {type: integer}}") + schemasOf(anyObject),
		has: []string{"OrderID *int64 `form:\"order_id", "OrderIDQuery *int64 `form:\"orderId"},
	},
	{
		name: "one name in query, header and cookie",
		document: shapeHead + gets("/a", "get_a", "parameters:",
			"- {in: query, name: session, schema: {type: string}}",
			"- {in: header, name: session, schema: {type: string}}",
			"- {in: cookie, name: session, schema: {type: string}}") + schemasOf(anyObject),
		has: []string{"Session *string", "SessionHeader *string", "SessionCookie *string"},
	},
	{
		name: "parameters of a path that meet in Go",
		document: shapeHead + gets("/a/{order_id}/{orderId}", "get_a", "parameters:",
			"- {in: path, name: order_id, required: true, schema: {type: integer}}",
			"- {in: path, name: orderId, required: true, schema: {type: integer}}") + schemasOf(anyObject),
		has: []string{"orderID int64, orderIDParam int64"},
	},
	{
		name: "a shared parameter that meets one of its own",
		document: shapeHead + gets("/a", "get_a", "parameters:",
			"- {in: query, name: pageSize, schema: {type: integer}}",
			"- {$ref: '#/components/parameters/Size'}") +
			gets("/b", "get_b", "parameters: [{$ref: '#/components/parameters/Size'}]") +
			schemasOf(anyObject) +
			"  parameters: {Size: {in: query, name: page_size, schema: {type: integer}}}\n",
		has: []string{"PageSize *int64 `form:\"pageSize", "PageSizeQuery *PageSizeQuery `form:\"page_size"},
	},
	{
		name: "the same alternative twice in a parameter",
		document: shapeHead + gets("/a", "get_a", "parameters:",
			"- {in: query, name: one, schema: {anyOf: [{type: string}, {type: string}]}}",
			"- {in: query, name: two, schema: {anyOf: [{type: string}, {type: string}, {type: integer}]}}",
			"- {in: query, name: enum, schema: {anyOf: [{enum: [a, null], type: string}, {type: integer}]}}",
			"- {in: query, name: list, schema: {oneOf: [{type: string}, {type: array, items: "+
				"{type: string, enum: [a]}}]}}") + schemasOf(anyObject),
		has: []string{"One *string `form", "Two *string `form", "Enum *string `form"},
	},
	{
		name: "a parameter that the path does not have",
		document: shapeHead + gets("/a", "get_a", "parameters:",
			"- {in: path, name: order_id, required: true, schema: {type: integer}}") + schemasOf(anyObject),
		refused: "page.yaml:5: the generator refuses the document: error creating operation definitions: " +
			"path '/a' has 0 positional parameters, but spec has 1 declared",
	},
	{
		name:     "a parameter in the path that is not declared",
		document: shapeHead + gets("/a/{order_id}", "get_a") + schemasOf(anyObject),
		refused: "page.yaml:5: the generator refuses the document: error creating operation definitions: " +
			"path '/a/{order_id}' has 1 positional parameters, but spec has 0 declared",
	},
}

var operationShapes = []shape{
	{
		name: "names of the generated client",
		document: shapeHead + gets("/a", "client") + gets("/b", "server") + gets("/c", "request_editors") +
			gets("/d", "client_interface") + schemasOf(anyObject),
		has: []string{"GetClientWithResponse(", "GetServerWithResponse(", "GetRequestEditorsWithResponse(",
			"GetClientInterfaceWithResponse("},
	},
	{
		name: "with_body beside a body",
		document: shapeHead + request("put", "/a", "put_k", hasBody) +
			request("put", "/b", "put_k_with_body") + schemasOf(anyObject),
		has: []string{"PutKWithBodyWithResponse(", "PutPutKWithBodyWithResponse("},
	},
	{
		name: "a body beside with_body",
		document: shapeHead + request("put", "/b", "put_k_with_body") +
			request("put", "/a", "put_k", hasBody) + schemasOf(anyObject),
		has: []string{"PutKWithBodyWithResponse(", "PutPutKWithBodyWithResponse("},
	},
	{
		name:     "with_response",
		document: shapeHead + gets("/a", "read") + gets("/b", "read_with_response") + schemasOf(anyObject),
		has:      []string{"ReadWithResponse(", "GetReadWithResponseWithResponse("},
	},
	{
		name: "a form beside with_formdata_body",
		document: shapeHead + request("put", "/a", "put_k", "requestBody: {content: {application/json: "+
			"{schema: {type: object}}, application/x-www-form-urlencoded: {schema: {type: object}}}}") +
			request("put", "/b", "put_k_with_formdata_body") + schemasOf(anyObject),
		refused: "page.yaml:10: the generated Go would not compile: method Client.PutKWithFormdataBody " +
			"already declared",
	},
	{
		name:     "a path with a per cent sign",
		document: shapeHead + gets("/api/v1/a%2eb", "get_a") + schemasOf(anyObject),
		refused:  "page.yaml:5: the generated Go would not compile: fmt.Sprintf format %2e reads arg #1",
	},
	{
		name: "an inline body of hal+json",
		document: shapeHead + "  /a:\n    get:\n      operationId: list_a\n      responses: {'200': " +
			"{description: OK, content: {application/hal+json: {schema: {type: object, " +
			"properties: {count: {type: integer}}}}}}}\n",
		has: []string{"HALJSON200 *ListA200HALJSONBody"},
	},
	{
		name: "a shared response that is called 404",
		document: shapeHead + "  /a:\n    get:\n      operationId: list_a\n      responses:\n" +
			"        '200': {description: OK}\n        '404': {$ref: '#/components/responses/404'}\n" +
			"components: {responses: {'404': {description: gone, content: {application/json: {schema: " +
			"{type: object, properties: {error: {type: object, " +
			"properties: {message: {type: string}}}}}}}}}}\n",
		has: []string{"JSON404 *ListA404JSONResponseBody"},
	},
	{
		name:     "a text that begins with a tab",
		document: shapeHead + gets("/a", "get_a", `description: "\t\nDate and time"`) + schemasOf(anyObject),
		has:      []string{"// Date and time"},
	},
	{
		name: "no operationId",
		document: shapeHead + gets("/api/v1/orders/{order_id}/items", "", "parameters:",
			"- {in: path, name: order_id, required: true, schema: {type: integer}}") + schemasOf(anyObject),
		has: []string{"GetAPIV1OrdersOrderIDItemsWithResponse("},
	},
	{
		name: "ids of FastAPI",
		document: shapeHead + gets("/items/{item_id}", "read_item_items__item_id__get", "parameters:",
			"- {in: path, name: item_id, required: true, schema: {type: integer}}") +
			gets("/users/", "read_users_users__get") + schemasOf(anyObject),
		has: []string{"ReadItemWithResponse(", "ReadUsersWithResponse("},
	},
}

var schemaShapes = []shape{
	{
		name: "the same alternative twice",
		document: ofS("S: {type: object, properties: {",
			"  b: {anyOf: [{$ref: '#/components/schemas/B'}, {$ref: '#/components/schemas/B'}]}}}",
			"B: {type: object, properties: {c: {type: string}}}"),
		has: []string{"B *B `json:\"b,omitempty\"`"},
	},
	{
		name:     "a list of itself",
		document: ofS("S:", "  type: array", "  items: {$ref: '#/components/schemas/S'}"),
		refused: "page.yaml:10: the generated Go would not compile: invalid recursive type: " +
			"S refers to itself",
	},
	{
		name:     "a map of itself",
		document: ofS("S: {type: object, additionalProperties: {$ref: '#/components/schemas/S'}}"),
		has:      []string{"type S map[string]S"},
	},
	{
		name: "any JSON",
		document: ofS("S: {type: object, properties: {j: {$ref: '#/components/schemas/J'}}}",
			"J:", "  anyOf:", "  - {type: array, items: {$ref: '#/components/schemas/J'}}",
			"  - {type: object, additionalProperties: {$ref: '#/components/schemas/J'}}",
			"  - {type: string}", "  - {type: number}", "  - {type: boolean}", "  - {type: 'null'}"),
		has: []string{"J *J `json:\"j,omitempty\"`"},
	},
	{
		name:     "an alternative of itself, twice",
		document: ofS("S: {anyOf: [{$ref: '#/components/schemas/S'}, {$ref: '#/components/schemas/S'}]}"),
		refused:  ":1: the generator refuses the document: it panics",
	},
	{
		name:     "a value in itself",
		document: ofS("S: {type: object, required: [s], properties: {s: {$ref: '#/components/schemas/S'}}}"),
		refused: "page.yaml:10: the generated Go would not compile: invalid recursive type: " +
			"S refers to itself",
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
		name: "an enum or any string",
		document: ofS("S: {type: object, required: [status, many], properties: {",
			"  status: {description: x, anyOf: [{$ref: '#/components/schemas/State'}, {type: string}]},",
			"  maybe: {anyOf: [{$ref: '#/components/schemas/State'}, {type: string}, {type: 'null'}]},",
			"  here: {anyOf: [{type: string, enum: [new, old]}, {type: string}]},",
			"  many: {type: array, items: {oneOf: [{type: string}, {$ref: '#/components/schemas/State'}]}}}}",
			"State: {type: string, enum: [pending, done]}"),
		has: []string{"Status State `json:\"status\"`", "Maybe *State `json:\"maybe,omitempty\"`",
			"Here *SHere `json:\"here,omitempty\"`", "Many []State `json:\"many\"`"},
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
			"  list: {anyOf: [{type: array, items: {type: string, enum: [a, null]}}, {type: string}]},",
			"  one: {anyOf: [{type: string}, {type: array, items: {const: a, type: string}}]},",
			"  map: {oneOf: [{type: object, additionalProperties: {type: string, enum: [a]}},",
			"    {type: integer}]},",
			"  maybe: {anyOf: [{type: array, items: {type: string, enum: [a]}}, {type: 'null'}]}}}"),
		has: []string{"type SList0 = []string", "type SOne1 = []string", "type SMap0 map[string]string",
			"Maybe *[]SMaybe `json:\"maybe,omitempty\"`"},
	},
	{
		name: "null in an enum beside any string",
		document: ofS("S: {type: object, properties: {",
			"  here: {anyOf: [{type: string, enum: [new, old, null]}, {type: string}]}}}"),
		has: []string{"Here *SHere `json:\"here,omitempty\"`"},
	},
	{
		name: "a tab in an enum",
		document: ofS("S: {type: object, properties: {",
			`  delimiter: {type: string, enum: [',', ';', "\t", '"', '|']}}}`),
		has: []string{"Delimiter *SDelimiter `json"},
	},
	{
		name: "another name for a schema, which meets an operation's",
		document: shapeHead + request("put", "/a", "put_a", "requestBody: {content: {application/json: "+
			"{schema: {$ref: '#/components/schemas/put_a_params'}}}}", "parameters:",
			"- {in: query, name: q, schema: {type: string}}") +
			schemasOf(anyObject, "put_a_params: {$ref: '#/components/schemas/S'}"),
		has: []string{"type PutAJSONRequestBody = PutAParamsSchema"},
	},
	{
		name: "a shared response with a name of the generated client",
		document: shapeHead + "  /a:\n    get:\n      operationId: get_a\n" +
			"      responses: {'200': {$ref: '#/components/responses/Client'}}\n" +
			schemasOf("Client: {type: object, properties: {a: {type: string}}}") +
			"  responses: {Client: {description: OK, content: {application/json: {schema: " +
			"{type: array, items: {$ref: '#/components/schemas/Client'}}}}}}\n",
		has: []string{"JSON200 *ClientResponse"},
	},
	{
		name: "a discriminator of a union in a union",
		document: ofS("S: {type: object, properties: {pet: {discriminator: {propertyName: kind, mapping: {",
			"  dog: '#/components/schemas/Dog'}}, oneOf: [",
			"  {$ref: '#/components/schemas/Dog'}, {discriminator: {propertyName: color, mapping: {",
			"    black: '#/components/schemas/Black', white: '#/components/schemas/White'}}, oneOf: [",
			"    {$ref: '#/components/schemas/Black'}, {$ref: '#/components/schemas/White'}]}]}}}",
			"Dog: {type: object, required: [kind], properties: {kind: {type: string, const: dog}}}",
			"Black: {type: object, required: [kind, color], properties: {",
			"  kind: {type: string, const: cat}, color: {type: string, const: black}}}",
			"White: {type: object, required: [kind, color], properties: {",
			"  kind: {type: string, const: cat}, color: {type: string, const: white}}}"),
		has: []string{"Pet *S_Pet `json", "func (t S_Pet) AsDog() (Dog, error)",
			"func (t S_Pet_1) ValueByDiscriminator()"},
	},
	{
		name: "a webhook, which the client does not send",
		document: ofS("S: {type: object, properties: {a: {type: string}}}",
			"Event: {type: object, properties: {b: {type: string}}}") +
			"webhooks: {sent: {post: {requestBody: {content: {application/json: {schema: " +
			"{$ref: '#/components/schemas/Event'}}}}, responses: {'200': {description: OK}}}}}\n",
		has: []string{"type S struct"},
	},
	{
		name: "true for any value",
		document: ofS("S: {type: object, properties: {", "  items: {type: string}, mapping: {type: string},",
			"  any: true}}"),
		refused: "page.yaml:12: the generator refuses the document: failed to load OpenAPI",
	},
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
		name: "fields in the document's order",
		document: ofS("S: {type: object, required: [z, a, m], properties: {",
			"  z: {type: string}, a: {type: string}, m: {$ref: '#/components/schemas/M1'}}}",
			"M1: {type: object}"),
		has: []string{"Z string `json:\"z\"` A string `json:\"a\"` M M1 `json:\"m\"`"},
	},
	{
		name: "what has worked before",
		document: ofS("S: {type: object, required: [k, n], properties: {",
			"  k: {const: order, type: string}, m: {type: integer, exclusiveMinimum: 0},",
			"  n: {anyOf: [{type: string, enum: [a, b]}, {type: 'null'}]},",
			"  o: {type: [string, 'null'], enum: [c, d, null]}}}"),
		has: []string{"M *int64 `json", "N *SN `json", "O *SO `json"},
	},
	{
		name: "names that are no identifiers",
		document: ofS("S: {type: object, properties: {'3d': {type: string}, '@type': {type: string}, "+
			"type: {type: string}, func: {type: string}, two: {$ref: '#/components/schemas/2fa'}}}",
			"2fa: {type: object}"),
		has: []string{"Func *string `json:\"func,omitempty\"`"},
	},
	{
		name: "a value of an enum that meets a schema in Go",
		document: ofS("S: {type: object, properties: {a: {$ref: '#/components/schemas/Status'}, "+
			"b: {$ref: '#/components/schemas/StatusDone'}}}",
			"Status: {type: string, enum: [done, Done, 'done ', '', '1', '+1', '-1']}",
			"StatusDone: {type: object}"),
		refused: "page.yaml:12: the generated Go would not compile: StatusDone redeclared in this block",
	},
	{
		name: "values of an enum that are no identifiers",
		document: ofS("S: {type: object, properties: {a: {$ref: '#/components/schemas/Status'}}}",
			"Status: {type: string, enum: [done, Done, 'done ', '', '1', '+1', '-1']}"),
		has: []string{"A *Status `json"},
	},
}

// TestShapes shows that a document is generated, built and vetted, or refused with file and line
// before anything has changed.
func TestShapes(t *testing.T) {
	tree := copyTree(t, moduleRoot(t))
	generated := read(t, tree, "generated/client.gen.go")
	for _, s := range slices.Concat(parameterShapes, operationShapes, schemaShapes) {
		t.Run(s.name, func(t *testing.T) {
			write(t, filepath.Join(tree, "page.yaml"), s.document)
			writeSpec(t, tree, "")
			if s.refused != "" {
				checkRefused(t, tree, s.refused, "make", "spec", "PAGES=page.yaml")
				checkUnchanged(t, tree, "", generated)
				writeSpec(t, tree, s.document)
				checkRefused(t, tree, strings.Replace(s.refused, "page", "openapi", 1), "make", "generate")
				checkUnchanged(t, tree, s.document, generated)
				return
			}
			command(t, tree, "make", "spec", "PAGES=page.yaml")
			command(t, tree, "go", "generate", ".")
			command(t, tree, "go", "vet", "./generated")
			command(t, tree, "go", "build", "./api/...")
			generated = read(t, tree, "generated/client.gen.go")
			checkNames(t, generated, read(t, tree, "generated/operations.gen.go"))
			client := strings.Join(strings.Fields(generated), " ")
			for _, line := range s.has {
				if !strings.Contains(client, line) {
					t.Errorf("the client has no %q", line)
				}
			}
		})
	}
}

var (
	calledName = regexp.MustCompile(`operation\.Prepare\(c\.Client, req, "(\w+)"\)`)
	listedName = regexp.MustCompile(`\n\t\tName: +"(\w+)"`)
)

// checkNames makes sure that the client calls each operation by the name that the table has.
func checkNames(t *testing.T, client, table string) {
	t.Helper()
	names := map[string]bool{}
	for _, listed := range listedName.FindAllStringSubmatch(table, -1) {
		names[listed[1]] = false
	}
	for _, called := range calledName.FindAllStringSubmatch(client, -1) {
		if _, ok := names[called[1]]; !ok {
			t.Errorf("the table has no %s", called[1])
		}
		names[called[1]] = true
	}
	for name, isCalled := range names {
		if !isCalled {
			t.Errorf("the client does not call %s", name)
		}
	}
}

// checkUnchanged makes sure that a tree has the document and the client that it had.
func checkUnchanged(t *testing.T, tree, document, client string) {
	t.Helper()
	if read(t, tree, "openapi.yaml") != document || read(t, tree, "generated/client.gen.go") != client {
		t.Error("something has changed")
	}
}

// checkRefused runs a command that is to fail with an error.
func checkRefused(t *testing.T, tree, want, name string, args ...string) {
	t.Helper()
	out, err := runIn(t, tree, name, args...)
	if err == nil || !strings.Contains(out, want) {
		t.Errorf("error %v, want %q:\n%s", err, want, out)
	}
}
