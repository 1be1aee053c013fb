// Package growth tests that the spec can grow: pages of 17 more operations, in the style that
// upstream's framework emits, are imported into a copy of the module, which is then generated,
// built, vetted, tested, and exercised.
package growth

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestSpecGrows(t *testing.T) {
	root := moduleRoot(t)
	pages, err := filepath.Glob("testdata/pages/*")
	if err != nil || len(pages) < 7 {
		t.Fatalf("pages %q, error %v", pages, err)
	}
	tree := copyTree(t, root)

	args := []string{"spec", "PAGES="}
	for _, page := range pages {
		page, err := filepath.Abs(page)
		if err != nil {
			t.Fatal(err)
		}
		args[1] += page + " "
	}
	start := time.Now()
	imported := command(t, tree, "make", args...)
	generated := command(t, tree, "go", "generate", "./...")
	command(t, tree, "go", "build", "./...")
	t.Logf("from the import to a green build: %v", time.Since(start).Round(100*time.Millisecond))

	if n := strings.Count(imported, "specgen: + ") - strings.Count(imported,
		"specgen: + components") - strings.Count(imported, "specgen: + tags"); n != 17 {
		t.Errorf("%d operations imported:\n%s", n, imported)
	}
	if n := strings.Count(generated, " -> "); n != 18 {
		t.Errorf("%d operations generated:\n%s", n, generated)
	}

	spec := read(t, tree, "openapi.yaml")
	if before := read(t, root, "openapi.yaml"); !keepsLines(spec, before) {
		t.Error("lines of openapi.yaml are changed or gone")
	}
	command(t, tree, "make", args...)
	if read(t, tree, "openapi.yaml") != spec {
		t.Error("the second import changes openapi.yaml")
	}

	program := filepath.Join(tree, "internal", "growth", "exercise_test.go")
	if err := os.MkdirAll(filepath.Dir(program), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(program, []byte(read(t, ".", "testdata/exercise_test.go")), 0o600); err != nil {
		t.Fatal(err)
	}
	if n := writeReadme(t, tree); n < 5 {
		t.Errorf("%d Go blocks in the README", n)
	}
	command(t, tree, "go", "vet", "./...")
	command(t, tree, "go", "test", "./internal/growth", "./internal/readme/...")
	command(t, filepath.Join(tree, "internal", "tools", "codegen"), "go", "test", "./specgen")
}

// TestModuleTestsMeetNoOperation runs the module's own tests over a document with every operation
// that is known of upstream: none of them may need the spec of today, or send what a later one has.
func TestModuleTestsMeetNoOperation(t *testing.T) {
	tree := copyTree(t, moduleRoot(t))
	page, err := filepath.Abs("testdata/field.yaml")
	if err != nil {
		t.Fatal(err)
	}
	imported := command(t, tree, "make", "spec", "PAGES="+page)
	if n := strings.Count(imported, " /api/v1/"); n < 25 {
		t.Errorf("%d operations imported:\n%s", n, imported)
	}
	command(t, tree, "make", "generate", "test")
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
	list, err := exec.CommandContext(t.Context(), "git", "-C", root, "ls-files", "-z", "--cached",
		"--others", "--exclude-standard").Output()
	if err != nil {
		t.Fatalf("list files with git: %v", err)
	}
	for name := range strings.SplitSeq(strings.TrimSuffix(string(list), "\x00"), "\x00") {
		content, err := os.ReadFile(filepath.Join(root, name))
		if os.IsNotExist(err) {
			continue // deleted, but still tracked
		} else if err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(filepath.Dir(filepath.Join(tree, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(tree, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return tree
}

func command(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

func read(t *testing.T, dir, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// keepsLines reports whether all lines of before are in after, in their order.
func keepsLines(after, before string) bool {
	rest := strings.Split(after, "\n")
	for line := range strings.SplitSeq(before, "\n") {
		i := slices.Index(rest, line)
		if i < 0 {
			return false
		}
		rest = rest[i+1:]
	}
	return true
}
