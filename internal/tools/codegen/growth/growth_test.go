// Package growth tests that the spec can grow: pages of 20 more operations, in the style that
// upstream's framework emits, are imported into a copy of the module, which is then generated,
// built, vetted, tested, and exercised.
package growth

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// testdata is where this package's is in a copy of the module.
const testdata = "internal/tools/codegen/growth/testdata/"

func TestSpecGrows(t *testing.T) {
	root := moduleRoot(t)
	tree := copyTree(t, root)
	start := time.Now()
	imported := command(t, tree, "make", "spec", "PAGES="+testdata+"pages/*")
	generated := command(t, tree, "go", "generate", "./...")
	command(t, tree, "go", "build", "./...")
	t.Logf("from the import to a green build: %v", time.Since(start).Round(100*time.Millisecond))
	if n := strings.Count(generated, " -> "); n != 21 {
		t.Errorf("%d operations generated:\n%s%s", n, imported, generated)
	}

	spec := read(t, tree, "openapi.yaml")
	before := filepath.Join(root, "openapi.yaml")
	changes, _ := runIn(t, tree, "git", "diff", "--no-index", "--numstat", before, "openapi.yaml")
	if !strings.Contains(changes, "\t0\t") {
		t.Errorf("lines of openapi.yaml are changed or gone: %s", changes)
	}
	command(t, tree, "make", "spec", "PAGES="+testdata+"pages/*")
	if read(t, tree, "openapi.yaml") != spec {
		t.Error("the second import changes openapi.yaml")
	}

	for _, name := range []string{"exercise_test.go", "webhook_test.go"} {
		write(t, filepath.Join(tree, "internal", "growth", name), read(t, "testdata", name))
	}
	writeReadme(t, tree)
	command(t, tree, "go", "vet", "./...")
	command(t, tree, "go", "test", "./internal/growth", "./internal/readme/...")
	command(t, tree, "go", "-C", "internal/tools/codegen", "test", "./specgen")
}

// TestModuleTestsMeetNoOperation runs the module's own tests over a document with every operation
// that is known of upstream: none of them may need the spec of today, or send what a later one has.
// Beside them it runs the example of a day's work.
func TestModuleTestsMeetNoOperation(t *testing.T) {
	tree := copyTree(t, moduleRoot(t))
	imported := command(t, tree, "make", "spec", "PAGES="+testdata+"field.yaml")
	if n := strings.Count(imported, " /api/v1/"); n < 25 {
		t.Errorf("%d operations imported:\n%s", n, imported)
	}
	write(t, filepath.Join(tree, "internal", "growth", "day_test.go"), read(t, "testdata", "day_test.go"))
	command(t, tree, "make", "generate", "test")
}

// TestRefusedDocumentChangesNothing has a document that does not compile, and one that does not vet,
// to be imported and then to be generated.
func TestRefusedDocumentChangesNothing(t *testing.T) {
	tree := copyTree(t, moduleRoot(t))
	commitAll(t, tree)
	for path, refusal := range map[string]string{
		"/a/{order_id}/{orderId}": "orderID redeclared",
		"/a%2eb":                  "fmt.Sprintf format %2e reads arg #1",
	} {
		document := "openapi: 3.1.0\ninfo: {title: T, version: 1.0.0}\npaths:\n  " + path + ":\n    get:\n" +
			"      operationId: get_a\n      responses: {'200': {description: OK}}\n      parameters:\n"
		for _, parameter := range regexp.MustCompile(`\w+}`).FindAllString(path, -1) {
			document += "      - {in: path, required: true, schema: {}, name: " + parameter + "\n"
		}
		write(t, filepath.Join(tree, "page.yaml"), document)
		imported, _ := runIn(t, tree, "make", "spec", "PAGES=page.yaml")
		write(t, filepath.Join(tree, "openapi.yaml"), document)
		generated, _ := runIn(t, tree, "make", "generate")
		for file, out := range map[string]string{"page": imported, "openapi": generated} {
			want := file + ".yaml:5: the generated Go would not compile: " + refusal
			if !strings.Contains(out, want) {
				t.Errorf("there is no %q in\n%s", want, out)
			}
		}
		changes := command(t, tree, "git", "status", "--porcelain")
		if changes != " M openapi.yaml\n?? page.yaml\n" {
			t.Errorf("changed\n%s", changes)
		}
		command(t, tree, "git", "checkout", "--quiet", "openapi.yaml")
	}
}

// moduleRoot returns the directory of the module that users import.
func moduleRoot(t *testing.T) string {
	t.Helper()
	root, err := filepath.Abs("../../../..")
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// copyTree copies what git would commit.
func copyTree(t *testing.T, root string) string {
	t.Helper()
	tree := t.TempDir()
	list := command(t, root, "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	for name := range strings.SplitSeq(strings.TrimSuffix(list, "\x00"), "\x00") {
		content, err := os.ReadFile(filepath.Join(root, name))
		switch {
		case err == nil:
			write(t, filepath.Join(tree, name), string(content))
		case !os.IsNotExist(err): // deleted, but still tracked
			t.Fatal(err)
		}
	}
	return tree
}

func command(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	out, err := runIn(t, dir, name, args...)
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return out
}

func read(t *testing.T, dir, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func write(t *testing.T, file, content string) {
	t.Helper()
	err := os.MkdirAll(filepath.Dir(file), 0o755)
	if err == nil {
		err = os.WriteFile(file, []byte(content), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}
