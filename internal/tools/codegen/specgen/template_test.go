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
	for i, want := range []struct{ path, has, hasNot string }{
		{"dir/client-with-responses.gen.tmpl", "operation.Undecodable(rsp, err)", derivations[0].old},
		{"dir/imports.gen.tmpl", "DO NOT EDIT.\n\npackage ", "provides primitives"},
	} {
		text := string(files[i].content)
		isDerived := strings.Contains(text, want.has) && !strings.Contains(text, want.hasNot)
		if files[i].path != want.path || !isDerived {
			t.Errorf("%s is\n%s", files[i].path, text)
		}
	}
}

// TestTemplateOfAnotherGeneratorIsRefused has templates without the lines to change, or with more.
func TestTemplateOfAnotherGeneratorIsRefused(t *testing.T) {
	for _, d := range derivations {
		for _, text := range []string{"", strings.Repeat(d.old, d.times+1)} {
			_, err := d.derive(text)
			if err == nil || !strings.Contains(err.Error(), d.template) {
				t.Errorf("error %v", err)
			}
		}
	}
}
