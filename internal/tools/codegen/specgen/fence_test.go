package main

import (
	"strings"
	"testing"
)

// TestFencesOfDocuments shows what a fence of a document may look like.
func TestFencesOfDocuments(t *testing.T) {
	json := document31("/c", "get", "get_c", "")
	yaml := head + op("/c", "get_c")
	for _, tt := range []struct{ name, open, document, end string }{
		{"no language", "```", json, "```"},
		{"no language, YAML", "```", "---\n# ours\n" + yaml, "```"},
		{"no language, title", "``` title=\"An openapi.json\"", json, "```"},
		{"json", "```json", json, "```"},
		{"capital letters", "```JSON", json, "```"},
		{"jsonc", "```JsonC", json, "```"},
		{"yml", "```Yml", yaml, "```"},
		{"yaml, flow style", "```yaml", "{openapi: 3.1.0, info: {title: T, version: 1.0.0}, paths: {/c: " +
			"{get: {operationId: get_c, responses: {'200': {description: OK}}}}}}", "```"},
		{"yaml, indented", "```yaml", "  " + strings.ReplaceAll(yaml, "\n", "\n  "), "```"},
		{"yaml, but JSON", "```yaml", json, "```"},
		{"openapi, JSON", "```openapi", json, "```"},
		{"openapi, YAML", "```OpenAPI", yaml, "```"},
		{"title", "```json title=\"x\"", json, "```"},
		{"title after a tab", "```json\ttitle=\"x\"", json, "```"},
		{"lines to mark", "```json{1,3}", json, "```"},
		{"attributes in braces", "```{.json}", json, "```"},
		{"tildes", "~~~yaml", yaml, "~~~~"},
		{"indented", "  ```json", json, "  ```"},
		{"not closed", "```json", json, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			page := "# C\n\n" + tt.open + "\n" + tt.document + "\n" + tt.end + "\n"
			expectImport(t, page)
			expectImport(t, "\ufeff"+strings.ReplaceAll(page, "\n", "\r\n"))
			list := "- Operations:\n\n  1. C\n\n     " + strings.ReplaceAll(page, "\n", "\n     ")
			expectImport(t, list)
			expectImport(t, "> "+strings.ReplaceAll(page, "\n", "\n> "))
		})
	}
}

// TestOtherFences shows what may stand on a page beside its document. If it were taken
// for a document, its version would be refused.
func TestOtherFences(t *testing.T) {
	document := "```json\n" + document31("/c", "get", "get_c", "") + "\n```\n"
	curl := "curl -d '\n{\n\"openapi\": \"2.0\",\n\"paths\": []\n}'\n"
	for _, tt := range []struct{ name, text string }{
		{"bash", "```bash\n{\"openapi\": \"2.0\"}\n```"},
		{"sh", "```sh\n{\"openapi\": \"2.0\"}\n```"},
		{"http", "```http\n{\"openapi\": \"2.0\"}\n```"},
		{"none", "```none\n{\"openapi\": \"2.0\"}\n```"},
		{"none, title after a tab", "```none\ttitle=\"x\"\n{\"openapi\": \"2.0\"}\n```"},
		{"command without a language", "```\n" + curl + "```"},
		{"command below a comment", "```\n# upload it\n\n" + curl + "```"},
		{"command with paths in one line", "```\ncurl https://x -d '{\"paths\": [\"/a\"]}'\n```"},
		{"answer with paths", "```json\n{\"paths\": {\"/a\": {}}}\n```"},
		{"answer with paths, no language", "```\n{\"paths\": [\"/a\"]}\n```"},
		{"answer with info", "```json\n{\"info\": {\"openapi\": \"2.0\"}}\n```"},
		{"answer with a list", "```json\n[{\"openapi\": \"2.0\"}]\n```"},
		{"answer with paths, YAML", "```yaml\npaths: {}\ninfo:\n  openapi: 2.0\n```"},
		{"answer that is cut short", "```json\n{\"paths\": [\"/a\", …],\n\"info\": {…}}\n```"},
		{"answer with headers", "```\nHTTP/1.1 200 OK\nContent-Type: application/json\n\n{}\n```"},
		{"empty", "```json\n```"},
		{"scalar", "```json\n3\n```"},
		{"quote of several lines", "> \\*\\*Rate limit:\\*\\* 200 requests per minute\n" +
			"> \\*\\*openapi:\\*\\* 3"},
		{"in a comment", "<!--\n```json\n{\"openapi\": 3}\n```\n-->"},
		{"template", "{% hint style=\"info\" %}\nNew!\n{% endhint %}"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			page := tt.text + "\n" + document + "\n" + tt.text + "\n"
			expectImport(t, page)
			expectImport(t, strings.ReplaceAll(page, "\n", "\r\n"))
		})
	}
}

// TestBrokenDocument shows that a block that is meant to be a document is not passed over, though
// another could be imported.
func TestBrokenDocument(t *testing.T) {
	above := "```json\n" + document31("/c", "get", "get_c", "") + "\n```\n\n" // seven lines
	for _, tt := range []struct{ name, block, want string }{
		{"JSON", "```json\n{\"openapi\": \"3.1.0\",\n\"paths\" {}}\n```", "a.md:10: did not find expected"},
		{"JSON, broken above its version", "```\n{\"info\": {,},\n\"openapi\": \"3.1.0\"}\n```",
			"a.md:9: "},
		{"two JSON values", "```json\n{\"openapi\": \"3.1.0\"}\n{}\n```", "a.md:10: "},
		{"comment", "```jsonc\n// ours\n{\"openapi\": \"3.1.0\"}\n```", "a.md:10: "},
		{"YAML", "```yaml\nopenapi: 3.1.0\npaths: [\n```", "a.md:11: did not find expected node content"},
		{"YAML without a blank", "```\nopenapi:3.1.0\ninfo: {}\n```", "a.md:10: "},
		{"YAML with a tab", "```yml\nopenapi: 3.1.0\ninfo:\n\ttitle: T\n```", "a.md:11: "},
		{"flow style", "```yaml\n{openapi: 3.1.0,\ninfo: }]\n```", "a.md:10: "},
		{"language openapi", "```openapi\npaths: {}\n```", "a.md:9: not an OpenAPI document: "},
		{"Swagger", "```yaml\nswagger: '2.0'\n```", "a.md:9: a Swagger 2.0 document"},
		{"version", "```json\n{\"openapi\": null}\n```", "a.md:9: openapi: null is not supported"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			expectRefusal(t, above+tt.block+"\n", tt.want)
		})
	}
}

// TestPageWithoutDocument has pages with other things in fences.
func TestPageWithoutDocument(t *testing.T) {
	const none = `a.md:1: the page has no OpenAPI document: ` +
		`no fenced block of JSON or YAML with an "openapi" key`
	for _, tt := range []struct{ name, page, want string }{
		{"text", "# A page\n", none},
		{"template", "{% hint style=\"info\" %}\nNew!\n{% endhint %}\n", none},
		{"command", "```\ncurl https://x -d '{\"paths\": []}'\n```\n", none},
		{"answer", "```json\n{\"info\": 1}\n```\n", none},
		{"answer in YAML's flow style", "```yaml\n{info: 1}\n```\n", none},
		{"document in another language", "```text\n{\"openapi\": \"3.1.0\"}\n```\n", none},
		{"paths", "# A page\n\n```json\n{\"info\": {},\n\"paths\": {}}\n```\n", none},
	} {
		t.Run(tt.name, func(t *testing.T) {
			expectRefusal(t, tt.page, tt.want)
		})
	}
}
