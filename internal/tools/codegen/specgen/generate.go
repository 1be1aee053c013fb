package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"golang.org/x/mod/modfile"
)

// generateFlags are the files that specgen reads and writes.
type generateFlags struct {
	spec, config                            string
	overlay, templates, operations, batches string
	readme                                  string
}

const usage = "usage: specgen -spec FILE -config FILE -overlay FILE -templates DIR -operations FILE" +
	" -batches FILE -readme FILE, or specgen import, or specgen update"

func parseGenerateFlags(args []string, stdout io.Writer) (generateFlags, error) {
	var f generateFlags
	flags := flag.NewFlagSet("specgen", flag.ContinueOnError)
	flags.SetOutput(stdout)
	flags.StringVar(&f.spec, "spec", "", "the OpenAPI 3.x document to `read`, beside the module's go.mod")
	flags.StringVar(&f.config, "config", "", "the oapi-codegen configuration to `read`")
	flags.StringVar(&f.overlay, "overlay", "", "the OpenAPI Overlay to `write`")
	flags.StringVar(&f.templates, "templates", "", "the `directory` to write oapi-codegen templates to")
	flags.StringVar(&f.operations, "operations", "", "the Go operation table to `write`")
	flags.StringVar(&f.batches, "batches", "", "the Go file of the methods that wait for batches to `write`")
	flags.StringVar(&f.readme, "readme", "", "the README whose table of operations to `write`, if it has one")
	if err := flags.Parse(args); err != nil {
		return f, err
	}
	complete := true
	flags.VisitAll(func(f *flag.Flag) {
		if f.Value.String() == "" {
			complete = false
		}
	})
	if !complete || flags.NArg() > 0 {
		return f, errors.New(usage)
	}
	return f, nil
}

func runGenerate(ctx context.Context, args []string, stdout io.Writer) error {
	flags, err := parseGenerateFlags(args, stdout)
	if err != nil {
		return err
	}
	out, err := generateAll(ctx, flags)
	if err != nil {
		return err
	}
	for _, file := range out.files {
		if err := file.write(); err != nil {
			return err
		}
	}
	for _, line := range out.told {
		fmt.Fprintln(stdout, "specgen:", line)
	}
	return nil
}

// output is what specgen writes, and what it prints, line by line.
type output struct {
	files []outputFile
	told  []string
}

type outputFile struct {
	path    string
	content []byte
}

// write creates the directory as well, so that generation restores a deleted generated/.
func (f outputFile) write() error {
	if err := os.MkdirAll(filepath.Dir(f.path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(f.path, f.content, 0o644)
}

// generateAll makes all that specgen writes, before any of it is written.
func generateAll(ctx context.Context, flags generateFlags) (*output, error) {
	module, err := modulePath(filepath.Dir(flags.spec))
	if err != nil {
		return nil, err
	}
	src, err := os.ReadFile(flags.spec)
	if err != nil {
		return nil, err
	}
	doc, err := parseDocument(filepath.Base(flags.spec), src)
	if err != nil {
		return nil, err
	}
	config, err := readGeneratorConfig(flags.config)
	if err != nil {
		return nil, err
	}
	preview, err := newPreview(doc, src, config)
	if err != nil {
		return nil, err
	}
	batches := batchOperations(preview.ops, preview.client)
	taken := nameWaits(batches)
	setBatchParameters(preview.ops, batches)

	methods, err := renderWaits(batches, module)
	if err != nil {
		return nil, err
	}
	table, err := renderOperations(preview.ops, module)
	if err != nil {
		return nil, err
	}
	templates, err := deriveTemplates(ctx, flags.templates)
	if err != nil {
		return nil, err
	}
	out := &output{
		told: append(tell(preview.ops), taken...),
		files: []outputFile{
			{flags.overlay, preview.overlay},
			{flags.operations, table},
			{flags.batches, methods},
		},
	}
	out.files = append(out.files, templates...)
	readme, err := updateReadme(flags.readme, preview.ops, batches)
	if readme != nil {
		out.files = append(out.files, outputFile{flags.readme, readme})
	}
	return out, err
}

// modulePath returns the path of the module in a directory.
func modulePath(dir string) (string, error) {
	file := filepath.Join(dir, "go.mod")
	src, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("the document does not stand beside a go.mod: %w", err)
	}
	path := modfile.ModulePath(src)
	if path == "" {
		return "", fmt.Errorf("%s has no module line", file)
	}
	return path, nil
}

// setBatchParameters sets the parameter of those operations that give the state of a batch.
func setBatchParameters(ops []operation, batches []batch) {
	parameters := map[string]string{}
	for _, b := range batches {
		parameters[b.Name] = b.BatchParameter
	}
	for i := range ops {
		ops[i].BatchParameter = parameters[ops[i].Name]
	}
}

// tell says what became of each operation.
func tell(ops []operation) []string {
	if len(ops) == 0 {
		return []string{"the document declares no operation; the client has no methods for any"}
	}
	var told []string
	for _, op := range ops {
		told = append(told, op.String())
	}
	return told
}
