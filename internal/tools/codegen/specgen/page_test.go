package main

import (
	"fmt"
	"strings"
	"testing"
)

// webhooksPage is a page of a resource: a document for each of its operations, with examples
// between them.
var webhooksPage = strings.Join([]string{
	"# Webhooks",
	"",
	`> \*\*Rate limit:\*\* 200 requests per minute`,
	`> \*\*Scope:\*\* webhooks`,
	`>`,
	`> See {"openapi": "3.1.0"} for more.`,
	"",
	"## List Webhooks",
	"",
	"```bash",
	`curl https://api.example.com/webhooks -H "X-API-Key: $KEY"`,
	"```",
	"",
	"```json",
	webhooksDocument("get", "list_webhooks"), // lines 15 to 18
	"```",
	"",
	"```json",
	`{"info": {"page": 1}, "paths": ["/webhooks"]}`,
	"```",
	"",
	"## Create Webhook",
	"",
	"```",
	"curl https://api.example.com/webhooks \\",
	"  -d '{",
	`  "paths": ["/orders"]`,
	"}'",
	"```",
	"",
	"```json",
	webhooksDocument("post", "create_webhook"), // lines 35 to 38
	"```",
	"",
	"## Delete Webhooks",
	"",
	"```yaml",
	head + op("/webhooks/all", "delete_webhooks"), // lines 44 to 50
	"```",
	"",
}, "\n")

func webhooksDocument(method, id string) string {
	return document31("/webhooks", method, id, `"Webhook":{"type":"object"}`)
}

// expectDocuments expects the documents of a page to begin in given places, or an error that begins
// so, whatever its line ends are.
func expectDocuments(t *testing.T, name, page, places, refusal string) {
	t.Helper()
	for _, page := range []string{page, strings.ReplaceAll(page, "\n", "\r\n")} {
		documents, err := readDocuments(name, []byte(page))
		var got []string
		for _, d := range documents {
			got = append(got, fmt.Sprintf("%s:%d", d.file, d.root.Line))
		}
		isRefused := err != nil && refusal != "" && strings.HasPrefix(err.Error(), refusal)
		if strings.Join(got, " ") != places || (err == nil) != (refusal == "") || err != nil && !isRefused {
			t.Errorf("documents %q, error %v; want %q, %q", got, err, places, refusal)
		}
	}
}

// TestDocumentsOfPages shows what is read as a document, and what is not.
func TestDocumentsOfPages(t *testing.T) {
	json := document31("/c", "get", "get_c", "")
	yaml := head + op("/c", "get_c")
	for _, tt := range []struct{ name, file, page, want string }{
		{"several", "a.md", webhooksPage, "a.md:15 a.md:35 a.md:44"},
		{"bare JSON", "a.json", "\ufeff \n" + json, "a.json:2"},
		{"bare JSON under any name", "a", json, "a:1"},
		{"bare JSON in the place of Markdown", "a.md", "{\n  " + json[1:], "a.md:1"},
		{"JSON with tabs", "a.json", strings.ReplaceAll(json, "\n", "\n\t\t"), "a.json:1"},
		{"bare YAML", "a.YML", "info: {}\n" + yaml[:15], "a.YML:1"},
		{"bare YAML under any name", "a.txt", "# ours\n\n---\n" + yaml, "a.txt:4"},
		{"extension in front of a query", "https://x/a.yaml?1.md#x", yaml, "https://x/a.yaml?1.md#x:1"},
		{"front matter", "a", "---\nopenapi: GET /c\n---\n" + page("/c", "get", "c", ""), "a:15"},
		{"template", "a", "{% hint %}\nNew!\n{% endhint %}\n\n" + page("/c", "get", "c", ""), "a:16"},

		{"no language", "a.md", "```\n" + json + "\n```\n", "a.md:2"},
		{"no language, YAML", "a.md", "```\n---\n# ours\n" + yaml + "\n```\n", "a.md:4"},
		{"byte order mark", "a.md", "\ufeff```json\n" + json + "\n```\n", "a.md:2"},
		{"capital letters", "a.md", "```JSON\n" + json + "\n```\n", "a.md:2"},
		{"jsonc", "a.md", "```JsonC\n" + json + "\n```\n", "a.md:2"},
		{"yml", "a.md", "```Yml\n" + yaml + "```\n", "a.md:2"},
		{"yaml, indented", "a.md", "```yaml\n  " + strings.ReplaceAll(yaml, "\n", "\n  ") + "\n```\n",
			"a.md:2"},
		{"openapi", "a.md", "```openapi\n" + yaml + "```\n", "a.md:2"},
		{"title", "a.md", "```json title=\"x\"\n" + json + "\n```\n", "a.md:2"},
		{"lines to mark", "a.md", "```json{1,3}\n" + json + "\n```\n", "a.md:2"},
		{"attributes in braces", "a.md", "```{.json}\n" + json + "\n```\n", "a.md:2"},
		{"tildes", "a.md", "~~~yaml\n" + yaml + "~~~~\n", "a.md:2"},
		{"not closed", "a.md", "```json\n" + json, "a.md:2"},
		{"in a list", "a.md", "- Operations:\n\n  1. C\n\n     ```json\n     " +
			strings.ReplaceAll(json, "\n", "\n     ") + "\n     ```\n", "a.md:6"},
		{"in a quote", "a.md", "> ```yaml\n> " + strings.ReplaceAll(yaml, "\n", "\n> ") + "\n> ```\n",
			"a.md:2"},

		{"text", "a.md", "# A page\n", ""},
		{"nothing", "a.md", "", ""},
		{"another language", "a.md", "```sh\n{\"openapi\": \"3.1.0\"}\n```\n", ""},
		{"command", "a.md", "```\ncurl https://x -d '{\"paths\": []}'\n```\n", ""},
		{"answers", "a.md", "```json\n{\"info\": {\"openapi\": 3}}\n```\n```json\n{\"a\": …}\n```\n" +
			"```yaml\ninfo:\n  openapi: 3\n```\n```json\n[{\"openapi\": 3}]\n```\n```json\n```\n", ""},
		{"answer with headers", "a.md", "```\nHTTP/1.1 200 OK\nContent-Type: text/html\n\n{}\n```\n", ""},
		{"in a comment", "a.md", "<!--\n```json\n{\"openapi\": 3}\n```\n-->\n", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.want == "" {
				const none = "a.md:1: the page has no OpenAPI document: no fenced block"
				expectDocuments(t, tt.file, tt.page, "", none)
				return
			}
			expectDocuments(t, tt.file, tt.page, tt.want, "")
		})
	}
}

// TestBrokenDocuments shows that what is meant to be a document is not passed over, though there is
// another on the page.
func TestBrokenDocuments(t *testing.T) {
	above := "```json\n" + document31("/c", "get", "get_c", "") + "\n```\n\n" // seven lines
	for _, tt := range []struct{ name, file, page, want string }{
		{"broken JSON", "a.md", strings.Replace(webhooksPage, `"create_webhook",`, `"create_webhook"`, 1),
			"a.md:38: did not find expected ',' or '}'"},
		{"broken YAML", "a.md", strings.Replace(webhooksPage, "operationId: delete_webhooks", "*", 1),
			"a.md:49: did not find expected"},
		{"JSON, broken above its version", "a.md", above + "```\n{\"info\": {,},\n\"openapi\": 3}\n```",
			"a.md:9: "},
		{"two values", "a.md", above + "```json\n{\"openapi\": \"3.1.0\"}\n{}\n```", "a.md:10: "},
		{"comment in JSON", "a.md", above + "```jsonc\n// ours\n{\"openapi\": 3}\n```", "a.md:10: "},
		{"YAML with a tab", "a.md", above + "```yml\nopenapi: 3.1.0\ninfo:\n\ttitle: T\n```", "a.md:11: "},
		{"cut short", "a.yaml", "openapi: 3.1.0\npaths: [\n", "a.yaml:3: did not find expected node content"},
		{"repeated key", "a.md", "```json\n{\"openapi\": \"3.1.0\",\n\"openapi\": \"3.1.0\"}\n```\n",
			`a.md:3: mapping key "openapi" already defined at line 2`},
		{"Swagger", "a.md", above + "```yaml\nswagger: '2.0'\n```", "a.md:9: a Swagger 2.0 document"},
		{"no version", "a.json", "{\n\"paths\": {}}", "a.json:1: not an OpenAPI document: it has no"},
		{"a list", "a.json", "[]", "a.json:1: not an OpenAPI document"},
		{"version that is none", "a.md", above + "```json\n{\"openapi\": null}\n```",
			"a.md:9: openapi: null is not supported"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			expectDocuments(t, tt.file, tt.page, "", tt.want)
		})
	}
}
