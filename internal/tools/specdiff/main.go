// Command specdiff compares openapi.yaml, the exported Go API and what the client does by itself
// with those of a commit. It tells which changes break callers, and what the next version of the
// module has to be.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

func main() {
	os.Exit(status(context.Background(), os.Args[1:], os.Stdout, os.Stderr))
}

// status runs the command and returns its exit status.
func status(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o, err := parse(args, stdout)
	if err == nil {
		err = run(ctx, o, stdout)
	}
	if err == nil {
		return 0
	}
	if !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(stderr, "specdiff:", err)
	}
	return 1
}

// options are what the command line asks for.
type options struct {
	root string
	base string
}

func parse(args []string, stdout io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("specdiff", flag.ContinueOnError)
	flags.SetOutput(stdout)
	flags.StringVar(&o.root, "C", ".", "the module's `directory`")
	flags.StringVar(&o.base, "base", "HEAD", "the `commit` to compare with")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if flags.NArg() > 0 {
		return o, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	return o, nil
}

// run compares a module with one of its commits and prints a report.
func run(ctx context.Context, o options, stdout io.Writer) error {
	commit, err := shortID(ctx, o.root, o.base)
	if err != nil {
		return err
	}
	old, err := os.MkdirTemp("", "specdiff")
	if err != nil {
		return err
	}
	defer os.RemoveAll(old)
	if err := checkout(ctx, o.root, o.base, old); err != nil {
		return err
	}
	_, err = os.Stat(filepath.Join(old, specFile))
	if err != nil {
		return fmt.Errorf("commit %s has no %s", commit, specFile)
	}
	found, err := differencesOf(ctx, old, o.root)
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "Compared with %s (%s):\n", o.base, commit)
	found.print(stdout)
	fmt.Fprintln(stdout, "\nNext version:", nextVersion(lastTag(ctx, o.root, o.base), found))
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
