package main

import (
	"regexp"
	"slices"
	"strings"

	"github.com/oasdiff/oasdiff/checker"
)

// namedOf returns the changes of one operation.
func namedOf(method, path string, named checker.Changes) checker.Changes {
	var found checker.Changes
	for _, c := range named {
		if c.GetOperation() == method && c.GetPath() == path {
			found = append(found, c)
		}
	}
	return found
}

// namesParameter reports whether a change is one of a parameter.
func namesParameter(named checker.Changes, name string) bool {
	return slices.ContainsFunc(named, func(c checker.Change) bool {
		id := c.GetId()
		ofParameter := strings.Contains(id, "parameter") || strings.Contains(id, "header")
		return ofParameter && slices.Contains(c.GetArgs(), any(name))
	})
}

// namesBody reports whether a change is one of the request body. Only the ids of oasdiff's checks
// tell.
func namesBody(named checker.Changes) bool {
	return slices.ContainsFunc(named, func(c checker.Change) bool {
		id := c.GetId()
		return strings.Contains(id, "request") && !strings.Contains(id, "parameter") &&
			!strings.Contains(id, "header")
	})
}

// namesResponse reports whether a change is one of the response with a status. A change that does
// not say of which response it is may be of any.
func namesResponse(named checker.Changes, status string) bool {
	return slices.ContainsFunc(named, func(c checker.Change) bool {
		if !strings.Contains(c.GetId(), "response") {
			return false
		}
		of := statusOf(c)
		return of == status || of == ""
	})
}

var statusPattern = regexp.MustCompile(`^([1-5]([0-9][0-9]|XX)|default)$`)

// statusOf returns the status that a change names, "" where it names none.
func statusOf(c checker.Change) string {
	for _, arg := range c.GetArgs() {
		text, ok := arg.(string)
		if ok && statusPattern.MatchString(text) {
			return text
		}
	}
	return ""
}
