package main

import (
	"context"
	"fmt"
	"go/types"
	"maps"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/exp/apidiff"
	"golang.org/x/tools/go/packages"
)

// goChanges returns the changes of the exported API of two trees of the module.
func goChanges(ctx context.Context, before, after string) ([]change, error) {
	old, err := loadPackages(ctx, before)
	if err != nil {
		return nil, fmt.Errorf("the commit: %w", err)
	}
	now, err := loadPackages(ctx, after)
	if err != nil {
		return nil, err
	}
	var changes []change
	for _, path := range slices.Sorted(maps.Keys(old)) {
		if now[path] == nil {
			changes = append(changes, change{breaks, "package " + path + " is gone"})
			continue
		}
		changes = append(changes, packageChanges(path, apidiff.Changes(old[path], now[path]).Changes)...)
	}
	for _, path := range slices.Sorted(maps.Keys(now)) {
		if old[path] == nil {
			changes = append(changes, change{compatible, "package " + path + " is new"})
		}
	}
	return changes, nil
}

// packageChanges gathers what was added in a few lines: an operation adds a dozen names, of which callers use its method
// and its types.
func packageChanges(path string, found []apidiff.Change) []change {
	var changes []change
	var methods, names []string
	for _, c := range found {
		method, plumbing := methodAdded.FindStringSubmatch(c.Message), plumbingAdded.MatchString(c.Message)
		name, added := strings.CutSuffix(c.Message, ": added")
		switch {
		case path == "generated" && method != nil:
			methods = append(methods, method[1])
		case path == "generated" && plumbing, strings.Contains(c.Message, "/generated.") && added: // told of package generated itself
		case c.Compatible && added:
			names = append(names, name)
		case c.Compatible:
			changes = append(changes, change{compatible, path + ": " + c.Message})
		default:
			changes = append(changes, change{breaks, path + ": " + c.Message})
		}
	}
	if len(methods) > 0 {
		changes = append(changes, change{compatible, path + ": methods added: " + strings.Join(methods, ", ")})
	}
	names = slices.DeleteFunc(names, func(name string) bool {
		return slices.ContainsFunc(methods, func(method string) bool {
			operation := strings.TrimSuffix(method, "WithResponse")
			return strings.HasPrefix(name, "New"+operation+"Request") || strings.HasPrefix(name, "Parse"+operation+"Response")
		})
	})
	if len(names) > 0 {
		changes = append(changes, change{compatible, path + ": names added: " + strings.Join(names, ", ")})
	}
	return changes
}

// The generated interfaces gain a method with each operation, and a fake of one keeps compiling by embedding it.
var (
	methodAdded   = regexp.MustCompile(`^ClientWithResponsesInterface\.(\w+): added`)
	plumbingAdded = regexp.MustCompile(`^(ClientInterface|\(\*Client(WithResponses)?\))\.\w+: added`)
)

// loadPackages returns the packages that users can import, by their path in the module.
func loadPackages(ctx context.Context, dir string) (map[string]*types.Package, error) {
	loaded, err := packages.Load(&packages.Config{
		Context: ctx, Dir: dir,
		Mode: packages.NeedName | packages.NeedTypes | packages.NeedImports | packages.NeedDeps | packages.NeedSyntax | packages.NeedTypesInfo | packages.NeedFiles | packages.NeedModule,
	}, "./...")
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
