package growth

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// usersPackages are those that a user's program imports. All that they are made of is built with
// them.
var usersPackages = []string{"./api", "./api/apitest", "./generated"}

// Places in the document of upstream's first page.
const (
	schemas    = "components.schemas"
	status     = schemas + ".RequestStatus"
	results    = schemas + ".ShipmentOrderResultsResponseSchema"
	item       = schemas + ".ShipmentResultItemSchema"
	get        = "paths./api/v1/results/ship-orders.get"
	parameters = get + ".parameters"
	responses  = get + ".responses"
	okBody     = responses + ".200.content.application/json.schema"
)

// Values for such places.
const (
	toStatus  = "{$ref: '#/components/schemas/RequestStatus'}"
	toResults = "{$ref: '#/components/schemas/ShipmentOrderResultsResponseSchema'}"
	aResponse = "{description: OK, content: {application/json: {schema: " + toResults + "}}}"
	aUUID     = "{type: string, format: uuid}"
	inline    = "{type: object, required: [status, items], " +
		"properties: {status: {type: string}, items: {type: array, items: {}}}}"
	page    = "{in: query, name: page, schema: {type: integer}}"
	inQuery = "{in: query, name: batch_request_id, required: true, schema: " + aUUID + "}"
	inPath  = "{in: path, name: batch_request_id, required: true, schema: " + aUUID + "}"
)

// Methods that wait for a batch.
const (
	usual = "WaitShipOrderBatch"
	none  = ""
)

// specChange is something that upstream may do to its document.
type specChange struct {
	name  string
	waits string // the method that waits for the batch then
	edits []edit
}

var statusChanges = []specChange{
	{"retry gone", usual, edits(set(status+".enum", "[pending, processing, completed, failed]"))},
	{"completed renamed", usual, edits(set(status+".enum", "[pending, done, failed]"))},
	{"RequestStatus renamed", usual, edits(rename("RequestStatus", "BatchState"))},
	{"status no longer required", usual, edits(set(results+".required", "[batchRequestId, items]"))},
	{"status nullable", usual,
		edits(set(results+".properties.status", "{anyOf: ["+toStatus+", {type: 'null'}]}"))},
	{"status a plain string", usual, edits(set(results+".properties.status", "{type: string}"))},
	{"status a string or null", usual, edits(set(results+".properties.status", "{type: [string, 'null']}"))},
	{"status an enum or any string", usual,
		edits(set(results+".properties.status", "{anyOf: ["+toStatus+", {type: string}]}"))},
	{"status a number", none, edits(set(results+".properties.status", "{type: integer}"))},
}

var resultChanges = []specChange{
	{"success renamed", usual, edits(rename("ShipmentOrderResultsResponseSchema", "ShipmentBatch"))},
	{"success with the name of its response", usual,
		edits(rename("ShipmentOrderResultsResponseSchema", "GetShipOrderBatchResultsResponse"))},
	{"success with the name of the table", usual,
		edits(rename("ShipmentOrderResultsResponseSchema", "Operations"))},
	{"success inlined", usual, edits(set(okBody, inline))},
	{"success without content", none, edits(set(responses+".200", "{description: OK}"))},
	{"two successes", none, edits(set(responses+".202", "{description: Not yet}"))},
	{"a range of status codes", usual, edits(rename(`"200":`, `"2XX":`))},
	{"a default response only", usual, edits(set(responses, "{default: "+aResponse+"}"))},
	{"items no longer required", usual, edits(set(results+".required", "[status]"))},
	{"items' schema inlined", usual, edits(
		set(results+".properties.items.items", "{type: object, properties: {success: {type: boolean}}}"),
	)},
	{"requestItem renamed", usual, edits(rename("requestItem", "submitted"))},
	{"errors no longer required", usual, edits(set(item+".required", "[requestItem, success]"))},
}

var parameterChanges = []specChange{
	{"batch_request_id renamed", usual, edits(rename("batch_request_id", "batch"))},
	{"another parameter, optional", usual, edits(set(parameters, "["+page+", "+inQuery+"]"))},
	{"another parameter, required", none, edits(
		set(parameters, "["+page+", "+inQuery+"]"),
		rename(`"name":"page"`, `"name":"page","required":true`),
	)},
	{"parameter a component", usual, edits(
		set(parameters, "[{$ref: '#/components/parameters/Batch'}]"),
		set("components.parameters", "{Batch: "+inQuery+"}"),
	)},
	{"parameter with a schema that is a component", usual, edits(
		set(schemas+".BatchID", aUUID),
		set(parameters, "["+inQuery+"]"),
		rename(`"schema":{"format":"uuid","type":"string"}`,
			`"schema":{"$ref":"#/components/schemas/BatchID"}`),
	)},
	{"parameter in a header", none, edits(set(parameters, "["+inQuery+"]"), rename(`"query"`, `"header"`))},
	{"parameter in the path", usual, edits(
		set(parameters, "["+inPath+"]"),
		rename("/ship-orders", "/{batch_request_id}"),
	)},
	{"parameter in the path, another in the query", usual, edits(
		set(parameters, "["+page+", "+inPath+"]"),
		rename("/ship-orders", "/{batch_request_id}"),
	)},
	{"two parameters in the path, with names of the generated method", none, edits(
		set(parameters, "[{in: path, name: operation, required: true, schema: {type: string}}, "+inPath+"]"),
		rename("batch_request_id", "parsed"),
		rename("/ship-orders", "/{operation}/{parsed}"),
	)},
}

var otherChanges = []specChange{
	{"nothing", usual, nil},
	{"the 401 dropped", usual, edits(remove(responses + ".401"))},
	{"BadRequestSchema renamed", usual, edits(rename("BadRequestSchema", "Problem"))},
	{"summary and description dropped", usual, edits(remove(get+".summary"), remove(get+".description"))},
	{"marked as idempotent", usual, edits(set(get+".x-idempotent", "true"))},
	{"operationId changed", "WaitReadShipmentsBatch", edits(set(get+".operationId", "read_shipments"))},
	{"path changed", usual, edits(rename("/api/v1/results/ship-orders", "/api/v2/shipments"))},
	{"method changed", none, edits(rename(`"get":`, `"post":`))},
	{"a second operation whose wait has the same name", "WaitShipOrder2Batch", edits(
		set("paths./api/v2/shipments.get.operationId", "get_ship_order_results"),
		set("paths./api/v2/shipments.get.parameters", "["+inQuery+"]"),
		set("paths./api/v2/shipments.get.responses.200", aResponse),
	)},
	{"the operation gone", none, edits(set("paths", "{}"))},
	{"all gone", none, edits(set("paths", "{}"), remove("components"))},
}

// TestSpecChanges shows that handwritten code knows nothing of the document: whatever becomes of
// the one operation that the project began with, generation succeeds, and so does the build of
// what users import.
func TestSpecChanges(t *testing.T) {
	tree := copyTree(t, moduleRoot(t))
	seed := seedSpec(t, tree)
	build := slices.Concat([]string{"build"}, usersPackages)
	for _, change := range slices.Concat(statusChanges, resultChanges, parameterChanges, otherChanges) {
		t.Run(change.name, func(t *testing.T) {
			spec := seed
			for _, edit := range change.edits {
				spec = edit(t, spec)
			}
			writeSpec(t, tree, spec)
			command(t, tree, "go", "generate", ".")
			command(t, tree, "go", build...)
			checkWaits(t, read(t, tree, "api/batches.gen.go"), change.waits)
		})
	}
}

// checkWaits looks for a method in the generated ones.
func checkWaits(t *testing.T, methods, name string) {
	t.Helper()
	if name == none {
		if strings.Contains(methods, "func ") {
			t.Errorf("there are methods that wait:\n%s", methods)
		}
		return
	}
	for _, method := range []string{name, name + "es"} {
		if !strings.Contains(methods, "func (c *Client) "+method+"(") {
			t.Errorf("there is no %s:\n%s", method, methods)
		}
	}
}

// edit changes a document, in JSON.
type edit func(t *testing.T, spec string) string

func edits(edits ...edit) []edit { return edits }

// rename replaces each occurrence of a text.
func rename(old, now string) edit {
	return func(t *testing.T, spec string) string {
		t.Helper()
		if !strings.Contains(spec, old) {
			t.Fatalf("the document has no %q", old)
		}
		return strings.ReplaceAll(spec, old, now)
	}
}

// set puts a value, in YAML, at a place whose keys are joined by dots. It makes the keys above it.
func set(place, value string) edit {
	return func(t *testing.T, spec string) string {
		t.Helper()
		document := parse(t, spec)
		parent, key := find(document, place)
		parent[key] = parse(t, "value: "+value)["value"]
		return dump(t, document)
	}
}

// remove removes what is at a place.
func remove(place string) edit {
	return func(t *testing.T, spec string) string {
		t.Helper()
		document := parse(t, spec)
		parent, key := find(document, place)
		if parent[key] == nil {
			t.Fatalf("the document has no %s", place)
		}
		delete(parent, key)
		return dump(t, document)
	}
}

// find returns the mapping that a place is in, and the place's last key.
func find(document map[string]any, place string) (parent map[string]any, key string) {
	keys := strings.Split(place, ".")
	parent = document
	for _, key := range keys[:len(keys)-1] {
		child, isMapping := parent[key].(map[string]any)
		if !isMapping {
			child = map[string]any{}
			parent[key] = child
		}
		parent = child
	}
	return parent, keys[len(keys)-1]
}

func parse(t *testing.T, text string) map[string]any {
	t.Helper()
	var document map[string]any
	if err := yaml.Unmarshal([]byte(text), &document); err != nil {
		t.Fatal(err)
	}
	return document
}

func dump(t *testing.T, document map[string]any) string {
	t.Helper()
	text, err := json.Marshal(document)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// seedSpec returns what the import of upstream's first page gives, in JSON. The tree's own
// document may have grown since.
func seedSpec(t *testing.T, tree string) string {
	t.Helper()
	page, err := filepath.Abs("../specgen/testdata/get-ship-order-batch-results.md")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(tree, "openapi.yaml")); err != nil {
		t.Fatal(err)
	}
	command(t, tree, "make", "spec", "PAGES="+page)
	return dump(t, parse(t, read(t, tree, "openapi.yaml")))
}

func writeSpec(t *testing.T, tree, spec string) {
	t.Helper()
	write(t, filepath.Join(tree, "openapi.yaml"), spec)
}

func write(t *testing.T, file, content string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}
