// Command specdiff compares openapi.yaml, the exported Go API and the table of operations with those
// of a commit. It says which changes break callers, and what the next version of the module has to
// be. What changed in the document and in the Go API, oasdiff and apidiff say.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

func main() {
	root := flag.String("C", ".", "the module's `directory`")
	base := flag.String("base", "HEAD", "the `commit` to compare with")
	flag.Parse()
	if err := run(context.Background(), *root, *base, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "specdiff:", err)
		os.Exit(1)
	}
}

// run compares the module at root with one of its commits and prints a report.
func run(ctx context.Context, root, base string, w io.Writer) error {
	old, err := os.MkdirTemp("", "specdiff")
	if err != nil {
		return err
	}
	defer os.RemoveAll(old)
	if err := checkout(ctx, root, base, old); err != nil {
		return err
	}
	found, err := compare(ctx, old, root)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "Compared with %s:\n", base)
	found.print(w)
	fmt.Fprintln(w, "\nNext version:", nextVersion(lastTag(ctx, root, base), found))
	return nil
}

// compare returns the differences of two trees of the module.
func compare(ctx context.Context, before, after string) (differences, error) {
	spec, err := specChanges(filepath.Join(before, "openapi.yaml"), filepath.Join(after, "openapi.yaml"))
	if err != nil {
		return differences{}, err
	}
	goAPI, err := goChanges(ctx, before, after)
	if err != nil {
		return differences{}, err
	}
	table, err := tableChanges(before, after)
	return differences{spec: spec, goAPI: goAPI, table: table}, err
}

// checkout writes the files of a commit to a directory.
func checkout(ctx context.Context, root, commit, dir string) error {
	_, err := command(ctx, root, "sh", "-c", `git archive "$0" | tar -x -C "$1"`, commit, dir)
	return err
}

// lastTag returns the tag of the last version up to a commit, "" where nothing is released yet.
func lastTag(ctx context.Context, root, commit string) string {
	tag, err := command(ctx, root, "git", "describe", "--tags", "--abbrev=0", "--match", "v[0-9]*", commit)
	if err != nil {
		return ""
	}
	return tag
}

func command(ctx context.Context, dir, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...) //nolint:gosec // git and tar, for their user
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	text := strings.TrimSpace(string(out))
	if err != nil {
		return "", fmt.Errorf("%s %s: %w: %s", name, args[0], err, text)
	}
	return text, nil
}
