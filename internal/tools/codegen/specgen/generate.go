package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
	"text/template"

	"github.com/oapi-codegen/oapi-codegen/v2/pkg/codegen"
	"github.com/oapi-codegen/oapi-codegen/v2/pkg/util"
)

// output is what a document generates.
type output struct {
	ops     []operation
	batches []batch
	lists   []list
	client  outputFile   // which oapi-codegen will write
	files   []outputFile // which specgen writes
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

// generateFiles writes what the document generates, except the client.
func (p *project) generateFiles(ctx context.Context) error {
	src, err := os.ReadFile(filepath.Join(p.root, specFile))
	if err != nil {
		return err
	}
	doc, err := parseDocument(specFile, src)
	if err != nil {
		return err
	}
	out, err := p.generate(ctx, doc, src)
	if err != nil {
		return err
	}
	for _, file := range out.files {
		if err := file.write(); err != nil {
			return err
		}
	}
	for _, op := range out.ops {
		p.tell(op.String())
	}
	return nil
}

// generate makes all that a document generates, and writes none of it. A document of which the
// generator makes nothing, or nothing that compiles, is refused.
func (p *project) generate(ctx context.Context, doc *document, src []byte) (*output, error) {
	ops, err := doc.operations()
	if err != nil {
		return nil, err
	}
	actions, err := doc.workarounds(ops)
	if err != nil {
		return nil, err
	}
	overlay, err := renderOverlay(ops, actions)
	if err != nil {
		return nil, err
	}
	templates, err := deriveTemplates()
	if err != nil {
		return nil, err
	}
	client, err := p.generateClient(ops, src, overlay, templates)
	if err != nil {
		return nil, doc.refused(ops, nil, "the generator refuses the document", err)
	}
	out := &output{ops: ops, client: outputFile{filepath.Join(p.root, "generated", "client.gen.go"), client}}
	if err := out.recognize(doc); err != nil {
		return nil, err
	}
	if err := p.render(out, overlay, templates); err != nil {
		return nil, err
	}
	err = p.check(ctx, p.root, append(out.files, out.client))
	if err != nil {
		return nil, doc.refused(ops, client, "the generated Go would not compile", err)
	}
	return out, nil
}

// generateClient returns what oapi-codegen writes for a document. It fills in the responses of the
// operations.
func (p *project) generateClient(
	ops []operation, src, overlay []byte, templates map[string]string,
) (client []byte, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("it panics: %v", r)
		}
	}()
	dir, err := os.MkdirTemp("", "specgen")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	spec := outputFile{filepath.Join(dir, specFile), src}
	actions := outputFile{filepath.Join(dir, "overlay.yaml"), overlay}
	for _, file := range []outputFile{spec, actions} {
		if err := file.write(); err != nil {
			return nil, err
		}
	}
	document, err := util.LoadSwaggerWithOverlay(spec.path, util.LoadSwaggerWithOverlayOpts{
		Path:                actions.path,
		Strict:              true,
		AllowRemoteRefsFrom: p.config.AllowRemoteRefsFrom,
	})
	if err != nil {
		return nil, errors.New(strings.ReplaceAll(err.Error(), dir+string(filepath.Separator), ""))
	}
	for i := range ops {
		op := &ops[i]
		op.readResponses(document.Paths.Value(op.Path).GetOperation(op.Method).Responses)
	}
	config := p.config
	config.OutputOptions.UserTemplates = templates
	text, err := codegen.Generate(document, config)
	return []byte(text), err
}

// recognize looks in the client for what the operations are.
func (out *output) recognize(doc *document) error {
	client, err := typesOf(out.client.content)
	if err != nil {
		return err
	}
	for _, op := range out.ops {
		if methodOf(client, op.Name) == nil && methodOf(client, op.Name+"WithBody") == nil {
			return doc.errorf(cmp.Or(get(op.node, "operationId"), op.method),
				"operationId %q gives no Go name; begin it with a letter", op.Name)
		}
	}
	out.batches = batchOperations(out.ops, client)
	out.lists = doc.listOperations(out.ops, client)
	return nil
}

// render adds the files that specgen writes.
func (p *project) render(out *output, overlay []byte, templates map[string]string) error {
	// The configuration has the client import internal/operation.
	module := path.Dir(path.Dir(p.config.AdditionalImports[0].Package))
	out.files = []outputFile{{filepath.Join(p.tools, "overlay.gen.yaml"), overlay}}
	for _, source := range []struct {
		dir      string
		template *template.Template
		rows     any
	}{{"generated", table, out.ops}, {"api", waits, out.batches}, {"api", listMethods, out.lists}} {
		content, err := render(source.template, module, source.rows)
		if err != nil {
			return err
		}
		file := filepath.Join(p.root, source.dir, source.template.Name())
		out.files = append(out.files, outputFile{file, content})
	}
	for name, text := range templates {
		file := strings.TrimSuffix(name, ".tmpl") + ".gen.tmpl"
		out.files = append(out.files, outputFile{filepath.Join(p.tools, file), []byte(text)})
	}
	return p.renderReadme(out)
}
