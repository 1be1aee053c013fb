// Command specdiff compares openapi.yaml and the exported Go API with those of a commit, and
// tells which changes break callers and what the next version of the module has to be.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
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
	_, err = os.Stat(filepath.Join(old, specFile))
	if err != nil {
		return fmt.Errorf("commit %s has no %s", bytes.TrimSpace(commit), specFile)
	}
	found, err := differencesOf(ctx, old, *root)
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "Compared with %s (%s):\n", *base, bytes.TrimSpace(commit))
	found.print(stdout)
	tag, err := git(ctx, *root, "describe", "--tags", "--abbrev=0", "--match", "v[0-9]*", *base)
	if err != nil {
		tag = nil // not released yet
	}
	fmt.Fprintln(stdout, "\nNext version:", nextVersion(strings.TrimSpace(string(tag)), found))
	return nil
}

// specFile is the document that a tree's client is generated from.
const specFile = "openapi.yaml"

// differencesOf compares two trees of the module.
func differencesOf(ctx context.Context, before, after string) (differences, error) {
	var found differences
	var err error
	found.spec, err = specChanges(filepath.Join(before, specFile), filepath.Join(after, specFile))
	if err != nil {
		return differences{}, err
	}
	found.api, err = goChanges(ctx, before, after)
	if err != nil {
		return differences{}, err
	}
	found.behaviour, err = behaviourChanges(before, after)
	if err != nil {
		return differences{}, err
	}
	return found, nil
}
