package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
)

const importUsage = `usage: specgen import [-C DIR] [-replace] SPEC PAGE...

A page is Markdown with an OpenAPI document in a fenced block, or a JSON or YAML document.

`

// importFlags are the arguments of the sub-command import.
type importFlags struct {
	dir     string
	replace bool
	spec    string
	pages   []string
}

func parseImportFlags(args []string, stdout io.Writer) (importFlags, error) {
	var f importFlags
	flags := flag.NewFlagSet("specgen import", flag.ContinueOnError)
	flags.SetOutput(stdout)
	flags.StringVar(&f.dir, "C", ".", "the `directory` that file names are relative to")
	flags.BoolVar(&f.replace, "replace", false,
		"where a page says something else than the document, take the page's")
	flags.Usage = func() {
		fmt.Fprint(stdout, importUsage)
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); err != nil {
		return f, err
	}
	if flags.NArg() < 2 {
		return f, errors.New("name the pages to import: make spec PAGES=\"PAGE.md ...\"")
	}
	f.spec = flags.Arg(0)
	f.pages = flags.Args()[1:]
	return f, nil
}

// runImport merges the documents of pages into one, and leaves the rest of it untouched.
func runImport(ctx context.Context, args []string, stdout io.Writer) error {
	flags, err := parseImportFlags(args, stdout)
	if err != nil {
		return err
	}
	if err := os.Chdir(flags.dir); err != nil {
		return err
	}
	src, err := os.ReadFile(flags.spec)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	pages, err := readPages(ctx, fetcher{timeout: fetchTimeout}, flags.pages)
	if err != nil {
		return err
	}
	merged, report, err := importPages(flags.spec, string(src), pages, flags.replace)
	if err != nil {
		return err
	}
	if merged != string(src) {
		if err := os.WriteFile(flags.spec, []byte(merged), 0o644); err != nil {
			return err
		}
	}
	for _, line := range report {
		fmt.Fprintln(stdout, "specgen:", line)
	}
	return nil
}

// readPages reads documents whose operations would generate.
func readPages(ctx context.Context, f fetcher, names []string) ([]*document, error) {
	var documents []*document
	for _, name := range names {
		page, err := readPage(ctx, f, name)
		if err != nil {
			return nil, err
		}
		for _, d := range page {
			if _, err := d.operations(); err != nil {
				return nil, err
			}
		}
		documents = append(documents, page...)
	}
	return documents, nil
}
