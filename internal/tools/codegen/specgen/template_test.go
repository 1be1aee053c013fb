package main

import (
	"strings"
	"testing"
)

func TestTemplatesAreDerived(t *testing.T) {
	files, err := deriveTemplates(t.Context(), "dir")
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	for _, file := range files {
		texts[file.path] = string(file.content)
	}
	for _, want := range []struct{ path, has, hasNot string }{
		{"dir/client.gen.tmpl", "return doer.Do(req)", "return c.Client.Do(req)"},
		{"dir/client-with-responses.gen.tmpl", "operation.Undecodable(rsp, err)", "return Parse"},
		{"dir/client-with-responses.gen.tmpl", "operation.ReadAll(rsp.Body)", "io.ReadAll"},
		{"dir/imports.gen.tmpl", "DO NOT EDIT.\n\npackage ", "provides primitives"},
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
