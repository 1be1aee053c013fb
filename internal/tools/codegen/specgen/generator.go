package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"

	"github.com/oapi-codegen/oapi-codegen/v2/pkg/codegen"
	"github.com/oapi-codegen/oapi-codegen/v2/pkg/util"
	"go.yaml.in/yaml/v4"
)

// generatorConfig is what oapi-codegen reads from its configuration file.
type generatorConfig struct {
	codegen.Configuration `yaml:",inline"`

	Output string `yaml:"output"`
}

func readGeneratorConfig(file string) (codegen.Configuration, error) {
	src, err := os.ReadFile(file)
	if err != nil {
		return codegen.Configuration{}, err
	}
	var config generatorConfig
	if err := yaml.Unmarshal(src, &config); err != nil {
		return codegen.Configuration{}, fmt.Errorf("%s: %w", file, err)
	}
	return config.UpdateDefaults(), nil
}

// previewClient returns what oapi-codegen will write for a document, so that what is written
// around its types has the names that it gives them. A document that it refuses is refused before
// any file is written.
func previewClient(spec string, overlay []byte, config codegen.Configuration) (*ast.File, error) {
	dir, err := os.MkdirTemp("", "specgen")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	overlayFile := filepath.Join(dir, "overlay.yaml")
	if err := os.WriteFile(overlayFile, overlay, 0o600); err != nil {
		return nil, err
	}
	document, err := util.LoadSwaggerWithOverlay(spec, util.LoadSwaggerWithOverlayOpts{
		Path:                overlayFile,
		Strict:              true,
		AllowRemoteRefsFrom: config.AllowRemoteRefsFrom,
	})
	if err != nil {
		return nil, fmt.Errorf("%s: the generator does not read the document: %w", filepath.Base(spec), err)
	}
	config.OutputOptions.UserTemplates = nil // they change no type
	src, err := codegen.Generate(document, config)
	if err != nil {
		return nil, fmt.Errorf("%s: the generator refuses the document: %w", filepath.Base(spec), err)
	}
	return parser.ParseFile(token.NewFileSet(), "client.gen.go", src, parser.SkipObjectResolution)
}
