package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"go.yaml.in/yaml/v4"
)

// runImport is the sub-command import: it merges the documents of pages into one, and leaves the rest of it untouched.
func runImport(args []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("specgen import", flag.ContinueOnError)
	flags.SetOutput(stdout)
	dir := flags.String("C", ".", "the `directory` that file names are relative to")
	replace := flags.Bool("replace", false, "where a page says something else than the document, take the page's")
	flags.Usage = func() {
		fmt.Fprint(stdout, "usage: specgen import [-C DIR] [-replace] SPEC PAGE...\n\nA page is Markdown with an OpenAPI document in a fenced block, or a JSON or YAML document.\n\n")
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() < 2 {
		return errors.New("name the pages to import: make spec PAGES=\"PAGE.md ...\"")
	}
	if err := os.Chdir(*dir); err != nil {
		return err
	}
	spec := flags.Arg(0)
	src, err := os.ReadFile(spec)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	pages := make([]*document, flags.NArg()-1)
	for i := range pages {
		if pages[i], err = readPage(flags.Arg(i + 1)); err != nil {
			return err
		}
		if _, err := pages[i].operations(); err != nil {
			return err
		}
	}
	merged, report, err := importPages(spec, string(src), pages, *replace)
	if err != nil {
		return err
	}
	if merged != string(src) {
		if err := os.WriteFile(spec, []byte(merged), 0o644); err != nil {
			return err
		}
	}
	for _, line := range report {
		fmt.Fprintln(stdout, "specgen:", line)
	}
	return nil
}

// baseDocument is the document to merge into; where there is none yet, an empty one of the first page's version.
func baseDocument(file string, src []byte, page *document) (*document, error) {
	var nothing yaml.Node
	if err := yaml.NewDecoder(bytes.NewReader(src)).Decode(&nothing); errors.Is(err, io.EOF) || err == nil && nothing.IsZero() {
		version := *get(page.root, "openapi")
		root := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Content: []*yaml.Node{{Kind: yaml.ScalarNode, Tag: "!!str", Value: "openapi"}, &version}}
		return &document{file: file, root: root}, nil
	}
	return parseDocument(file, src)
}

// importPages returns the text of the document in a file with pages merged into it, and what was done.
func importPages(file, src string, pages []*document, replace bool) (string, []string, error) {
	unchanged := src
	if src != "" && !strings.HasSuffix(src, "\n") {
		src += "\n" // a block scalar at the end gets it with what is added
	}
	base, err := baseDocument(file, []byte(src), pages[0])
	if err != nil {
		return "", nil, err
	}
	for _, page := range pages {
		if was, is := get(base.root, "openapi"), get(page.root, "openapi"); minor(was) != minor(is) {
			return "", nil, page.errorf(is, "the page is OpenAPI %s, %s is %s (line %d), and they mean different things by the same words", is.Value, base.file, was.Value, was.Line)
		}
	}
	parts, conflicts, identical := merge(base, pages)
	var report, fatal []string
	for _, p := range parts {
		report = append(report, "+ "+p.String())
	}
	replaced := 0
	for _, c := range conflicts {
		switch {
		case c.old.doc != base || !replace && c.old.path[0] != "info":
			fatal = append(fatal, c.String())
		case replace:
			parts, replaced = append(parts, c.new), replaced+1
			report = append(report, "~ "+c.String())
		default: // a page's title or version does not change what its operations mean
			report = append(report, "kept: "+c.String())
		}
	}
	if len(fatal) > 0 {
		return "", nil, fmt.Errorf("conflicts: %d; nothing was changed; --replace takes what the pages say (make spec REPLACE=1 PAGES=...)\n%s", len(fatal), strings.Join(fatal, "\n"))
	}
	report = append(report, fmt.Sprintf("%s: %d added, %d replaced, %d identical", base.file, len(parts)-replaced, replaced, identical))
	if len(parts) == 0 {
		return unchanged, report, nil
	}
	text, err := splice(src, base, parts)
	if err != nil {
		return "", nil, err
	}
	renamed, err := check(text, base, parts)
	if err != nil {
		return "", nil, err
	}
	if len(renamed) > 0 && !replace {
		return "", nil, fmt.Errorf("existing Go methods would be renamed; nothing was changed; --replace accepts it (make spec REPLACE=1 PAGES=...)\n%s", strings.Join(renamed, "\n"))
	}
	return text, append(renamed, report...), nil
}

// minor returns the 3.1 of 3.1.0.
func minor(version *yaml.Node) string {
	return version.Value[:strings.LastIndexByte(version.Value, '.')]
}

// check makes sure that the merged text has all that it should, and generates. It returns the Go methods that would be
// renamed: an operation that comes to stand before another of the same name takes the name from it.
func check(text string, base *document, set []part) (renamed []string, err error) {
	merged, err := parseDocument(base.file, []byte(text))
	if err != nil {
		return nil, fmt.Errorf("the merged document does not parse: %w", err)
	}
	want := map[string]part{}
	for _, p := range append(base.parts(), set...) {
		want[p.id()] = p
	}
	for _, p := range merged.parts() {
		if w, ok := want[p.id()]; !ok || compare(nil, w.value, p.value) != nil {
			return nil, merged.errorf(p.key, "the merged document would not have %s as it should", p)
		}
		delete(want, p.id())
	}
	for _, p := range want {
		return nil, fmt.Errorf("the merged document would lose %s", p)
	}
	if err := merged.references(merged.root); err != nil {
		return nil, err
	}
	after, err := merged.operations()
	if err != nil {
		return nil, fmt.Errorf("after the import: %w", err)
	}
	before, err := base.operations()
	if err != nil {
		return nil, err
	}
	for _, b := range before {
		for _, a := range after {
			if a.Method == b.Method && a.Path == b.Path && a.Name != b.Name {
				renamed = append(renamed, fmt.Sprintf("%s %s: %s becomes %s", b.Method, b.Path, b.Name, a.Name))
			}
		}
	}
	return renamed, nil
}

// references makes sure that each $ref of the document leads to something in it.
func (d *document) references(n *yaml.Node) error {
	if n = follow(n); n == nil {
		return nil
	}
	if ref := get(n, "$ref"); ref != nil && ref.Kind == yaml.ScalarNode {
		if _, err := d.resolve(n); err != nil {
			return err
		}
	}
	for _, child := range n.Content {
		if err := d.references(child); err != nil {
			return err
		}
	}
	return nil
}
