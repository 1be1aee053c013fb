package main

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// specChange is something that upstream may do to the document of its first page.
type specChange struct {
	name   string
	waits  string   // the method that waits for the batch then, "" for none
	patch  string   // what is merged into it, in YAML; null removes
	rename []string // what is replaced then, wherever it occurs in the JSON: old, new, old, new …
}

const usual = "WaitShipOrderBatch"

// Places in the document.
func ofSchema(name, patch string) string {
	return "{components: {schemas: {" + name + ": " + patch + "}}}"
}

func ofResult(patch string) string { return ofSchema("ShipmentOrderResultsResponseSchema", patch) }

func ofOperation(patch string) string {
	return "{paths: {/api/v1/results/ship-orders: {get: " + patch + "}}}"
}

func ofSuccess(patch string) string { return ofOperation("{responses: {'200': " + patch + "}}") }

// Values in it.
const (
	toStatus = "{$ref: '#/components/schemas/RequestStatus'}"
	aSuccess = "{description: OK, content: {application/json: {schema: " +
		"{$ref: '#/components/schemas/ShipmentOrderResultsResponseSchema'}}}}"
	onlyDefault = "{'200': null, '400': null, '401': null, '404': null, default: " + aSuccess + "}"
	aUUID       = "{type: string, format: uuid}"
	inlined     = "{$ref: null, type: object, required: [status, items], " +
		"properties: {status: {type: string}, items: {type: array, items: {}}}}"
	aPage     = "{in: query, name: page, schema: {type: integer}}"
	idInQuery = "{in: query, name: batch_request_id, required: true, schema: " + aUUID + "}"
	idInPath  = "{in: path, name: batch_request_id, required: true, schema: " + aUUID + "}"
)

var statusChanges = []specChange{
	{"retry gone", usual, ofSchema("RequestStatus", "{enum: [pending, processing, completed, failed]}"), nil},
	{"completed renamed", usual, ofSchema("RequestStatus", "{enum: [pending, done, failed]}"), nil},
	{"RequestStatus renamed", usual, "", []string{"RequestStatus", "BatchState"}},
	{"status no longer required", usual, ofResult("{required: [batchRequestId, items]}"), nil},
	{"status nullable", usual,
		ofResult("{properties: {status: {$ref: null, anyOf: [" + toStatus + ", {type: 'null'}]}}}"), nil},
	{"status a plain string", usual, ofResult("{properties: {status: {$ref: null, type: string}}}"), nil},
	{"status a string or null", usual,
		ofResult("{properties: {status: {$ref: null, type: [string, 'null']}}}"), nil},
	{"status an enum or any string", usual,
		ofResult("{properties: {status: {$ref: null, anyOf: [" + toStatus + ", {type: string}]}}}"), nil},
	{"status a number", "", ofResult("{properties: {status: {$ref: null, type: integer}}}"), nil},
}

var resultChanges = []specChange{
	{"success renamed", usual, "", []string{"ShipmentOrderResultsResponseSchema", "ShipmentBatch"}},
	{"success with the name of its response", usual, "",
		[]string{"ShipmentOrderResultsResponseSchema", "GetShipOrderBatchResultsResponse"}},
	{"success with the name of the table", usual, "",
		[]string{"ShipmentOrderResultsResponseSchema", "Operations"}},
	{"success inlined", usual, ofSuccess("{content: {application/json: {schema: " + inlined + "}}}"), nil},
	{"success without content", "", ofSuccess("{content: null}"), nil},
	{"two successes", "", ofOperation("{responses: {'202': {description: Not yet}}}"), nil},
	{"a range of status codes", usual, "", []string{`"200":`, `"2XX":`}},
	{"a default response only", usual, ofOperation("{responses: " + onlyDefault + "}"), nil},
	{"items no longer required", usual, ofResult("{required: [status]}"), nil},
	{"items' schema inlined", usual, ofResult("{properties: {items: {items: {$ref: null, type: object, " +
		"properties: {success: {type: boolean}}}}}}"), nil},
	{"requestItem renamed", usual, "", []string{"requestItem", "submitted"}},
	{"errors no longer required", usual,
		ofSchema("ShipmentResultItemSchema", "{required: [requestItem, success]}"), nil},
}

var parameterChanges = []specChange{
	{"batch_request_id renamed", usual, "", []string{"batch_request_id", "batch"}},
	{"another parameter, optional", usual,
		ofOperation("{parameters: [" + aPage + ", " + idInQuery + "]}"), nil},
	{"another parameter, required", "", ofOperation("{parameters: [" + aPage + ", " + idInQuery + "]}"),
		[]string{`"name":"page"`, `"name":"page","required":true`}},
	{"parameter a component", usual, "{components: {parameters: {Batch: " + idInQuery + "}}, " +
		"paths: {/api/v1/results/ship-orders: {get: " +
		"{parameters: [{$ref: '#/components/parameters/Batch'}]}}}}", nil},
	{"parameter with a schema that is a component", usual, ofSchema("BatchID", aUUID),
		[]string{`"schema":{"format":"uuid","title":"Batch Request Id","type":"string"}`,
			`"schema":{"$ref":"#/components/schemas/BatchID"}`}},
	{"parameter in a header", "", "", []string{`"in":"query"`, `"in":"header"`}},
	{"parameter in the path", usual, ofOperation("{parameters: [" + idInPath + "]}"),
		[]string{"/ship-orders", "/{batch_request_id}"}},
	{"parameter in the path, another in the query", usual,
		ofOperation("{parameters: [" + aPage + ", " + idInPath + "]}"),
		[]string{"/ship-orders", "/{batch_request_id}"}},
	{"two parameters in the path, with names of the generated method", "",
		ofOperation("{parameters: [{in: path, name: operation, required: true, schema: {type: string}}, " +
			idInPath + "]}"),
		[]string{"batch_request_id", "parsed", "/ship-orders", "/{operation}/{parsed}"}},
}

var otherChanges = []specChange{
	{"the 401 dropped", usual, ofOperation("{responses: {'401': null}}"), nil},
	{"BadRequestSchema renamed", usual, "", []string{"BadRequestSchema", "Problem"}},
	{"summary and description dropped", usual, ofOperation("{summary: null, description: null}"), nil},
	{"marked as idempotent", usual, ofOperation("{x-idempotent: true}"), nil},
	{"operationId changed", "WaitReadShipmentsBatch", ofOperation("{operationId: read_shipments}"), nil},
	{"path changed", usual, "", []string{"/api/v1/results/ship-orders", "/api/v2/shipments"}},
	{"method changed", "", "", []string{`"get":`, `"post":`}},
	{"a second operation whose wait has the same name", "WaitShipOrder2Batch",
		"{paths: {/api/v2/shipments: {get: {operationId: get_ship_order_results, parameters: [" + idInQuery +
			"], responses: {'200': " + aSuccess + "}}}}}", nil},
	{"the operation gone", "", "{paths: {/api/v1/results/ship-orders: null}}", nil},
	{"all gone", "", "{paths: {/api/v1/results/ship-orders: null}, components: null}", nil},
}

// TestSpecChanges shows that handwritten code knows nothing of the document: whatever becomes of
// the one operation that the project began with, generation succeeds, and what users import compiles.
func TestSpecChanges(t *testing.T) {
	seed, _, err := importInto(t, nil, map[string]string{"page.md": readFile(t, seedPage)}, "page.md")
	if err != nil {
		t.Fatal(err)
	}
	before := changed(t, seed, specChange{})
	for _, change := range slices.Concat(statusChanges, resultChanges, parameterChanges, otherChanges) {
		t.Run(change.name, func(t *testing.T) {
			spec := changed(t, seed, change)
			if spec == before {
				t.Fatal("nothing is changed")
			}
			waits := generates(t, spec).waits
			if change.waits == "" && strings.Contains(waits, "func ") {
				t.Errorf("there are methods that wait:\n%s", waits)
			}
			if change.waits != "" {
				mustHave(t, waits, " "+change.waits+"(", " "+change.waits+"es(")
			}
		})
	}
}

// changed returns a document with a change, in JSON.
func changed(t *testing.T, spec string, change specChange) string {
	t.Helper()
	var document, patch map[string]any
	for text, into := range map[string]*map[string]any{spec: &document, change.patch: &patch} {
		if err := yaml.Unmarshal([]byte(text), into); err != nil {
			t.Fatal(err)
		}
	}
	mergePatch(document, patch)
	text, err := json.Marshal(document)
	if err != nil {
		t.Fatal(err)
	}
	return strings.NewReplacer(change.rename...).Replace(string(text))
}

// mergePatch changes a document as RFC 7396 says.
func mergePatch(document, patch map[string]any) {
	for key, value := range patch {
		below, isMapping := document[key].(map[string]any)
		further, goesOn := value.(map[string]any)
		switch {
		case isMapping && goesOn:
			mergePatch(below, further)
		case value == nil:
			delete(document, key)
		default:
			document[key] = value
		}
	}
}
