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
	"slices"
)

func main() {
	os.Exit(status(context.Background(), os.Args[1:], os.Stdout, os.Stderr))
}

// status runs the command and returns its exit status.
func status(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o, err := parse(args, stdout)
	if err != nil {
		return failed(o, err, stderr)
	}
	found, err := run(ctx, o, stdout)
	if err != nil {
		return failed(o, err, stderr)
	}
	if o.exitCode && found.any() {
		return 1
	}
	return 0
}

// failed prints an error and returns the exit status for it, which with -exit-code is not the one
// for changes.
func failed(o options, err error, stderr io.Writer) int {
	if !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(stderr, "specdiff:", err)
	}
	if o.exitCode {
		return 2
	}
	return 1
}

// options are what the command line asks for.
type options struct {
	root     string
	base     string
	exitCode bool
}

// parse reads the command line. The options are of use with an error too: exitCode is set wherever
// the flag stands.
func parse(args []string, stdout io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("specdiff", flag.ContinueOnError)
	flags.SetOutput(stdout)
	flags.StringVar(&o.root, "C", ".", "the module's `directory`")
	flags.StringVar(&o.base, "base", "HEAD", "the `commit` to compare with")
	flags.BoolVar(&o.exitCode, "exit-code", false,
		"exit with 1 if callers can see a change, with 0 if not, and with 2 on an error")
	err := flags.Parse(args)
	if err == nil && flags.NArg() > 0 {
		err = fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if err != nil { // what stands after the mistake was not parsed
		o.exitCode = slices.Contains(args, "-exit-code") || slices.Contains(args, "--exit-code")
	}
	return o, err
}

// run compares a module with one of its commits and prints a report.
func run(ctx context.Context, o options, stdout io.Writer) (differences, error) {
	commit, err := shortID(ctx, o.root, o.base)
	if err != nil {
		return differences{}, err
	}
	old, err := os.MkdirTemp("", "specdiff")
	if err != nil {
		return differences{}, err
	}
	defer os.RemoveAll(old)
	if err := checkout(ctx, o.root, o.base, old); err != nil {
		return differences{}, err
	}
	_, err = os.Stat(filepath.Join(old, specFile))
	if err != nil {
		return differences{}, fmt.Errorf("commit %s has no %s", commit, specFile)
	}
	found, err := differencesOf(ctx, old, o.root)
	if err != nil {
		return differences{}, err
	}
	fmt.Fprintf(stdout, "Compared with %s (%s):\n", o.base, commit)
	found.print(stdout)
	fmt.Fprintln(stdout, "\nNext version:", nextVersion(lastTag(ctx, o.root, o.base), found))
	return found, nil
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
