package main

import (
	"strings"
	"testing"
)

// TestTemplateOfAnotherGeneratorIsRefused has a template without a line to change, or with more.
func TestTemplateOfAnotherGeneratorIsRefused(t *testing.T) {
	for _, times := range []int{0, 2} {
		d := derivation{"client.tmpl", []replacement{{old: "a\n", new: "b\n", times: 1}}}
		_, err := d.derive(strings.Repeat("a\n", times))
		if err == nil || !strings.Contains(err.Error(), "client.tmpl") {
			t.Errorf("%d times: error %v", times, err)
		}
	}
}
