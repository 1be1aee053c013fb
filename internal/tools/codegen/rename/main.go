// Command rename gives the module at a root directory another path: in go.mod files, imports,
// documentation and wherever else git tracks a file that names it. Go files stay formatted.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"go/format"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
)

func main() {
	root := flag.String("root", ".", "the `directory` of the module")
	flag.Parse()
	if err := run(context.Background(), *root, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "rename:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, root string, args []string) error {
	if len(args) != 1 || args[0] == "" {
		return errors.New("name the new module path, such as make rename MODULE=example.com/team/sellers")
	}
	to := args[0]
	if err := module.CheckPath(to); err != nil {
		return err
	}
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		return err
	}
	from := modfile.ModulePath(mod)
	if from == "" {
		return errors.New("go.mod has no module line")
	}
	files, err := trackedFiles(ctx, root)
	if err != nil {
		return err
	}
	r := newRenaming(from, to)
	changed := 0
	for _, name := range files {
		rewritten, err := r.rewrite(filepath.Join(root, name))
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if rewritten {
			changed++
		}
	}
	fmt.Printf("rename: %s is now %s in %d files\n", from, to, changed)
	return nil
}

// trackedFiles lists what git tracks, or would.
func trackedFiles(ctx context.Context, root string) ([]string, error) {
	list := exec.CommandContext(ctx, "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	list.Dir = root
	names, err := list.Output()
	if err != nil {
		return nil, fmt.Errorf("list files with git: %w", err)
	}
	return strings.Split(strings.TrimSuffix(string(names), "\x00"), "\x00"), nil
}

// renaming puts one module path in the place of another.
type renaming struct {
	old         *regexp.Regexp
	replacement []byte
}

func newRenaming(from, to string) *renaming {
	// The path itself or a package below it, not a longer name that it happens to begin.
	const end = `($|[^A-Za-z0-9_.-]|\.$|\.[^A-Za-z0-9])`
	return &renaming{
		old:         regexp.MustCompile(regexp.QuoteMeta(from) + end),
		replacement: []byte(strings.ReplaceAll(to, "$", "$$") + "$1"),
	}
}

// rewrite renames the module in a file, and reports whether that changed it.
func (r *renaming) rewrite(path string) (bool, error) {
	src, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return false, nil // deleted, but still tracked
	}
	if err != nil {
		return false, err
	}
	dst := r.old.ReplaceAll(src, r.replacement)
	if bytes.Equal(src, dst) {
		return false, nil
	}
	dst, err = sorted(path, dst)
	if err != nil {
		return false, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return false, err
	}
	return true, os.WriteFile(path, dst, info.Mode())
}

// sorted returns the content of a file with imports and requirements sorted by path.
func sorted(path string, src []byte) ([]byte, error) {
	if filepath.Ext(path) == ".go" {
		return format.Source(src)
	}
	if filepath.Base(path) == "go.mod" {
		return sortModFile(src)
	}
	return src, nil
}

func sortModFile(src []byte) ([]byte, error) {
	f, err := modfile.Parse("go.mod", src, nil)
	if err != nil {
		return nil, err
	}
	f.SortBlocks()
	return f.Format()
}
