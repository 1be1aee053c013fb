package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"

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

// preview is what a document generates, except what is written around the generator's types.
type preview struct {
	ops     []operation
	overlay []byte
	client  *ast.File // what oapi-codegen will write
}

// newPreview generates a document without writing anything. A document of which the generator makes
// nothing, or nothing that compiles, is refused.
func newPreview(doc *document, src []byte, config codegen.Configuration) (*preview, error) {
	ops, err := doc.operations()
	if err != nil {
		return nil, err
	}
	workarounds, err := doc.workarounds(ops)
	if err != nil {
		return nil, err
	}
	overlay, err := renderOverlay(ops, workarounds)
	if err != nil {
		return nil, err
	}
	p := &preview{ops: ops, overlay: overlay}
	client, err := p.generate(src, config)
	if err != nil {
		text := strings.TrimSpace(err.Error())
		return nil, doc.errorf(doc.mentioned(text, ops), "the generator refuses the document: %s", text)
	}
	files := token.NewFileSet()
	p.client, err = parser.ParseFile(files, "", client, parser.SkipObjectResolution)
	if err != nil {
		return nil, doc.errorf(doc.top(), "the generated Go does not parse: %v", err)
	}
	where, err := checkTypes(files, p.client)
	if err != nil {
		return nil, doc.errorf(doc.mentioned(where, ops), "the generated Go would not compile: %v", err)
	}
	return p, nil
}

// generate returns what oapi-codegen writes for a document.
func (p *preview) generate(src []byte, config codegen.Configuration) ([]byte, error) {
	dir, err := os.MkdirTemp("", "specgen")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	spec := filepath.Join(dir, "spec.yaml")
	overlay := filepath.Join(dir, "overlay.yaml")
	if err := os.WriteFile(spec, src, 0o600); err != nil {
		return nil, err
	}
	if err := os.WriteFile(overlay, p.overlay, 0o600); err != nil {
		return nil, err
	}
	document, err := util.LoadSwaggerWithOverlay(spec, util.LoadSwaggerWithOverlayOpts{
		Path:                overlay,
		Strict:              true,
		AllowRemoteRefsFrom: config.AllowRemoteRefsFrom,
	})
	if err != nil {
		return nil, err
	}
	config.OutputOptions.UserTemplates = nil // they change no type
	client, err := codegen.Generate(document, config)
	return []byte(client), err
}
