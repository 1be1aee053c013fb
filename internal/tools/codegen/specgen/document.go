package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v4"
	"go.yaml.in/yaml/v4/plugin/loaderlimits"
	"go.yaml.in/yaml/v4/plugin/mergekey"
)

// document is an OpenAPI 3.x document as YAML nodes, which keep the line of each value and the
// order of keys. JSON is YAML, so both are read alike.
type document struct {
	file string
	root *yaml.Node

	// source is the URL that a page was read from, without its query; "" if it is a file.
	source string
	// pages are the documents that parts of this one come from since it was read.
	pages []*document
}

// errorf returns an error that begins with the file and the line of n.
func (d *document) errorf(n *yaml.Node, format string, args ...any) error {
	return fmt.Errorf("%s:%d: %s", d.fileOf(n), n.Line, fmt.Sprintf(format, args...))
}

// top returns the node to blame for what stands nowhere else: of a merged document, the first page.
func (d *document) top() *yaml.Node {
	if len(d.pages) > 0 {
		return d.pages[0].root
	}
	return d.root
}

// fileOf returns the file that a node stands in.
func (d *document) fileOf(n *yaml.Node) string {
	for _, page := range d.pages {
		if has(page.root, n) {
			return page.fileOf(n)
		}
	}
	return d.file
}

// parseDocument reads a document in JSON or YAML.
func parseDocument(file string, src []byte) (*document, error) {
	root, err := parseYAML(file, src)
	if err != nil {
		return nil, err
	}
	d := &document{file: file, root: root}
	return d, d.checkVersion()
}

// maxDepth is how deep a document may be nested. The generator takes minutes for a deeper one.
const maxDepth = 200

// parseYAML returns the top-level node of the one document in src, without aliases.
func parseYAML(file string, src []byte) (*yaml.Node, error) {
	src = bytes.ReplaceAll(src, []byte("\r\n"), []byte("\n")) // comments would be lost
	var node yaml.Node
	limits := yaml.WithPlugin(loaderlimits.New(loaderlimits.DepthValue(maxDepth)))
	err := yaml.Load(decodeSurrogates(src), &node, limits)
	if err == nil {
		// Nodes alone let a repeated key through, and one of the two would silently win.
		var values any
		err = node.Load(&values, yaml.WithPlugin(noMerging{}))
	}
	if err != nil {
		return nil, yamlError(file, err)
	}
	return expand(node.Content[0]), nil
}

// noMerging refuses merge keys, which the generator knows, and the import does not.
type noMerging struct{ mergekey.Plugin }

// MergeMappings refuses to merge a mapping into another.
func (noMerging) MergeMappings(yaml.MergeKeyInput) (*yaml.Node, error) {
	return nil, errors.New("a key is not plain text; write << out")
}

// yamlError puts the file and the line in front of what the parser says.
func yamlError(file string, err error) error {
	var at *yaml.LoadError
	if !errors.As(err, &at) {
		return fmt.Errorf("%s: %w", file, err)
	}
	return fmt.Errorf("%s:%d: %s", file, max(at.Mark.Line, 1), at.Message)
}

// surrogates matches JSON's form of a character beyond U+FFFF, two escapes, which YAML does not
// know. It also matches any other escape, so that a backslash before a u is not taken for the
// beginning of one.
var surrogates = regexp.MustCompile(`\\[^u]|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}`)

// decodeSurrogates returns a document with characters in place of such escapes.
func decodeSurrogates(src []byte) []byte {
	return surrogates.ReplaceAllFunc(src, func(escape []byte) []byte {
		var character string
		if escape[1] != 'u' || json.Unmarshal([]byte(`"`+string(escape)+`"`), &character) != nil {
			return escape
		}
		return []byte(character)
	})
}

var openAPI3 = regexp.MustCompile(`^3\.\d+\.\d+$`)

func (d *document) checkVersion() error {
	if swagger := get(d.root, "swagger"); swagger != nil {
		return d.errorf(swagger, "a Swagger %s document; convert it to OpenAPI 3.x first", swagger.Value)
	}
	version := get(d.root, "openapi")
	if version == nil {
		return d.errorf(d.root,
			"not an OpenAPI document: it has no \"openapi\" key; write openapi: 3.1.0")
	}
	if !openAPI3.MatchString(version.Value) {
		return d.errorf(version,
			"openapi: %s is not supported; this generator reads OpenAPI 3.x, such as 3.1.0", version.Value)
	}
	return nil
}

// maxReferences is how many references may lead to one another; more of them lead in a circle.
const maxReferences = 32

// resolve follows a local reference, such as #/components/responses/Throttled, as often as one
// leads to another.
func (d *document) resolve(n *yaml.Node) (*yaml.Node, error) {
	for range maxReferences {
		ref := get(n, "$ref")
		if ref == nil {
			return n, nil
		}
		target, err := d.target(ref)
		if err != nil {
			return nil, err
		}
		n = target
	}
	return nil, d.errorf(n, "$ref leads in a circle")
}

var (
	unescapeToken = strings.NewReplacer("~1", "/", "~0", "~")
	escapeToken   = strings.NewReplacer("~", "~0", "/", "~1")
)

// target returns the node that a reference names.
func (d *document) target(ref *yaml.Node) (*yaml.Node, error) {
	pointer, local := strings.CutPrefix(ref.Value, "#/")
	if !local {
		return nil, d.errorf(ref,
			"$ref %q leads outside the document; put its target into this file", ref.Value)
	}
	target := d.root
	for token := range strings.SplitSeq(pointer, "/") {
		target = get(target, unescapeToken.Replace(token))
		if target == nil {
			return nil, d.errorf(ref, "$ref %q leads nowhere", ref.Value)
		}
	}
	return target, nil
}
