package main

import (
	"fmt"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/oasdiff/oasdiff/checker"
	"github.com/oasdiff/oasdiff/diff"
	"github.com/oasdiff/oasdiff/load"
)

// specChanges returns what oasdiff finds between two documents, and names or does not.
func specChanges(before, after string) ([]change, error) {
	var specs [2]*load.SpecInfo
	for i, file := range []string{before, after} {
		spec, err := load.NewSpecInfo(openapi3.NewLoader(), load.NewSource(file))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		specs[i] = spec
	}
	report, sources, err := diff.GetWithOperationsSourcesMap(diff.NewConfig(), specs[0], specs[1])
	if err != nil {
		return nil, err
	}
	config := checker.NewConfig(checker.GetAllChecks())
	found := checker.CheckBackwardCompatibilityUntilLevel(config, report, sources, checker.INFO)
	words := checker.NewDefaultLocalizer()
	var changes []change
	for _, c := range found {
		if c.GetId() == checker.APIVersionNotBumpedId { // upstream's version is no promise of ours
			continue
		}
		text := c.GetUncolorizedText(words)
		if c.GetPath() != "" {
			text = fmt.Sprintf("%s %s: %s", c.GetOperation(), c.GetPath(), text)
		}
		if c.GetId() == checker.ResponseSuccessStatusAddedId {
			text += "; with it, only the field of that status is set"
			changes = append(changes, change{mayBreak, text})
			continue
		}
		changes = append(changes, change{severityOf(c.GetLevel()), text})
	}
	unnamed, err := unnamedChanges(specs[0].Spec, specs[1].Spec, found)
	if err != nil {
		return nil, err
	}
	return append(changes, unnamed...), nil
}

func severityOf(level checker.Level) severity {
	switch level {
	case checker.ERR:
		return breaks
	case checker.WARN:
		return mayBreak
	default:
		return compatible
	}
}
