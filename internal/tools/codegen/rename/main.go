// Command rename gives the module at a root directory another path: in go.mod files, imports, documentation and wherever
// else git tracks a file that names it. Go files stay formatted.
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
	// The path itself or a package below it, not a longer name that it happens to begin.
	old := regexp.MustCompile(regexp.QuoteMeta(from) + `($|[^A-Za-z0-9_.-]|\.$|\.[^A-Za-z0-9])`)
	files, err := exec.CommandContext(ctx, "git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard").Output()
	if err != nil {
		return fmt.Errorf("list files with git: %w", err)
	}
	changed := 0
	for name := range strings.SplitSeq(strings.TrimSuffix(string(files), "\x00"), "\x00") {
		path := filepath.Join(root, name)
		src, err := os.ReadFile(path)
		if errors.Is(err, os.ErrNotExist) {
			continue // deleted, but still tracked
		} else if err != nil {
			return err
		}
		dst := old.ReplaceAll(src, []byte(strings.ReplaceAll(to, "$", "$$")+"$1"))
		if bytes.Equal(src, dst) {
			continue
		}
		// Imports and requirements are sorted by path.
		switch {
		case filepath.Ext(path) == ".go":
			dst, err = format.Source(dst)
		case filepath.Base(path) == "go.mod":
			dst, err = sortModFile(dst)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		info, err := os.Stat(path)
		if err != nil {
			return err
		}
		if err := os.WriteFile(path, dst, info.Mode()); err != nil {
			return err
		}
		changed++
	}
	fmt.Printf("rename: %s is now %s in %d files\n", from, to, changed)
	return nil
}

func sortModFile(src []byte) ([]byte, error) {
	f, err := modfile.Parse("go.mod", src, nil)
	if err != nil {
		return nil, err
	}
	f.SortBlocks()
	return f.Format()
}
