package main

import (
	"fmt"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/oasdiff/oasdiff/checker"
	"github.com/oasdiff/oasdiff/diff"
	"github.com/oasdiff/oasdiff/load"
)

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

// severities are oasdiff's levels in our words.
var severities = map[checker.Level]severity{
	checker.ERR: breaks, checker.WARN: mayBreak, checker.INFO: compatible,
}

// specChanges returns what oasdiff says about two documents. They are flattened first, so that it
// makes no difference whether a parameter stands at its path, or a $ref in an allOf.
func specChanges(before, after string) ([]change, error) {
	var specs []*load.SpecInfo
	for _, file := range []string{before, after} {
		spec, err := load.NewSpecInfo(openapi3.NewLoader(), load.NewSource(file),
			load.WithFlattenAllOf(), load.WithFlattenParams())
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		specs = append(specs, spec)
	}
	config := diff.NewConfig(diff.WithExcludeElements(prose))
	report, sources, err := diff.GetWithOperationsSourcesMap(config, specs[0], specs[1])
	if err != nil {
		return nil, err
	}
	checks := checker.NewConfig(checker.GetAllChecks())
	found := checker.CheckBackwardCompatibilityUntilLevel(checks, report, sources, checker.INFO)
	words := checker.NewDefaultLocalizer()
	var changes []change
	for _, c := range found {
		text := c.GetUncolorizedText(words)
		if c.GetPath() != "" {
			text = fmt.Sprintf("%s %s: %s", c.GetOperation(), c.GetPath(), text)
		}
		switch c.GetId() {
		case checker.APIVersionNotBumpedId: // upstream's version is no promise of ours
		case checker.ResponseSuccessStatusAddedId:
			text += "; with it, only the field of that status is set"
			changes = append(changes, change{mayBreak, text})
		default:
			changes = append(changes, change{severities[c.GetLevel()], text})
		}
	}
	return append(changes, unnamed(report, found)...), nil
}

// unnamed returns the operations that changed in a way which oasdiff sees but has no words for, such
// as how a parameter is written into a URL.
func unnamed(report *diff.Diff, named checker.Changes) []change {
	if report == nil || report.EndpointsDiff == nil {
		return nil
	}
	var changes []change
	for endpoint := range report.EndpointsDiff.Modified {
		told := slices.ContainsFunc(named, func(c checker.Change) bool {
			return c.GetOperation() == endpoint.Method && c.GetPath() == endpoint.Path
		})
		if !told {
			text := endpoint.Method + " " + endpoint.Path + ": changed; see the difference of the documents"
			changes = append(changes, change{mayBreak, text})
		}
	}
	return changes
}
