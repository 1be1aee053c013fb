// Command specdiff compares openapi.yaml and the exported Go API with those of a commit, and
// tells which changes break callers and what the next version of the module has to be.
package main

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/semver"
)

func main() {
	if err := run(context.Background(), os.Args[1:], os.Stdout); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "specdiff:", err)
		}
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("specdiff", flag.ContinueOnError)
	flags.SetOutput(stdout)
	root := flags.String("C", ".", "the module's `directory`")
	base := flags.String("base", "HEAD", "the `commit` to compare with")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	commit, err := git(ctx, *root, "rev-parse", "--short", "--verify", "--end-of-options", *base+"^{commit}")
	if err != nil {
		return fmt.Errorf("%s is no commit: %w", *base, err)
	}
	old, err := os.MkdirTemp("", "specdiff")
	if err != nil {
		return err
	}
	defer os.RemoveAll(old)
	if err := checkout(ctx, *root, *base, old); err != nil {
		return err
	}
	before := filepath.Join(old, "openapi.yaml")
	after := filepath.Join(*root, "openapi.yaml")
	if _, err := os.Stat(before); err != nil {
		return fmt.Errorf("commit %s has no openapi.yaml", bytes.TrimSpace(commit))
	}
	spec, err := specChanges(before, after)
	if err != nil {
		return err
	}
	api, err := goChanges(ctx, old, *root)
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "Compared with %s (%s):\n", *base, bytes.TrimSpace(commit))
	report(stdout, "openapi.yaml", spec)
	report(stdout, "exported Go API", api)
	tag, err := git(ctx, *root, "describe", "--tags", "--abbrev=0", "--match", "v[0-9]*", *base)
	if err != nil {
		tag = nil // not released yet
	}
	fmt.Fprintln(stdout, "\nNext version:", nextVersion(strings.TrimSpace(string(tag)), spec, api))
	return nil
}

// severity is what a change does to callers.
type severity int

const (
	breaks severity = iota
	mayBreak
	compatible
)

type change struct {
	severity severity
	text     string
}

// report prints the changes by what they do to callers.
func report(w io.Writer, what string, changes []change) {
	if len(changes) == 0 {
		fmt.Fprintf(w, "\n%s: no changes\n", what)
		return
	}
	for s, title := range []string{"breaks callers", "may break callers", "breaks no caller"} {
		first := true
		for _, c := range changes {
			if c.severity != severity(s) {
				continue
			}
			if first {
				fmt.Fprintf(w, "\n%s, %s:\n", what, title)
			}
			first = false
			fmt.Fprintln(w, "  -", c.text)
		}
	}
}

// nextVersion says by semantic versioning what the next version has to be: a program that
// compiled must compile with a minor version, and one that is broken by the server alone is so
// with any version.
func nextVersion(tag string, spec, api []change) string {
	kind, why := kindOf(spec, api)
	if kind == "none" {
		return why
	}
	var major, minor, patch int
	_, err := fmt.Sscanf(semver.Canonical(tag), "v%d.%d.%d", &major, &minor, &patch)
	if err != nil { // there is no version yet
		return fmt.Sprintf("%s: %s.", kind, why)
	}
	if major == 0 && kind == "major" {
		kind = "minor"
		why += " (before v1 a minor version may break them)"
	}
	switch kind {
	case "major":
		return fmt.Sprintf("major, v%d.0.0: %s.", major+1, why)
	case "minor":
		return fmt.Sprintf("minor, v%d.%d.0: %s.", major, minor+1, why)
	default:
		return fmt.Sprintf("patch, v%d.%d.%d: %s.", major, minor, patch+1, why)
	}
}

// kindOf returns which number of the version the changes raise, and why.
func kindOf(spec, api []change) (kind, why string) {
	switch {
	case has(api, breaks):
		return "major", "programs may no longer compile"
	case has(spec, breaks), has(spec, mayBreak):
		return "minor", "programs compile, but the API behaves otherwise than before;" +
			" tell so in the release notes"
	case len(api) > 0:
		return "minor", "it adds to the Go API"
	case len(spec) > 0:
		return "patch", "the Go API is the same"
	default:
		return "none", "nothing changed that callers can see"
	}
}

func has(changes []change, s severity) bool {
	return slices.ContainsFunc(changes, func(c change) bool { return c.severity == s })
}

func git(ctx context.Context, dir string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "git", args...) //nolint:gosec // a commit is behind --end-of-options
	cmd.Dir = dir
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("git %s: %w: %s", args[0], err, bytes.TrimSpace(stderr.Bytes()))
	}
	return out, nil
}

// checkout writes the files of a commit to a directory.
func checkout(ctx context.Context, root, commit, dir string) error {
	archive, err := git(ctx, root, "archive", "--format=tar", commit)
	if err != nil {
		return err
	}
	into, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer into.Close()
	for r := tar.NewReader(bytes.NewReader(archive)); ; {
		header, err := r.Next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case header.Typeflag != tar.TypeReg:
			continue
		}
		if err := into.MkdirAll(path.Dir(header.Name), 0o750); err != nil {
			return err
		}
		content, err := io.ReadAll(r)
		if err != nil {
			return err
		}
		if err := into.WriteFile(header.Name, content, 0o600); err != nil {
			return err
		}
	}
}
