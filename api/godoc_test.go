package api_test

import (
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// TestExamplesStandAlone: pkg.go.dev shows an example with all that it uses, and runs it, only if
// its file declares all of that and it tells its output. The one that is a test itself runs under
// go test alone.
func TestExamplesStandAlone(t *testing.T) {
	examples := 0
	for _, pattern := range []string{"example*_test.go", "apitest/example*_test.go"} {
		names, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			inBubble := strings.HasSuffix(name, "_synctest_test.go")
			for _, e := range doc.Examples([]*ast.File{file}...) {
				examples++
				if e.Play == nil {
					t.Errorf("%s: Example%s does not stand alone", name, e.Name)
				}
				if e.Doc == "" && e.Name == "" {
					t.Errorf("%s: the package's example has no doc comment", name)
				}
				if (e.Output == "") != inBubble {
					t.Errorf("%s: Example%s has output %q", name, e.Name, e.Output)
				}
			}
		}
	}
	if examples < 15 {
		t.Errorf("found %d examples", examples)
	}
}
