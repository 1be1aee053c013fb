package main

import (
	"strings"
	"testing"
)

func TestTemplatesAreDerived(t *testing.T) {
	texts, err := deriveTemplates(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []struct{ path, has, hasNot string }{
		{"client.tmpl", "return doer.Do(req)", "return c.Client.Do(req)"},
		{"client-with-responses.tmpl", "operation.Undecodable(rsp, err)", "return Parse"},
		{"client-with-responses.tmpl", "operation.ReadAll(rsp.Body)", "io.ReadAll"},
		{"imports.tmpl", "DO NOT EDIT.\n\npackage ", "provides primitives"},
	} {
		text := texts[want.path]
		if !strings.Contains(text, want.has) || strings.Contains(text, want.hasNot) {
			t.Errorf("%s is\n%s", want.path, text)
		}
	}
}

// TestTemplateOfAnotherGeneratorIsRefused has templates without the lines to change, or with more.
func TestTemplateOfAnotherGeneratorIsRefused(t *testing.T) {
	for _, d := range derivations {
		for i, r := range d.replacements {
			for _, times := range []int{0, r.times + 1} {
				var text strings.Builder
				for j, other := range d.replacements {
					if j != i {
						text.WriteString(strings.Repeat(other.old, other.times))
					}
				}
				text.WriteString(strings.Repeat(r.old, times))
				_, err := d.derive(text.String())
				if err == nil || !strings.Contains(err.Error(), d.template) {
					t.Errorf("%q %d times: error %v", r.old, times, err)
				}
			}
		}
	}
}
