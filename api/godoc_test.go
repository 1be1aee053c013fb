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
	files, _ := filepath.Glob("example*_test.go")
	others, _ := filepath.Glob("apitest/example*_test.go")
	examples := 0
	for _, name := range append(files, others...) {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		inBubble := strings.HasSuffix(name, "_synctest_test.go")
		for _, e := range doc.Examples([]*ast.File{file}...) {
			examples++
			if e.Play == nil || e.Doc == "" && e.Name == "" || (e.Output == "") != inBubble {
				t.Errorf("%s: Example%s stands alone: %v, has the output %q and the doc comment %q",
					name, e.Name, e.Play != nil, e.Output, e.Doc)
			}
		}
	}
	if examples < 15 {
		t.Errorf("found %d examples", examples)
	}
}
