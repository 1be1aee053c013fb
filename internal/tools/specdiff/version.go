package main

import (
	"fmt"

	"golang.org/x/mod/semver"
)

// nextVersion says by semantic versioning what the next version has to be: a program that
// compiled must compile with a minor version, and one that is broken by the server alone is so
// with any version.
func nextVersion(tag string, found differences) string {
	kind, why := kindOf(found)
	var major, minor, patch int
	_, err := fmt.Sscanf(semver.Canonical(tag), "v%d.%d.%d", &major, &minor, &patch)
	if kind == "none" || err != nil { // or there is no version yet
		return fmt.Sprintf("%s: %s.", kind, why)
	}
	if major == 0 && kind == "major" {
		kind = "minor"
		why += " (before v1 a minor version may break them)"
	}
	next := map[string]string{
		"major": fmt.Sprintf("v%d.0.0", major+1),
		"minor": fmt.Sprintf("v%d.%d.0", major, minor+1),
		"patch": fmt.Sprintf("v%d.%d.%d", major, minor, patch+1),
	}
	return fmt.Sprintf("%s, %s: %s.", kind, next[kind], why)
}

// kindOf returns which number of the version the changes raise, and why.
func kindOf(found differences) (kind, why string) {
	switch {
	case has(found.goAPI, breaks), has(found.table, breaks):
		return "major", "programs may no longer compile"
	case has(found.all(), breaks), has(found.all(), mayBreak):
		return "minor", "programs compile, but the API or the client behaves differently;" +
			" say so in the release notes"
	case len(found.goAPI) > 0:
		return "minor", "it adds to the Go API"
	case len(found.all()) > 0:
		return "patch", "the Go API is the same"
	default:
		return "none", "nothing changed that callers can see"
	}
}
