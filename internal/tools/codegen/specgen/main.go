// Command specgen reads the OpenAPI document and writes what oapi-codegen cannot derive from it: an overlay that gives
// each operation a short Go name, and a Go table of the operations with the rate limits that their descriptions state.
//
// Its sub-command import merges the documents of upstream's pages into one.
//
// It refuses a document that it does not understand, with file and line, rather than generate a client that throttles or
// names things wrongly.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "specgen:", err)
		}
		os.Exit(1)
	}
}

func run(args []string, stdout io.Writer) error {
	if len(args) > 0 && args[0] == "import" {
		return runImport(args[1:], stdout)
	}
	return runGenerate(args, stdout)
}

func runGenerate(args []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("specgen", flag.ContinueOnError)
	flags.SetOutput(stdout)
	spec := flags.String("spec", "", "the OpenAPI 3.x document to `read`")
	overlay := flags.String("overlay", "", "the OpenAPI Overlay to `write`")
	operations := flags.String("operations", "", "the Go operation table to `write`")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *spec == "" || *overlay == "" || *operations == "" || flags.NArg() > 0 {
		return errors.New("usage: specgen -spec FILE -overlay FILE -operations FILE, or specgen import SPEC PAGES")
	}

	src, err := os.ReadFile(*spec)
	if err != nil {
		return err
	}
	doc, err := parseDocument(filepath.Base(*spec), src)
	if err != nil {
		return err
	}
	ops, err := doc.operations()
	if err != nil {
		return err
	}
	if len(ops) == 0 {
		return doc.errorf(doc.root, "the document declares no operation")
	}
	workarounds, err := doc.workarounds(ops)
	if err != nil {
		return err
	}
	overlayYAML, err := renderOverlay(ops, workarounds)
	if err != nil {
		return err
	}
	table, err := renderOperations(ops)
	if err != nil {
		return err
	}
	if err := write(*overlay, overlayYAML); err != nil {
		return err
	}
	if err := write(*operations, table); err != nil {
		return err
	}
	for _, op := range ops {
		fmt.Fprintln(stdout, "specgen:", op)
	}
	return nil
}

// write creates the directory as well, so that generation restores a deleted generated/.
func write(path string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, content, 0o644)
}
