package main

import (
	"context"
	"fmt"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"
)

// loadMode is what apidiff looks at, and the module that a package belongs to.
const loadMode = packages.NeedName | packages.NeedTypes | packages.NeedImports | packages.NeedDeps |
	packages.NeedSyntax | packages.NeedTypesInfo | packages.NeedFiles | packages.NeedModule

// loadPackages returns the packages that users can import, by their path in the module. It does not
// matter whether the others compile: demos and checks may have to follow what is compared here.
func loadPackages(ctx context.Context, dir string) (map[string]*types.Package, error) {
	loaded, err := packages.Load(&packages.Config{Context: ctx, Dir: dir, Mode: loadMode}, "./...")
	if err != nil {
		return nil, err
	}
	found := map[string]*types.Package{}
	for _, p := range loaded {
		path := pathInModule(p)
		if !isImportable(p.Name, path) {
			continue
		}
		err := firstError(p)
		if err != nil {
			return nil, fmt.Errorf("package %s does not compile: %w", path, err)
		}
		found[path] = p.Types
	}
	return found, nil
}

func pathInModule(p *packages.Package) string {
	if p.Module == nil { // the tree has no go.mod
		return p.PkgPath
	}
	return strings.TrimPrefix(strings.TrimPrefix(p.PkgPath, p.Module.Path), "/")
}

// isImportable reports whether users can import a package.
func isImportable(name, path string) bool {
	return name != "main" && !slices.Contains(strings.Split(path, "/"), "internal")
}

// firstError returns the first error of a package and of what it imports, where most errors come
// from.
func firstError(p *packages.Package) error {
	for dependency := range packages.Postorder([]*packages.Package{p}) {
		if len(dependency.Errors) > 0 {
			return dependency.Errors[0]
		}
	}
	return nil
}
