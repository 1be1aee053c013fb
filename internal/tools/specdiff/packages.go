package main

import (
	"context"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"
)

// loadMode is what apidiff looks at, and the module that a package belongs to.
const loadMode = packages.NeedName | packages.NeedTypes | packages.NeedImports | packages.NeedDeps |
	packages.NeedSyntax | packages.NeedTypesInfo | packages.NeedFiles | packages.NeedModule

// loadPackages returns the packages that users can import, by their path in the module.
func loadPackages(ctx context.Context, dir string) (map[string]*types.Package, error) {
	loaded, err := packages.Load(&packages.Config{Context: ctx, Dir: dir, Mode: loadMode}, "./...")
	if err != nil {
		return nil, err
	}
	found := map[string]*types.Package{}
	for _, p := range loaded {
		if len(p.Errors) > 0 {
			return nil, p.Errors[0]
		}
		path := strings.TrimPrefix(strings.TrimPrefix(p.PkgPath, p.Module.Path), "/")
		if p.Name != "main" && !slices.Contains(strings.Split(path, "/"), "internal") {
			found[path] = p.Types
		}
	}
	return found, nil
}
