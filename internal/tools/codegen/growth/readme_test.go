package growth

import (
	"fmt"
	"go/format"
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

// declared matches the variables that a statement of a fragment declares.
var declared = regexp.MustCompile(`(?m)^(\w+(?:, \w+)*) := `)

// writeReadme writes each Go block of the README into the tree as a package of its own, to be
// built, vetted and tested with the rest.
func writeReadme(t *testing.T, tree string) {
	t.Helper()
	blocks := goBlock.FindAllStringSubmatch(read(t, tree, "README.md"), -1)
	if len(blocks) < 5 {
		t.Errorf("%d Go blocks in the README", len(blocks))
	}
	for i, block := range blocks {
		source := block[1]
		formatted, err := format.Source([]byte(source))
		if err != nil || string(formatted) != source {
			t.Errorf("the README's Go block %d is not formatted (error %v):\n%s", i+1, err, source)
		}
		name := "main.go"
		if strings.HasPrefix(source, "func Test") {
			name = "main_test.go" // to be run as well
		}
		if !strings.HasPrefix(source, "package ") {
			source = complete(source)
		}
		write(t, filepath.Join(tree, "internal/readme", fmt.Sprint("block", i+1), name), source)
	}
}

// complete makes a file of a function or of statements. It uses the variables that these declare, as
// the code around them in a real program would.
func complete(fragment string) string {
	body := fragment
	if !strings.HasPrefix(fragment, "func ") {
		body = given + "func fragment() error {\n" + fragment
		for _, names := range declared.FindAllStringSubmatch(fragment, -1) {
			body += "_ = []any{" + names[1] + "}\n"
		}
		body += "return nil\n}\n"
	}
	imports := "package readme\n"
	for name, path := range packages {
		if regexp.MustCompile(`\b` + name + `\.`).MatchString(body) {
			imports += fmt.Sprintf("import %s %q\n", name, path)
		}
	}
	return imports + body
}
