package growth

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// goBlock is a fenced block of Go.
var goBlock = regexp.MustCompile("(?ms)^```go\n(.*?)^```$")

// Fragments of the README take these as given.
const given = `
var (
	ctx      context.Context
	client   *api.Client
	ids      []uuid.UUID
	id       uuid.UUID
	returnID string
	shipments generated.ShipOrdersJSONRequestBody
	err      error
)
`

// packages are those that a fragment may use, by their name.
var packages = map[string]string{
	"api":       "github.com/sellerscenter/client-go/api",
	"apitest":   "github.com/sellerscenter/client-go/api/apitest",
	"generated": "github.com/sellerscenter/client-go/generated", "uuid": "github.com/google/uuid",
	"bytes": "bytes", "context": "context",
	"errors": "errors", "fmt": "fmt", "http": "net/http", "json": "encoding/json", "log": "log", "os": "os",
	"slog":    "log/slog",
	"testing": "testing", "synctest": "testing/synctest", "time": "time",
}

// writeReadme writes each Go block of the README into the tree as a package of its own, to be
// built, vetted and tested with the rest, and returns their number.
func writeReadme(t *testing.T, tree string) int {
	t.Helper()
	blocks := goBlock.FindAllStringSubmatch(read(t, tree, "README.md"), -1)
	for i, block := range blocks {
		source := block[1]
		if formatted, err := format.Source([]byte(source)); err != nil || string(formatted) != source {
			t.Errorf("the README's Go block %d is not formatted (error %v):\n%s", i+1, err, source)
		}
		name := "main.go"
		if strings.Contains(source, "\nfunc Test") {
			name = "main_test.go" // to be run as well
		}
		if !strings.HasPrefix(source, "package ") {
			source = complete(t, source)
		}
		dir := filepath.Join(tree, "internal", "readme", fmt.Sprint("block", i+1))
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(source), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return len(blocks)
}

// complete makes a fragment, declarations or statements, a file.
func complete(t *testing.T, fragment string) string {
	t.Helper()
	body := given + fragment
	if _, err := parser.ParseFile(token.NewFileSet(), "", "package p\n"+body, 0); err != nil {
		body = given + "func fragment() error {\n" + fragment + used(t, fragment) + "return nil\n}\n"
	}
	var file bytes.Buffer
	file.WriteString("package readme\n")
	for name, path := range packages {
		if regexp.MustCompile(`\b` + name + `\.`).MatchString(body) {
			fmt.Fprintf(&file, "import %s %q\n", name, path)
		}
	}
	return file.String() + body
}

// used uses the variables that statements declare, as the code around them in a real program
// would.
func used(t *testing.T, statements string) string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "", "package p\nfunc f() {\n"+statements+"}\n", 0)
	if err != nil {
		t.Fatalf("%v:\n%s", err, statements)
	}
	var uses strings.Builder
	for _, statement := range file.Decls[0].(*ast.FuncDecl).Body.List {
		if assign, ok := statement.(*ast.AssignStmt); ok && assign.Tok == token.DEFINE {
			for _, name := range assign.Lhs {
				fmt.Fprintf(&uses, "_ = %s\n", name.(*ast.Ident).Name)
			}
		}
	}
	return uses.String()
}
