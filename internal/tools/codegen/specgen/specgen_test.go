package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// generated is what specgen printed and wrote.
type generated struct {
	stdout, overlay, template, table, waits, readme string
}

// generate runs specgen over a document.
func generate(t *testing.T, doc string) (generated, error) {
	t.Helper()
	dir := t.TempDir()
	spec := filepath.Join(dir, "openapi.yaml")
	writeFile(t, spec, doc)
	writeFile(t, filepath.Join(dir, "go.mod"), "module example.com/shop\n")
	config := filepath.Join(dir, "o", "config.yaml")
	overlay := filepath.Join(dir, "o", "overlay.gen.yaml")
	template := filepath.Join(dir, "o", "client-with-responses.gen.tmpl")
	table := filepath.Join(dir, "generated", "operations.gen.go")
	waits := filepath.Join(dir, "api", "batches.gen.go")
	readme := filepath.Join(dir, "README.md")
	writeFile(t, readme, "# Shop\n\n"+tableBegins+"old\n"+tableEnds+"\nMore.\n")
	if err := (outputFile{config, []byte(readFile(t, configFile))}).write(); err != nil {
		t.Fatal(err)
	}
	var stdout bytes.Buffer
	err := run(t.Context(), []string{"-C", dir, "-config", config}, &stdout)
	read := func(name string) string {
		content, readErr := os.ReadFile(name)
		if (readErr == nil) != (err == nil) {
			t.Errorf("%s written: %v, though run's error is %v", filepath.Base(name), readErr == nil, err)
		}
		return string(content)
	}
	return generated{
		stdout.String(), read(overlay), read(template), read(table), read(waits), readFile(t, readme),
	}, err
}

func writeFile(t *testing.T, name, content string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

const head = "openapi: 3.1.0\ninfo: {title: T, version: 1.0.0}\npaths:\n"

// op is a GET of the path with the operationId, on four lines: the path on the first, the id on
// the third.
func op(path, id string, more ...string) string {
	return "  " + path + ":\n    get:\n      operationId: " + id +
		"\n      responses: {'200': {description: OK}}\n" + strings.Join(more, "")
}

func TestGoNames(t *testing.T) {
	for _, tt := range []struct {
		name string
		ids  []string
		want []string
	}{
		{"module path goes", []string{"scapi_app_endpoints_result_api_get_ship_order_batch_results"},
			[]string{"GetShipOrderBatchResults"}},
		{"one bare word keeps its module's", []string{"scapi_app_endpoints_webhook_api_create"},
			[]string{"WebhookCreate"}},
		{"without _api_", []string{"list_things"}, []string{"ListThings"}},
		{"camel case without _api_", []string{"listThings"}, []string{"ListThings"}},
		{"nothing after _api_", []string{"public_api_"}, []string{"PublicAPI"}},
		{"initialisms", []string{"a_b_api_get_order_item_id", "a_b_api_get_sku_url"},
			[]string{"GetOrderItemID", "GetSkuURL"}},
		{"the last _api_ cuts", []string{"shop_api_v1_order_api_list_orders"}, []string{"ListOrders"}},
		{"one bare word after the last _api_", []string{"shop_api_v1_order_api_list"}, []string{"OrderList"}},
		{"taken without a module", []string{"get_results", "getResults"},
			[]string{"GetResults", "GetGetResults"}},
		{"taken with a module", []string{"x_a_api_get_all", "y_b_api_get_all", "z_b_api_get_all"},
			[]string{"GetAll", "BGetAll", "GetZBApiGetAll"}},
		{"of the generated client", []string{"client", "server", "request_editors"},
			[]string{"GetClient", "GetServer", "GetRequestEditors"}},
		{"FastAPI's path and method go", []string{"read_item_pa_get", "read_item_pb_get"},
			[]string{"ReadItem", "ReadItemPbGet"}},
		{"another path is no suffix", []string{"read_item_pb_get"}, []string{"ReadItemPbGet"}},
		{"none", []string{"''"}, []string{"GetPa"}},
		{"taken by one before", []string{"a_order_api_get_results", "a_stock_api_get_results",
			"a_price_api_get_results"}, []string{"GetResults", "StockGetResults", "PriceGetResults"}},
		{"taken in another spelling", []string{"getResults", "a_stock_api_get_results"},
			[]string{"GetResults", "StockGetResults"}},
		{"module's name taken before it is needed", []string{"a_b_api_stock_get_results",
			"a_c_api_get_results", "a_d_api_get_results"},
			[]string{"StockGetResults", "GetResults", "DGetResults"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			doc := head
			for i, id := range tt.ids {
				doc += op("/p"+string(rune('a'+i)), id)
			}
			got, err := generate(t, doc)
			if err != nil {
				t.Fatal(err)
			}
			for i, want := range tt.want {
				path := "/p" + string(rune('a'+i))
				if line := strings.Split(got.stdout, "\n")[i]; !strings.Contains(line, path+" -> "+want+" ") {
					t.Errorf("printed %q, want %s -> %s", line, path, want)
				}
				if !strings.Contains(got.overlay, "target: $['paths']['"+path+"']['get']\n  update:\n"+
					"    operationId: "+want+"\n") {
					t.Errorf("overlay does not name %s %s:\n%s", path, want, got.overlay)
				}
				if !strings.Contains(got.table, `"`+want+`"`) {
					t.Errorf("table does not have %s:\n%s", want, got.table)
				}
			}
		})
	}
}

// TestRateLimitIsRead has the words that pages state a limit in. What is not clear is told.
func TestRateLimitIsRead(t *testing.T) {
	const two = "**Rate limit:** 60 requests per minute\n**Rate limit:** 50 requests per minute"
	for _, tt := range []struct {
		description string
		want        int
		unclear     string
	}{
		{"", 0, ""},
		{"Gets the results.", 0, ""},
		{"Mind the rate limit. A request may take a minute, and has at most 100 items.", 0, ""},
		{"**Rate limit:** 200 requests per minute", 200, ""},
		{"Gets the results.\n\n**Rate limit:** 1 request per minute.\nMore.", 1, ""},
		{"**Rate limit:** 1,000 requests per minute", 1000, ""},
		{"**Rate limit:** 1.000 requests per minute", 1000, ""},
		{"**Rate limit**: 50 requests per minute", 50, ""},
		{"__rate limit:__ 50 Requests per Minute (per key)", 50, ""},
		{"**Rate limits:** 100 requests per minute", 100, ""},
		{"Rate limit: `100` requests per minute", 100, ""},
		{"Rate limit: **100** requests a minute", 100, ""},
		{"Rate limit: 100 per minute", 100, ""},
		{"The rate limit of this endpoint is 100 per minute.", 100, ""},
		{"Limit: 100/min", 100, ""},
		{"Limit: 100 requests per minute", 100, ""},
		{"Lists orders. Up to 100 requests per minute.", 100, ""},
		{"At most 50 req/min per key", 50, ""},
		{"50 API calls every minute", 50, ""},
		{"50 rpm", 50, ""},
		{"100 requests per 60 seconds", 100, ""},
		{"**Rate limit:** 50 requests per minute\n**Rate limit:** 50 requests per minute", 50, ""},
		{"**Rate limit:** many", 0, "**Rate limit:** many"},
		{"x\n**Rate limit:**\ny", 0, "**Rate limit:**"},
		{"**Rate limit:** 200 requests per hour", 0, "**Rate limit:** 200 requests per hour"},
		{"Up to 5 requests/s, more on request.", 0, "Up to 5 requests/s, more on request."},
		{"100 requests per 5 minutes", 0, "100 requests per 5 minutes"},
		{"1.5 requests per minute", 0, "1.5 requests per minute"},
		{"10-20 requests per minute", 0, "10-20 requests per minute"},
		{"**Rate limit:** -5 requests per minute", 0, "**Rate limit:** -5 requests per minute"},
		{"**Rate limit:** 1,00 requests per minute", 0, "**Rate limit:** 1,00 requests per minute"},
		{"**Rate limit:** 0 requests per minute", 0, "0 requests per minute"},
		{"99999999999 requests per minute", 0, "99999999999 requests per minute"},
		{two, 50, "50 requests per minute"},
	} {
		got, unclear := readRateLimit(tt.description)
		if got != tt.want || unclear != tt.unclear {
			t.Errorf("readRateLimit(%q) = %d, %q, want %d, %q", tt.description, got, unclear,
				tt.want, tt.unclear)
		}
	}
}

// TestLimitOfTheExtension counts where the description states no limit that is clear.
func TestLimitOfTheExtension(t *testing.T) {
	for _, tt := range []struct{ description, extension, want, err string }{
		{"Lists all.", "100", "RateLimit: 100,", ""},
		{"Rate limit: 5 requests per second", "100", "RateLimit: 100,", ""},
		{"Rate limit: 200 requests per minute", "100", "RateLimit: 200,", ""},
		{"", "'100'", "", `openapi.yaml:8: x-rate-limit is "100"; write a number of requests per minute`},
		{"", "0", "", `openapi.yaml:8: x-rate-limit is "0"`},
	} {
		got, err := generate(t, head+op("/a", "get_a", "      x-rate-limit: "+tt.extension+
			"\n      description: '"+tt.description+"'\n"))
		if (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
			t.Errorf("%+v: error %v", tt, err)
		}
		if !strings.Contains(got.table, tt.want) || strings.Contains(got.stdout, "not clear") {
			t.Errorf("%+v: printed %q, the table is\n%s", tt, got.stdout, got.table)
		}
	}
}

// TestUnclearLimitIsTold by the import and whenever the client is generated.
func TestUnclearLimitIsTold(t *testing.T) {
	const want = `the rate limit is not clear: "Up to 5 requests per second"; where 0 is not right, ` +
		`write x-rate-limit at the operation`
	doc := head + op("/c", "get_c", "      description: 'Up to 5 requests per second'\n")
	got, err := generate(t, doc)
	if err != nil || !strings.Contains(got.stdout, want) {
		t.Errorf("error %v, printed %q", err, got.stdout)
	}
	spec := handwritten
	_, stdout, err := importInto(t, &spec, map[string]string{"a.yaml": doc}, "a.yaml")
	if err != nil || !strings.Contains(stdout, "specgen: GET /c: "+want) {
		t.Errorf("error %v, the import printed %q", err, stdout)
	}
}

func FuzzRateLimitSentence(f *testing.F) {
	for _, s := range []string{"**Rate limit:** 200 requests per minute", "**Rate limit:** many",
		"rate limit:", "**Rate limit:** 1,000 requests per minute"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, description string) {
		if n, _ := readRateLimit(description); n < 0 {
			t.Errorf("readRateLimit(%q) = %d", description, n)
		}
	})
}

// FuzzRateLimitIsRead puts the sentence where upstream does, between other text.
func FuzzRateLimitIsRead(f *testing.F) {
	f.Add("Results of a batch.", uint16(200), "Ask again later.")
	f.Add("", uint16(1), "")
	f.Fuzz(func(t *testing.T, before string, n uint16, after string) {
		if n == 0 || strings.Contains(strings.ToLower(before+after), "min") {
			return
		}
		description := fmt.Sprintf("%s\n\n**Rate limit:** %d requests per minute\n\n%s", before, n, after)
		if got, unclear := readRateLimit(description); got != int(n) || unclear != "" {
			t.Errorf("readRateLimit(%q) = %d, %q, want %d", description, got, unclear, n)
		}
	})
}

// TestRefusals shows that a document which would generate a wrong client is refused, with file
// and line.
func TestRefusals(t *testing.T) {
	for _, tt := range []struct{ name, doc, want string }{
		{"empty", "", "openapi.yaml:1: yaml: no documents"},
		{"broken", "openapi: 3.1.0\ninfo: [\n", "openapi.yaml:3: did not find"},
		{"not a mapping", "- openapi", "openapi.yaml:1: not an OpenAPI document"},
		{"no version", "info: {}\n", `openapi.yaml:1: not an OpenAPI document: it has no "openapi" key`},
		{"Swagger 2", "info: {}\nswagger: '2.0'\n", "openapi.yaml:2: a Swagger 2.0 document; convert it"},
		{"Swagger 2 in JSON", "{\n\"swagger\": \"2.0\"}", "openapi.yaml:2: a Swagger 2.0 document"},
		{"OpenAPI 4", "openapi: 4.0.0\n", "openapi.yaml:1: openapi: 4.0.0 is not supported"},
		{"version without patch", "openapi: 3.1\n", "openapi.yaml:1: openapi: 3.1 is not supported"},
		{"nested too deep", "openapi: 3.1.0\nx-deep: " + strings.Repeat("[", 300) + strings.Repeat("]", 300),
			"openapi.yaml:2: exceeded max depth of 200"},
		{"a tab at the beginning of a text", head + op("/a", "a_b", `      description: "\t\nDate"`+"\n"),
			"openapi.yaml:8: the generator refuses the document: failed to parse spec"},
		{"merge key", "openapi: 3.1.0\na: &a {b: c}\ninfo: {<<: *a}\n",
			"openapi.yaml:3: a key is not plain text; write << out"},
		{"mapping as a key", "openapi: 3.1.0\n? {a: b}\n: c\n",
			"openapi.yaml:2: cannot use"},
		{"repeated key", head + "info: {}\n", `openapi.yaml:4: mapping key "info" already defined at line 2`},
		{"second document", head + op("/a", "a_x") + "---\n" + head, "openapi.yaml:1: yaml: expected single document"},
		{"operationId without letters", head + op("/a", "'123'"),
			`openapi.yaml:6: operationId "123" gives no Go name`},
		{"collision", head + op("/a", "get_results") + op("/b", "get_results") + op("/c", "get_results"),
			"openapi.yaml:14: GET /c would have the Go name GetGetResults, which GET /b has"},
		{"chosen name of another", head + op("/a", "get_a", "      x-go-name: A\n") +
			op("/b", "get_b", "      x-go-name: A\n"), "openapi.yaml:13: x-go-name is A, which GET /a has"},
		{"chosen name that is none", head + op("/a", "get_a", "      x-go-name: a b\n"),
			`openapi.yaml:8: x-go-name is "a b"; write a Go name`},
		{"chosen name that the generator changes", head + op("/a", "get_a",
			"      x-go-name: GetBatchUrl\n"),
			`openapi.yaml:8: x-go-name is "GetBatchUrl"; write GetBatchURL`},
		{"a key in another header", head + op("/a", "get_a") + "components: {securitySchemes: {K:\n" +
			"  {type: apiKey, in: header, name: X-Partner-Key}}}\n",
			"openapi.yaml:8: the key does not go in the header X-API-Key, which is what the client sends"},
		{"a key that is no key", head + op("/a", "get_a") +
			"components: {securitySchemes: {K: {type: http}}}\n",
			"openapi.yaml:8: the key does not go in the header X-API-Key"},
		{"x-idempotent of no truth", head + op("/a", "get_results", "      x-idempotent: perhaps\n"),
			`openapi.yaml:8: x-idempotent is "perhaps"; write true or false`},
		{"path behind a reference", head + "  /a:\n    $ref: other.yaml\n",
			"openapi.yaml:5: path /a is a $ref"},
		{"schema that is true, in a response called default", head + "  /a:\n    get:\n" +
			"      operationId: get_results\n" +
			"      responses: {default: {content: {application/json: {schema: true}}}}\n",
			"openapi.yaml:7: "},
		{"response outside", head + "  /a:\n    get:\n      operationId: get_results\n" +
			"      responses: {'200': {$ref: 'other.yaml#/x'}}\n",
			`openapi.yaml:7: $ref "other.yaml#/x" leads outside the document`},
		{"response nowhere", head + "  /a:\n    get:\n      operationId: get_results\n" +
			"      responses: {'200': {$ref: '#/components/responses/X'}}\n",
			`openapi.yaml:7: $ref "#/components/responses/X" leads nowhere`},
		{"response in a circle", head + "  /a:\n    get:\n      operationId: get_results\n" +
			"      responses: {'200': {$ref: '#/components/responses/X'}}\n" +
			"components: {responses: {X: {$ref: '#/components/responses/X'}}}\n", "$ref leads in a circle"},
		{"paths that differ in a parameter's name", head + op("/a/{id}", "get_a",
			"      parameters: [{in: path, name: id, required: true, schema: {type: string}}]\n") +
			op("/a/{key}", "get_b"),
			"openapi.yaml:9: GET /a/{key} is the same path as /a/{id}; requests of the two cannot be told " +
				"apart"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := generate(t, tt.doc)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
			if got.stdout != "" {
				t.Errorf("printed %q in spite of the error", got.stdout)
			}
		})
	}
}

// TestAnotherKeyIsTold where the document has the client's key as well.
func TestAnotherKeyIsTold(t *testing.T) {
	const want = "CAREFUL: the client does not send what the security scheme Partner asks for," +
		" only X-API-Key\n"
	pages := map[string]string{"a.yaml": head + op("/c", "get_c") +
		"components: {securitySchemes: {Partner: {type: apiKey, in: header, name: X-Partner-Key}}}\n"}
	spec := handwritten
	got, stdout, err := importInto(t, &spec, pages, "a.yaml")
	if err != nil || !strings.Contains(stdout, "specgen: a.yaml:8: "+want) {
		t.Errorf("error %v, the import printed %q", err, stdout)
	}
	out, err := generate(t, got)
	if err != nil || !strings.Contains(out.stdout, want) {
		t.Errorf("error %v, printed %q", err, out.stdout)
	}
}

func TestTableTellsWhereNullIsASuccess(t *testing.T) {
	for schema, want := range map[string]bool{
		`{type: object}`:                     false,
		`{properties: {a: {type: integer}}}`: false,
		`{enum: [a, b]}`:                     false,
		`{const: a}`:                         false,
		`{type: array, items: {}}`:           false,
		`{$ref: '#/components/schemas/Set'}`: false,
		`{anyOf: [{$ref: '#/components/schemas/Set'}, {type: string}]}`:   false,
		`{allOf: [{$ref: '#/components/schemas/Set'}, {nullable: true}]}`: false,
		`{anyOf: [{$ref: '#/components/schemas/Set'}, {type: 'null'}]}`:   true,
		`{oneOf: [{$ref: '#/components/schemas/Set'}, {type: 'null'}]}`:   true,
		`{allOf: [{}, {type: [object, 'null']}]}`:                         true,
		`{type: [object, 'null']}`:                                        true,
		`{type: object, nullable: true}`:                                  true,
		`{}`:                                                              true,
		`{description: anything}`:                                         true,
		`{$ref: '#/components/schemas/Maybe'}`:                            true,
	} {
		t.Run(schema, func(t *testing.T) {
			out, err := generate(t, head+`  /orders:
    get:
      operationId: read_order
      responses: {'200': {description: OK, content: {application/json: {schema: `+schema+`}}}}
components:
  schemas:
    Set: {type: object}
    Maybe: {anyOf: [{$ref: '#/components/schemas/Set'}, {type: 'null'}]}
`)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Contains(out.table, "Nullable: true"); got != want {
				t.Errorf("null is a success: %v, want %v:\n%s", got, want, out.table)
			}
		})
	}
}

func TestTableTellsSuccessesAndIntegerHeaders(t *testing.T) {
	out, err := generate(t, head+`  /orders/{order_id}:
    parameters: [{in: path, name: order_id, required: true, schema: {type: integer}}]
    post:
      operationId: create_order
      responses:
        '202': {$ref: '#/components/responses/Accepted'}
        '200': {description: OK, content: {application/json: {}, text/csv: {}}}
        default:
          description: error
          content: {application/json: {}}
          headers: {X-RateLimit-Limit: {schema: {type: integer}}}
    get:
      operationId: read_order
      responses: {default: {description: anything, content: {application/json: {}}}}
components:
  headers:
    Total: {schema: {$ref: '#/components/schemas/Count'}}
  schemas:
    Count: {anyOf: [{type: integer}, {type: 'null'}]}
  responses:
    Accepted:
      description: accepted
      headers:
        X-Total: {$ref: '#/components/headers/Total'}
        X-Name: {schema: {type: string}}
        X-Page: {schema: {type: [integer, 'null']}}
`)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`{Status: "202"},`,
		`{Status: "200", ContentTypes: []string{"application/json", "text/csv"}, Nullable: true},`,
		`IntegerHeaders: []string{"X-Total", "X-Page", "X-Ratelimit-Limit"},`,
		`{Status: "default", ContentTypes: []string{"application/json"}, Nullable: true},`,
		`Path:   "/orders/{order_id}",`,
	} {
		if strings.Count(out.table, want) < 1 {
			t.Errorf("table lacks %s:\n%s", want, out.table)
		}
	}
	if strings.Count(out.table, `{Status: "default"`) != 1 {
		t.Errorf("default is a success where another is declared:\n%s", out.table)
	}
}

func TestReadmeHasTheOperations(t *testing.T) {
	const limit = "      description: '**Rate limit:** 50 requests per minute'\n"
	out, err := generate(t, head+op("/a|b<img>", "get_a", limit)+op("/b", "get_b"))
	if err != nil {
		t.Fatal(err)
	}
	want := "# Shop\n\n" + tableBegins + "| operation | method | waiting | requests a minute |\n" +
		"| --- | --- | --- | --- |\n| `GET /a\\|b<img>` | `GetAWithResponse` |  | 50 |\n" +
		"| `GET /b` | `GetBWithResponse` |  | not stated |\n" + tableEnds + "\nMore.\n"
	if out.readme != want {
		t.Errorf("the README is\n%s\nwant\n%s", out.readme, want)
	}
}
