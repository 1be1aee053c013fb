// Command specgen reads the OpenAPI document and writes what oapi-codegen cannot derive from it:
// an overlay that gives each operation a short Go name, a Go table of what else the document says
// of the operations, and the methods that wait for batches. It also derives the template that
// oapi-codegen writes the client with from oapi-codegen's own.
//
// Its sub-command import merges the documents of upstream's pages into one. Its sub-command update
// does so anew with the pages that operations came from.
//
// It refuses a document that it does not understand, with file and line, rather than generate a
// client that throttles or names things wrongly.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
)

func main() {
	err := run(context.Background(), os.Args[1:], os.Stdout)
	if err == nil {
		return
	}
	if !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "specgen:", err)
	}
	os.Exit(1)
}

func run(ctx context.Context, args []string, stdout io.Writer) error {
	if len(args) == 0 {
		return runGenerate(ctx, nil, stdout)
	}
	switch args[0] {
	case "import":
		return runImport(ctx, args[1:], stdout)
	case "update":
		return runUpdate(ctx, args[1:], stdout)
	default:
		return runGenerate(ctx, args, stdout)
	}
}
