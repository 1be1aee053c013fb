package main

import (
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

func TestPageOfSeveralDocuments(t *testing.T) {
	for _, lineEnd := range []string{"\n", "\r\n"} {
		page := "\ufeff" + strings.ReplaceAll(webhooksPage, "\n", lineEnd)
		spec := handwritten
		got, stdout, err := importInto(t, &spec, map[string]string{"a.md": page}, "a.md")
		if err != nil {
			t.Fatal(err)
		}
		want := "specgen: + components schemas Webhook\n" +
			"specgen: + GET /webhooks\n" +
			"specgen: + POST /webhooks\n" +
			"specgen: + GET /webhooks/all\n"
		if !strings.HasPrefix(stdout, want) {
			t.Errorf("printed %q, want %q", stdout, want)
		}
		for _, id := range []string{"list_webhooks", "create_webhook", "delete_webhooks"} {
			if strings.Count(got, "operationId: "+id+"\n") != 1 {
				t.Errorf("no %s in openapi.yaml, which is\n%s", id, got)
			}
		}
	}
}

// TestLinesOfSeveralDocuments shows that errors tell the line in the page, whichever document they
// are about.
func TestLinesOfSeveralDocuments(t *testing.T) {
	for _, tt := range []struct{ name, old, new, want string }{
		{"broken JSON", `"create_webhook",`, `"create_webhook"`,
			"a.md:38: did not find expected ',' or '}'"},
		{"broken YAML", "operationId: delete_webhooks", "*", "a.md:49: did not find expected"},
		{"a name that is none", "operationId: delete_webhooks", "operationId: '1'",
			`a.md:49: operationId "1" gives no Go name`},
		{"the same operation in two ways", `"post"`, `"get"`, "\nGET /webhooks, at operationId\n" +
			"  a.md:17:44: operationId: list_webhooks\n  a.md:37:44: operationId: create_webhook"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			page := strings.Replace(webhooksPage, tt.old, tt.new, 1)
			expectRefusal(t, page, tt.want)
		})
	}
}

// expectRefusal imports a page, and expects an error and that nothing changes.
func expectRefusal(t *testing.T, page, want string) {
	t.Helper()
	spec := handwritten
	got, stdout, err := importInto(t, &spec, map[string]string{"a.md": page}, "a.md")
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error %v, want %q", err, want)
	}
	if got != spec || stdout != "" {
		t.Errorf("printed %q, openapi.yaml is\n%s", stdout, got)
	}
}

// expectImport imports a page, and expects what it adds to be the operation GET /c alone.
func expectImport(t *testing.T, page string) {
	t.Helper()
	spec := handwritten
	got, stdout, err := importInto(t, &spec, map[string]string{"a.md": page}, "a.md")
	if err != nil || !strings.Contains(got, "  /c:\n") {
		t.Errorf("error %v, openapi.yaml is\n%s", err, got)
	}
	if !strings.Contains(stdout, "openapi.yaml: 1 added, 0 replaced,") {
		t.Errorf("printed %q", stdout)
	}
}

// TestFormatOfFile shows that the content decides where the extension says nothing.
func TestFormatOfFile(t *testing.T) {
	yaml := head + op("/c", "get_c")
	for _, tt := range []struct{ name, file, content string }{
		{"Markdown", "a.txt", page("/c", "get", "get_c", "")},
		{"JSON", "a", document31("/c", "get", "get_c", "")},
		{"YAML", "a.txt", yaml},
		{"YAML below a comment", "a.txt", strings.ReplaceAll("\ufeff# ours\n\n---\n"+yaml, "\n", "\r\n")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			spec := handwritten
			pages := map[string]string{tt.file: tt.content}
			got, _, err := importInto(t, &spec, pages, tt.file)
			if err != nil || !strings.Contains(got, "  /c:\n") {
				t.Errorf("error %v, openapi.yaml is\n%s", err, got)
			}
		})
	}
}
