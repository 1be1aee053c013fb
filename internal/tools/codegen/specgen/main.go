// Command specgen reads the OpenAPI document and writes what oapi-codegen cannot derive from it:
// an overlay that gives each operation a short Go name, a Go table of what else the document says
// of the operations, and the methods that wait for batches. It also derives the templates that
// oapi-codegen writes the client with from oapi-codegen's own.
//
// Its sub-command import merges the documents of upstream's pages into one: specgen import PAGE...
// A page is Markdown with OpenAPI documents in fenced blocks, or a JSON or YAML document: a file or
// a URL. Its sub-command update does so anew with the pages that operations came from by URL.
//
// Before it writes anything, it makes all that would be generated, builds and vets it. A document
// that does not pass is refused, with file and line.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"

	"github.com/oapi-codegen/oapi-codegen/v2/pkg/codegen"
	"go.yaml.in/yaml/v4"
)

func main() {
	p := project{client: newPageClient(), check: buildAndVet, stdout: os.Stdout}
	if err := p.run(context.Background(), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "specgen:", err)
		os.Exit(1)
	}
}

// project is the module that specgen works for.
type project struct {
	root   string // its directory, with the document
	tools  string // the directory of the generator's configuration, and of what is derived for it
	config codegen.Configuration

	client *http.Client // of pages
	// check reports why files would not do in the module.
	check  func(ctx context.Context, root string, files []outputFile) error
	stdout io.Writer
}

// specFile is the document's name in the module.
const specFile = "openapi.yaml"

func (p *project) run(ctx context.Context, args []string) error {
	command := "generate"
	if len(args) > 0 && (args[0] == "import" || args[0] == "update") {
		command = args[0]
		args = args[1:]
	}
	flags := flag.NewFlagSet("specgen", flag.ContinueOnError)
	flags.SetOutput(p.stdout)
	flags.StringVar(&p.root, "C", ".", "the `directory` of the module, and of pages that are files")
	config := flags.String("config", "config.yaml", "the oapi-codegen configuration to `read`")
	replace := flags.Bool("replace", false,
		"where a page says something else than the document, take the page's")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if err := p.configure(*config); err != nil {
		return err
	}
	switch command {
	case "import":
		return p.importPages(ctx, flags.Args(), *replace)
	case "update":
		return p.update(ctx)
	default:
		return p.generateFiles(ctx)
	}
}

func (p *project) configure(file string) error {
	src, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var config codegen.Configuration
	if err := yaml.Unmarshal(src, &config); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	p.config = config.UpdateDefaults()
	p.tools = filepath.Dir(file)
	return readClientNames(p.config)
}

func (p *project) tell(lines ...string) {
	for _, line := range lines {
		fmt.Fprintln(p.stdout, "specgen:", line)
	}
}
