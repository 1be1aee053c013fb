package main

import (
	"fmt"
	"io"
	"slices"
)

// severity is what a change does to callers.
type severity string

const (
	breaks     severity = "breaks callers"
	mayBreak   severity = "may break callers"
	compatible severity = "breaks no caller"
)

type change struct {
	severity severity
	text     string
}

// differences are the changes of two trees, by where callers meet them.
type differences struct {
	spec  []change // of openapi.yaml
	goAPI []change // of the packages that users can import
	table []change // of what the client does by itself, such as to wait for a rate limit
}

func (d differences) all() []change { return slices.Concat(d.spec, d.goAPI, d.table) }

func (d differences) print(w io.Writer) {
	printChanges(w, "openapi.yaml", d.spec)
	printChanges(w, "Go API", d.goAPI)
	printChanges(w, "client's behaviour", d.table)
}

// printChanges prints the changes of one place by what they do to callers.
func printChanges(w io.Writer, where string, changes []change) {
	if len(changes) == 0 {
		fmt.Fprintf(w, "\n%s: no changes\n", where)
	}
	for _, s := range []severity{breaks, mayBreak, compatible} {
		if has(changes, s) {
			fmt.Fprintf(w, "\n%s, %s:\n", where, s)
		}
		for _, c := range changes {
			if c.severity == s {
				fmt.Fprintln(w, "  -", c.text)
			}
		}
	}
}

func has(changes []change, s severity) bool {
	return slices.ContainsFunc(changes, func(c change) bool { return c.severity == s })
}
