package main

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/exp/apidiff"
	"golang.org/x/tools/go/packages"
)

// goChanges returns what apidiff says about the packages of two trees that users can import.
func goChanges(ctx context.Context, before, after string) ([]change, error) {
	old, err := loadModule(ctx, before)
	if err != nil {
		return nil, fmt.Errorf("the commit: %w", err)
	}
	now, err := loadModule(ctx, after)
	if err != nil {
		return nil, err
	}
	var changes []change
	var added []string
	for _, c := range apidiff.ModuleChanges(old, now).Changes {
		name, isNew := strings.CutSuffix(strings.TrimPrefix(c.Message, "./"), ": added")
		switch {
		case isNew && plumbing.MatchString(name):
		case isNew && (c.Compatible || method.MatchString(name)):
			added = append(added, name)
		case c.Compatible:
			changes = append(changes, change{compatible, c.Message})
		default:
			changes = append(changes, change{breaks, c.Message})
		}
	}
	if len(added) > 0 {
		slices.Sort(added) // package api has the methods of generated too
		changes = append(changes, change{compatible, "added: " + strings.Join(slices.Compact(added), ", ")})
	}
	return changes, nil
}

// The generated interfaces gain a method with each operation, and a fake of one keeps compiling by
// embedding it. The plumbing of that method is not worth a word.
var (
	method   = regexp.MustCompile(`^generated\.ClientWithResponsesInterface\.`)
	plumbing = regexp.MustCompile(
		`^generated\.(ClientInterface\.|\(\*Client(WithResponses)?\)\.|New\w+Request|Parse\w+Response)`)
)

// loadModule returns the packages that users can import. It does not matter whether the others
// compile: demos and checks may have to follow what is compared here.
func loadModule(ctx context.Context, dir string) (*apidiff.Module, error) {
	const mode = packages.NeedName | packages.NeedTypes | packages.NeedModule
	loaded, err := packages.Load(&packages.Config{Context: ctx, Dir: dir, Mode: mode}, "./...")
	if err != nil {
		return nil, err
	}
	module := new(apidiff.Module)
	for _, p := range loaded {
		if p.Name == "main" || slices.Contains(strings.Split(p.PkgPath, "/"), "internal") {
			continue
		}
		if len(p.Errors) > 0 {
			return nil, fmt.Errorf("package %s does not compile: %w", p.PkgPath, p.Errors[0])
		}
		module.Path = p.Module.Path
		module.Packages = append(module.Packages, p.Types)
	}
	return module, nil
}
