package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

const (
	// generatorModule is the generator that go.mod pins.
	generatorModule = "github.com/oapi-codegen/oapi-codegen/v2"

	// clientTemplate is the generator's template of the methods that return decoded responses.
	clientTemplate = "client-with-responses.tmpl"

	// bareReturn ends each of these methods: its error does not say which call it belongs to.
	bareReturn = "    return Parse{{genResponseTypeName $opid | ucFirst}}(rsp)\n"

	// bareReturns is how often bareReturn occurs: in methods without and with a typed body.
	bareReturns = 2

	// wrappedReturn takes its place. Its names are among methodsNames.
	wrappedReturn = `    parsed, err := Parse{{genResponseTypeName $opid | ucFirst}}(rsp)
    if err != nil {
        return nil, operation.Undecodable(rsp, err)
    }
    return parsed, nil
`
)

// deriveClientTemplate returns the pinned generator's own template, changed to wrap the error of
// a response that does not decode. The generator has no option for that.
func deriveClientTemplate(ctx context.Context) (string, error) {
	dir, err := generatorDir(ctx)
	if err != nil {
		return "", err
	}
	file := filepath.Join(dir, "pkg", "codegen", "templates", clientTemplate)
	original, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("read the generator's template: %w", err)
	}
	return wrapReturns(file, string(original))
}

// wrapReturns replaces the bare returns of a template.
func wrapReturns(file, template string) (string, error) {
	if n := strings.Count(template, bareReturn); n != bareReturns {
		return "", fmt.Errorf("%s has %d times, not %d, the line %q; look what the generator has there now,"+
			" and adapt wrapReturns", file, n, bareReturns, strings.TrimSpace(bareReturn))
	}
	return strings.ReplaceAll(template, bareReturn, wrappedReturn), nil
}

// generatorDir returns where the pinned generator's source is.
func generatorDir(ctx context.Context) (string, error) {
	list := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", generatorModule)
	var stderr bytes.Buffer
	list.Stderr = &stderr
	dir, err := list.Output()
	if err != nil {
		return "", fmt.Errorf("find %s: %w: %s", generatorModule, err, bytes.TrimSpace(stderr.Bytes()))
	}
	return strings.TrimSpace(string(dir)), nil
}
