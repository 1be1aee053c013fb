package main

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/exp/apidiff"
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
		changes = append(changes, tagChanges(path, old[path], now[path])...)
	}
	for _, path := range slices.Sorted(maps.Keys(now)) {
		if old[path] == nil {
			changes = append(changes, change{compatible, "package " + path + " is new"})
		}
	}
	return changes, nil
}

// packageChanges gathers what was added in a few lines: an operation adds a dozen names, of which
// callers use its method and its types.
func packageChanges(path string, found []apidiff.Change) []change {
	var changes []change
	var methods, names []string
	for _, c := range found {
		name, added := strings.CutSuffix(c.Message, ": added")
		method := addedMethod(path, c.Message)
		switch {
		case method != "":
			methods = append(methods, method)
		case added && isToldElsewhere(path, c.Message):
		case !c.Compatible:
			changes = append(changes, change{breaks, path + ": " + c.Message})
		case added:
			names = append(names, name)
		default:
			changes = append(changes, change{compatible, path + ": " + c.Message})
		}
	}
	names = withoutPlumbing(names, methods)
	changes = appendAdded(changes, path+": methods added: ", methods)
	return appendAdded(changes, path+": names added: ", names)
}

// addedMethod returns the method that an operation added to the generated client, "" where a
// message says something else.
func addedMethod(path, message string) string {
	method := methodAdded.FindStringSubmatch(message)
	if path != "generated" || method == nil {
		return ""
	}
	return method[1]
}

// isToldElsewhere reports whether something that was added comes with a method of the generated
// client.
func isToldElsewhere(path, message string) bool {
	if path == "generated" && plumbingAdded.MatchString(message) {
		return true
	}
	return strings.Contains(message, "/generated.") // told of package generated itself
}

// withoutPlumbing leaves out the functions that come with each method of the generated client.
func withoutPlumbing(names, methods []string) []string {
	plumbing := func(name string) bool {
		for _, method := range methods {
			operation := strings.TrimSuffix(method, "WithResponse")
			if strings.HasPrefix(name, "New"+operation+"Request") ||
				strings.HasPrefix(name, "Parse"+operation+"Response") {
				return true
			}
		}
		return false
	}
	return slices.DeleteFunc(names, plumbing)
}

// appendAdded adds a change that lists names, where there are any.
func appendAdded(changes []change, text string, names []string) []change {
	if len(names) == 0 {
		return changes
	}
	return append(changes, change{compatible, text + strings.Join(names, ", ")})
}

// The generated interfaces gain a method with each operation, and a fake of one keeps compiling
// by embedding it.
var (
	methodAdded   = regexp.MustCompile(`^ClientWithResponsesInterface\.(\w+): added`)
	plumbingAdded = regexp.MustCompile(`^(ClientInterface|\(\*Client(WithResponses)?\))\.\w+: added`)
)
