package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/oapi-codegen/oapi-codegen/v2/pkg/codegen"
)

const importUsage = `usage: specgen import -config FILE [-C DIR] [-replace] SPEC PAGE...
       specgen update -config FILE [-C DIR] SPEC

A page is Markdown with OpenAPI documents in fenced blocks, or a JSON or YAML document: a file or a
URL. An update fetches those again that operations came from by URL, and takes what they say.

`

// importFlags are the arguments of the sub-commands import and update.
type importFlags struct {
	dir     string
	config  codegen.Configuration
	replace bool
	spec    string
	pages   []string
}

func parseImportFlags(args []string, stdout io.Writer) (importFlags, error) {
	var f importFlags
	var config string
	flags := flag.NewFlagSet("specgen", flag.ContinueOnError)
	flags.SetOutput(stdout)
	flags.StringVar(&f.dir, "C", ".", "the `directory` that the names of documents are relative to")
	flags.StringVar(&config, "config", "", "the oapi-codegen configuration to `read`")
	flags.BoolVar(&f.replace, "replace", false,
		"where a page says something else than the document, take the page's")
	flags.Usage = func() {
		fmt.Fprint(stdout, importUsage)
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); err != nil {
		return f, err
	}
	if flags.NArg() < 1 {
		return f, errors.New("name the document to merge into, such as openapi.yaml")
	}
	if config == "" {
		return f, errors.New("name the generator's configuration with -config")
	}
	f.spec = flags.Arg(0)
	f.pages = flags.Args()[1:]
	var err error
	f.config, err = readGeneratorConfig(config)
	return f, err
}

// runImport merges the documents of pages into one, and leaves the rest of it untouched.
func runImport(ctx context.Context, args []string, stdout io.Writer) error {
	flags, err := parseImportFlags(args, stdout)
	if err != nil {
		return err
	}
	if len(flags.pages) == 0 {
		return errors.New("name the pages to import: make spec PAGES=\"PAGE.md ...\"")
	}
	src, err := readSpec(flags)
	if err != nil {
		return err
	}
	pages, err := readPages(ctx, fetcher{timeout: fetchTimeout}, flags.pages)
	if err != nil {
		return err
	}
	return mergeInto(flags, src, pages, stdout)
}

// readSpec returns the text of the document to merge into, nothing if there is none yet.
func readSpec(flags importFlags) (string, error) {
	if err := os.Chdir(flags.dir); err != nil {
		return "", err
	}
	src, err := os.ReadFile(flags.spec)
	if errors.Is(err, os.ErrNotExist) {
		return "", nil
	}
	return string(src), err
}

// mergeInto writes a document with pages merged into it, unless it would not generate.
func mergeInto(flags importFlags, src string, pages []*document, stdout io.Writer) error {
	merged, err := importPages(flags.spec, src, pages, flags.replace)
	if err != nil {
		return err
	}
	if merged.text != src {
		preview, err := newPreview(merged.document, []byte(merged.text), flags.config)
		if err != nil {
			return err
		}
		for _, op := range preview.ops {
			if op.unclear != "" {
				merged.report = append(merged.report, op.request()+": "+op.unclear)
			}
		}
		if err := os.WriteFile(flags.spec, []byte(merged.text), 0o644); err != nil {
			return err
		}
	}
	for _, line := range merged.report {
		fmt.Fprintln(stdout, "specgen:", line)
	}
	return nil
}

// readPages reads documents whose operations would generate.
func readPages(ctx context.Context, f fetcher, names []string) ([]*document, error) {
	var pages []*document
	for _, name := range names {
		documents, err := readPage(ctx, f, name)
		if err != nil {
			return nil, err
		}
		for _, page := range documents {
			if _, err := page.operations(); err != nil {
				return nil, err
			}
		}
		pages = append(pages, documents...)
	}
	return pages, nil
}
