package main

import (
	"bytes"
	"os"
	"testing"

	"go.yaml.in/yaml/v4"
)

// TestSpecIsUpstreams compares openapi.yaml with the document in upstream's page: value for
// value, keys in order.
func TestSpecIsUpstreams(t *testing.T) {
	page, err := os.ReadFile("testdata/get-ship-order-batch-results.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := bytes.Cut(page, []byte("```json\n"))
	block, _, found := bytes.Cut(rest, []byte("\n```"))
	if !found {
		t.Fatal("the page has no JSON block")
	}
	spec := seedSpec(t)
	want, err := parseDocument("page", block)
	if err != nil {
		t.Fatal(err)
	}
	got, err := parseDocument("openapi.yaml", spec)
	if err != nil {
		t.Fatal(err)
	}
	compareNodes(t, "", got.root, want.root)
}

// seedSpec returns openapi.yaml as long as it holds the seed page alone.
func seedSpec(t *testing.T) []byte {
	t.Helper()
	spec, err := os.ReadFile("../../../../openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if doc, err := parseDocument("openapi.yaml", spec); err != nil {
		t.Fatal(err)
	} else if ops, err := doc.operations(); err == nil && len(ops) > 1 {
		t.Skip("openapi.yaml has grown")
	}
	return spec
}

func compareNodes(t *testing.T, path string, got, want *yaml.Node) {
	t.Helper()
	if got.Kind != want.Kind || got.Tag != want.Tag || got.Value != want.Value ||
		len(got.Content) != len(want.Content) {
		t.Errorf("%s (line %d) is %s %q with %d parts, upstream has %s %q with %d", path, got.Line, got.Tag,
			got.Value, len(got.Content), want.Tag, want.Value, len(want.Content))
		return
	}
	key := ""
	for i := range want.Content {
		if want.Kind == yaml.MappingNode && i%2 == 0 {
			key = want.Content[i].Value
		}
		compareNodes(t, path+"/"+key, got.Content[i], want.Content[i])
	}
}
