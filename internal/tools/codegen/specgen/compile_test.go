package main

import (
	"context"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// The module that specgen works for.
const (
	moduleRoot = "../../../.."
	modulePath = "github.com/sellerscenter/client-go"
)

// moduleSources is what users import of the module and nobody generates.
var moduleSources = sync.OnceValue(func() []outputFile {
	var files []outputFile
	for _, pattern := range []string{"api/*.go", "api/apitest/*.go"} {
		names, _ := filepath.Glob(filepath.Join(moduleRoot, pattern))
		for _, name := range names {
			content, err := os.ReadFile(name)
			if err != nil {
				panic(err)
			}
			if !strings.HasSuffix(name, "_test.go") && !strings.HasSuffix(name, ".gen.go") {
				files = append(files, outputFile{name, content})
			}
		}
	}
	return files
})

// compile says what the compiler would of the packages that users import, with files in the place of
// the module's own. It does so in memory, since a build for each document would take minutes.
func compile(_ context.Context, _ string, files []outputFile) error {
	checked := importing{}
	for _, dir := range []string{"generated", "api", "api/apitest"} {
		set := token.NewFileSet()
		var sources []*ast.File
		for _, file := range slices.Concat(moduleSources(), files) {
			name := filepath.Base(file.path)
			if filepath.Ext(name) != ".go" || filepath.Base(filepath.Dir(file.path)) != filepath.Base(dir) {
				continue
			}
			source, err := parser.ParseFile(set, name, file.content, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			sources = append(sources, source)
		}
		config := types.Config{Importer: checked}
		pkg, err := config.Check(modulePath+"/"+dir, set, sources, nil)
		if err != nil {
			return err
		}
		checked[pkg.Path()] = pkg
	}
	return nil
}

// importing gives the packages that it has, and others as they are built.
type importing map[string]*types.Package

func (checked importing) Import(path string) (*types.Package, error) {
	if pkg, ok := checked[path]; ok {
		return pkg, nil
	}
	return dependencies().Import(path)
}

var dependencies = sync.OnceValue(func() types.Importer {
	list := exec.CommandContext(context.Background(), "go", "list", "-deps", "-export",
		"-f", "{{.ImportPath}} {{.Export}}", "./api/...")
	list.Dir = moduleRoot
	out, err := list.Output()
	if err != nil {
		panic(err)
	}
	exports := map[string]string{}
	for line := range strings.Lines(string(out)) {
		path, file, _ := strings.Cut(strings.TrimSpace(line), " ")
		exports[path] = file
	}
	return importer.ForCompiler(token.NewFileSet(), "gc", func(path string) (io.ReadCloser, error) {
		return os.Open(exports[path])
	})
})
