package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/oapi-codegen/oapi-codegen/v2/pkg/codegen"
	"go.yaml.in/yaml/v4"
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

// runImport merges the documents of pages into one.
func runImport(ctx context.Context, args []string, stdout io.Writer) error {
	flags, err := parseImportFlags(args, stdout)
	if err != nil {
		return err
	}
	if len(flags.pages) == 0 {
		return errors.New("name the pages to import: make spec PAGES=\"PAGE.md ...\"")
	}
	base, err := readBase(flags)
	if err != nil {
		return err
	}
	pages, err := readPages(ctx, fetcher{timeout: fetchTimeout}, flags.pages)
	if err != nil {
		return err
	}
	for _, page := range pages {
		// A token may be in the query, and the document is committed.
		page.source, _, _ = strings.Cut(page.source, "#")
		page.source, _, _ = strings.Cut(page.source, "?")
	}
	return mergeInto(flags, base, pages, stdout)
}

// readBase returns the document to merge into, an empty one if there is none yet.
func readBase(flags importFlags) (*document, error) {
	if err := os.Chdir(flags.dir); err != nil {
		return nil, err
	}
	src, err := os.ReadFile(flags.spec)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	var node yaml.Node
	err = yaml.Unmarshal(src, &node)
	if len(src) == 0 || err == nil && node.IsZero() {
		return parseDocument(flags.spec, append(src, "openapi: 3.1.0\n"...))
	}
	return parseDocument(flags.spec, src)
}

// mergeInto writes a document with pages merged into it, unless it would not generate.
func mergeInto(flags importFlags, base *document, pages []*document, stdout io.Writer) error {
	told, err := preparePages(base, pages)
	if err != nil {
		return err
	}
	before, err := base.goNames()
	if err != nil {
		return err
	}
	report, err := mergePages(base, pages, flags.replace)
	if err != nil {
		return err
	}
	told = append(told, report...)
	if len(base.pages) > 0 {
		renamed, err := base.keepNames(before, flags.replace)
		if err != nil {
			return err
		}
		unclear, err := base.write(flags)
		if err != nil {
			return err
		}
		told = slices.Concat(renamed, told, unclear)
	}
	for _, line := range told {
		fmt.Fprintln(stdout, "specgen:", line)
	}
	return nil
}

// preparePages makes pages fit to be merged into a document, and tells what is dropped from them.
func preparePages(base *document, pages []*document) (told []string, err error) {
	want := get(base.root, "openapi")
	for _, page := range pages {
		version := get(page.root, "openapi")
		page.root = tidy(page.root, "")
		for _, key := range dropExtensions(page.root, "") {
			told = append(told, fmt.Sprintf("%s:%d: %s is dropped; only %s itself can have it",
				page.file, key.Line, key.Value, base.file))
		}
		switch {
		case minor(version) == minor(want):
		case minor(version) == "3.0" && minor(want) == "3.1":
			page.root = modernize(page.root, "")
		default:
			return nil, page.errorf(version, "the page is OpenAPI %s, %s is %s (line %d), and they mean"+
				" different things by the same words", version.Value, base.file, want.Value, want.Line)
		}
	}
	return told, nil
}

// write writes the document's file, unless it would not generate. It returns what is not clear.
func (d *document) write(flags importFlags) (told []string, err error) {
	text, err := d.text()
	if err != nil {
		return nil, err
	}
	written, err := parseDocument(d.file, []byte(text))
	if err != nil || compare(nil, d.root, written.root) != nil {
		return nil, fmt.Errorf("%s would not be read again as it is merged: %w", d.file, err)
	}
	preview, err := newPreview(d, []byte(text), flags.config)
	if err != nil {
		return nil, err
	}
	for _, op := range preview.ops {
		if op.unclear != "" {
			told = append(told, op.request()+": "+op.unclear)
		}
	}
	return told, os.WriteFile(flags.spec, []byte(text), 0o644)
}
