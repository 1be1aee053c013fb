package main

import (
	"fmt"
	"maps"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/oasdiff/oasdiff/checker"
	"github.com/oasdiff/oasdiff/diff"
)

// unnamedChanges returns the differences of two documents that no check of oasdiff names, such as
// how a parameter is written into a URL. Nobody can say what such a change does, so it may break
// callers.
func unnamedChanges(before, after *openapi3.T, named checker.Changes) ([]change, error) {
	report, err := diff.Get(diff.NewConfig(diff.WithExcludeElements(prose)), before, after)
	if err != nil || report == nil {
		return nil, err
	}
	u := unnamed{}
	if !report.ServersDiff.Empty() {
		u.add("the servers", report.ServersDiff)
	}
	if report.PathsDiff != nil {
		for _, path := range slices.Sorted(maps.Keys(report.PathsDiff.Modified)) {
			u.addPath(path, report.PathsDiff.Modified[path], named)
		}
	}
	return u.changes, u.err
}

// prose is what a document tells people. Extensions and tags are not, but change only what is
// generated, which is compared too.
var prose = []string{
	diff.ExcludeDescriptionOption,
	diff.ExcludeExamplesOption,
	diff.ExcludeExtensionsOption,
	diff.ExcludeSummaryOption,
	diff.ExcludeTagsOption,
	diff.ExcludeTitleOption,
}

// unnamed collects changes until one fails.
type unnamed struct {
	changes []change
	err     error
}

func (u *unnamed) tell(format string, args ...any) {
	u.changes = append(u.changes, change{mayBreak, fmt.Sprintf(format, args...)})
}

// add adds a change with its difference as oasdiff notes it.
func (u *unnamed) add(what string, difference any) {
	notes, err := notesOf(difference)
	if err != nil {
		u.err = err
		return
	}
	if notes != "" {
		u.tell("%s changed: %s", what, notes)
	}
}

func (u *unnamed) addPath(path string, difference *diff.PathDiff, named checker.Changes) {
	if !difference.ServersDiff.Empty() {
		u.add(path+": the servers", difference.ServersDiff)
	}
	if difference.OperationsDiff == nil {
		return
	}
	operations := difference.OperationsDiff.Modified
	for _, method := range slices.Sorted(maps.Keys(operations)) {
		u.addOperation(method+" "+path, operations[method], namedOf(method, path, named))
	}
}

func (u *unnamed) addOperation(request string, difference *diff.MethodDiff, named checker.Changes) {
	if difference.ParametersDiff != nil {
		u.addParameters(request, difference.ParametersDiff.Modified, named)
	}
	if !difference.RequestBodyDiff.Empty() && !namesBody(named) {
		u.add(request+": the request body", difference.RequestBodyDiff)
	}
	if difference.ResponsesDiff != nil {
		u.addResponses(request, difference.ResponsesDiff, named)
	}
	if !difference.ServersDiff.Empty() {
		u.add(request+": the servers", difference.ServersDiff)
	}
}

func (u *unnamed) addParameters(request string, locations diff.ParamDiffByLocation, named checker.Changes) {
	for _, location := range slices.Sorted(maps.Keys(locations)) {
		parameters := locations[location]
		for _, name := range slices.Sorted(maps.Keys(parameters)) {
			difference := withoutSame(parameters[name])
			if difference.Empty() || namesParameter(named, name) {
				continue
			}
			u.add(fmt.Sprintf("%s: the `%s` request parameter `%s`", request, location, name), difference)
		}
	}
}

func (u *unnamed) addResponses(request string, difference *diff.ResponsesDiff, named checker.Changes) {
	for _, status := range difference.Added {
		if !namesResponse(named, status) {
			u.tell("%s: added the response `%s`", request, status)
		}
	}
	for _, status := range difference.Deleted {
		if !namesResponse(named, status) {
			u.tell("%s: removed the response `%s`", request, status)
		}
	}
	for _, status := range slices.Sorted(maps.Keys(difference.Modified)) {
		if !namesResponse(named, status) {
			u.add(fmt.Sprintf("%s: the response `%s`", request, status), difference.Modified[status])
		}
	}
}

// withoutSame leaves out what is sent as before: a style that only states what was the default, and
// the name of a path parameter.
func withoutSame(difference *diff.ParameterDiff) *diff.ParameterDiff {
	rest := *difference
	if rest.Base.In == openapi3.ParameterInPath {
		rest.NameDiff = nil
	}
	was, err := rest.Base.SerializationMethod()
	if err != nil {
		return &rest
	}
	now, err := rest.Revision.SerializationMethod()
	if err != nil || *was != *now {
		return &rest
	}
	rest.StyleDiff = nil
	rest.ExplodeDiff = nil
	return &rest
}
