package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// generated is what specgen printed, wrote, and expects oapi-codegen to write.
type generated struct {
	stdout, overlay, template, table, waits, lists, readme, client string
}

// generate runs specgen over a document.
func generate(t *testing.T, doc string) (out generated, err error) {
	t.Helper()
	dir := t.TempDir()
	config := filepath.Join(dir, "o", "config.yaml")
	readme := filepath.Join(dir, "README.md")
	for name, content := range map[string]string{
		filepath.Join(dir, specFile): doc,
		filepath.Join(dir, "go.mod"): "module " + modulePath + "\n",
		config:                       readFile(t, configFile),
		readme:                       "# Shop\n\n" + tableBegins + "old\n" + tableEnds + "\nMore.\n",
	} {
		if err := (outputFile{name, []byte(content)}).write(); err != nil {
			t.Fatal(err)
		}
	}
	var stdout bytes.Buffer
	p := project{stdout: &stdout, check: func(ctx context.Context, root string, files []outputFile) error {
		out.client = string(files[len(files)-1].content)
		return compile(ctx, root, files)
	}}
	err = p.run(t.Context(), []string{"-C", dir, "-config", config})
	read := func(name string) string {
		content, readErr := os.ReadFile(filepath.Join(dir, name))
		if (readErr == nil) != (err == nil) {
			t.Errorf("%s written: %v, though run's error is %v", name, readErr == nil, err)
		}
		return string(content)
	}
	out.stdout = stdout.String()
	out.overlay = read("o/overlay.gen.yaml")
	out.template = read("o/client-with-responses.gen.tmpl")
	out.table = read("generated/operations.gen.go")
	out.waits = read("api/batches.gen.go")
	out.lists = read("api/lists.gen.go")
	out.readme = readFile(t, readme)
	return out, err
}

// generates runs specgen over a document that is fit for it.
func generates(t *testing.T, doc string) generated {
	t.Helper()
	out, err := generate(t, doc)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// mustHave looks for each of the texts that another one is to have.
func mustHave(t *testing.T, text string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(text, want) {
			t.Errorf("there is no %q in\n%s", want, text)
		}
	}
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
			[]string{"GetOrderItemID", "GetSKUURL"}},
		{"the last _api_ cuts", []string{"shop_api_v1_order_api_list_orders"}, []string{"ListOrders"}},
		{"one bare word after the last _api_", []string{"shop_api_v1_order_api_list"}, []string{"OrderList"}},
		{"taken without a module", []string{"get_results", "getResults"},
			[]string{"GetResults", "GetGetResults"}},
		{"taken with a module", []string{"x_a_api_get_all", "y_b_api_get_all", "z_b_api_get_all"},
			[]string{"GetAll", "BGetAll", "GetZBApiGetAll"}},
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
			out := generates(t, doc)
			for i, want := range tt.want {
				mustHave(t, out.stdout, "/p"+string(rune('a'+i))+" -> "+want+" ")
				mustHave(t, out.client, want+"WithResponse(ctx")
				mustHave(t, out.table, `"`+want+`"`)
			}
		})
	}
}

// TestNameThatTheDocumentChooses goes before those that are made, also of operations before it.
func TestNameThatTheDocumentChooses(t *testing.T) {
	out := generates(t, head+op("/a", "get_batch")+op("/b", "b", "      x-go-name: get_batch_url\n")+
		op("/c", "c", "      x-go-name: GetBatch\n"))
	mustHave(t, out.stdout, "/a -> GetGetBatch ", "/b -> GetBatchURL ", "/c -> GetBatch ")
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
	for _, tt := range []struct{ description, extension, want, told string }{
		{"Lists all.", "x-rate-limit: 100", "RateLimit: 100,", "(100 requests per minute)\n"},
		{"5 requests per second", "x-rate-limit: 100", "RateLimit: 100,", "(100 requests per minute)\n"},
		{"200 requests per minute", "x-rate-limit: 100", "RateLimit: 200,", "(200 requests per minute)\n"},
		{"5 requests per second", "x-other: 1", "", "GET /a -> GetA (no rate limit stated); the rate limit " +
			`is not clear: "5 requests per second"; where 0 is not right, ` +
			"write x-rate-limit at the operation\n"},
	} {
		out := generates(t, head+op("/a", "get_a", "      "+tt.extension+"\n",
			"      description: "+tt.description+"\n"))
		mustHave(t, out.table, tt.want)
		mustHave(t, strings.ReplaceAll(out.stdout, "     ", " "), tt.told)
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

// TestImportTellsWhatIsNotClear of the operations of a page.
func TestImportTellsWhatIsNotClear(t *testing.T) {
	page := head + op("/c", "get_c", "      description: 'Up to 5 requests per second'\n")
	spec := handwritten
	_, stdout, err := importInto(t, &spec, map[string]string{"a.yaml": page}, "a.yaml")
	if err != nil {
		t.Fatal(err)
	}
	mustHave(t, stdout, `specgen: GET /c: the rate limit is not clear: "Up to 5 requests per second"`)
}

func TestTableTellsWhereNullIsASuccess(t *testing.T) {
	for schema, want := range map[string]bool{
		`{type: object}`:                     false,
		`{properties: {a: {type: integer}}}`: false,
		`{enum: [a, b]}`:                     false,
		`{const: a, type: string}`:           false,
		`{type: array, items: {}}`:           false,
		`{$ref: '#/components/schemas/Set'}`: false,
		`{anyOf: [{$ref: '#/components/schemas/Set'}, {type: string}]}`: false,
		`{anyOf: [{$ref: '#/components/schemas/Set'}, {type: 'null'}]}`: true,
		`{oneOf: [{$ref: '#/components/schemas/Set'}, {type: 'null'}]}`: true,
		`{type: [object, 'null']}`:                                      true,
		`{type: object, nullable: true}`:                                true,
		`{}`:                                                            true,
		`{description: anything}`:                                       true,
		`{$ref: '#/components/schemas/Maybe'}`:                          true,
	} {
		t.Run(schema, func(t *testing.T) {
			out := generates(t, head+`  /orders:
    get:
      operationId: read_order
      responses: {'200': {description: OK, content: {application/json: {schema: `+schema+`}}}}
components:
  schemas:
    Set: {type: object}
    Maybe: {anyOf: [{$ref: '#/components/schemas/Set'}, {type: 'null'}]}
`)
			if got := strings.Contains(out.table, "Nullable: true"); got != want {
				t.Errorf("null is a success: %v, want %v:\n%s", got, want, out.table)
			}
		})
	}
}

const answered = head + `  /orders/{order_id}:
    parameters: [{in: path, name: order_id, required: true, schema: {type: integer}}]
    post:
      operationId: create_order
      x-idempotent: true
      responses:
        '202': {$ref: '#/components/responses/Accepted'}
        '200': {description: OK, content: {application/csv: {}, application/json: {}}}
        default:
          description: error
          content: {application/json: {}}
    get:
      operationId: read_order
      x-idempotent: false
      responses: {default: {description: anything, content: {application/pdf: {}}}}
    delete: {operationId: delete_order, responses: {'204': {description: gone}}}
components:
  responses:
    Accepted:
      description: accepted
      content: {application/json: {schema: {type: object}}, image/png: {}}
`

const answeredTable = `var Operations = operation.Table{
	{
		Name:       "CreateOrder",
		Method:     "POST",
		Path:       "/orders/{order_id}",
		Accept:     "application/json, application/csv, image/png",
		Idempotent: true,
		Success: []operation.Success{
			{Status: "200", ContentTypes: []string{"application/csv", "application/json"}, Nullable: true},
			{Status: "202", ContentTypes: []string{"application/json", "image/png"}},
		},
	},
	{
		Name:   "ReadOrder",
		Method: "GET",
		Path:   "/orders/{order_id}",
		Accept: "application/pdf",
		Success: []operation.Success{
			{Status: "default", ContentTypes: []string{"application/pdf"}},
		},
	},
	{
		Name:   "DeleteOrder",
		Method: "DELETE",
		Path:   "/orders/{order_id}",
		Accept: "application/json",
		Success: []operation.Success{
			{Status: "204"},
		},
	},
}
`

func TestTableTellsSuccesses(t *testing.T) {
	out := generates(t, answered)
	if !strings.HasSuffix(out.table, answeredTable) {
		t.Errorf("the table is\n%s\nwant\n%s", out.table, answeredTable)
	}
}

// TestClientIsDerived has what the generator's own templates do not write.
func TestClientIsDerived(t *testing.T) {
	client := generates(t, head+op("/a", "get_a")).client
	mustHave(t, client, `doer, err := operation.Prepare(c.Client, req, "GetA")`, "return doer.Do(req)",
		`return nil, operation.Unusable(rsp, fmt.Errorf("the body does not decode: %w", err))`,
		"operation.ReadAll(rsp.Body)",
		"DO NOT EDIT.\n\npackage ", "https://api.example.com/sandbox")
}

func TestNoOperation(t *testing.T) {
	for _, paths := range []string{"", "  /a: {}\n"} {
		out := generates(t, head+paths)
		mustHave(t, out.table, "operation.Table{}")
		if out.waits != out.lists || !strings.HasSuffix(out.lists, "\npackage api\n") {
			t.Errorf("the methods are\n%s\n%s", out.waits, out.lists)
		}
	}
}

func TestReadmeHasTheOperations(t *testing.T) {
	const limit = "      description: '**Rate limit:** 50 requests per minute'\n"
	out := generates(t, head+op("/a|b<img>", "get_a", limit)+op("/b", "get_b"))
	want := "# Shop\n\n" + tableBegins +
		"| operation | method | waiting | all pages | requests a minute |\n" +
		"| --- | --- | --- | --- | --- |\n| `GET /a\\|b<img>` | `GetAWithResponse` |  |  | 50 |\n" +
		"| `GET /b` | `GetBWithResponse` |  |  | not stated |\n" +
		"\nThey only read results: to submit too, [import that page](#when-the-spec-changes).\n" +
		tableEnds + "\nMore.\n"
	if out.readme != want {
		t.Errorf("the README is\n%s\nwant\n%s", out.readme, want)
	}
}
