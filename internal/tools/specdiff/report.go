package main

import (
	"fmt"
	"io"
	"slices"
)

// severity is what a change does to callers.
type severity int

const (
	breaks severity = iota
	mayBreak
	compatible
)

type change struct {
	severity severity
	text     string
}

// report prints the changes by what they do to callers.
func report(w io.Writer, what string, changes []change) {
	if len(changes) == 0 {
		fmt.Fprintf(w, "\n%s: no changes\n", what)
		return
	}
	for s, title := range []string{"breaks callers", "may break callers", "breaks no caller"} {
		first := true
		for _, c := range changes {
			if c.severity != severity(s) {
				continue
			}
			if first {
				fmt.Fprintf(w, "\n%s, %s:\n", what, title)
			}
			first = false
			fmt.Fprintln(w, "  -", c.text)
		}
	}
}

func has(changes []change, s severity) bool {
	return slices.ContainsFunc(changes, func(c change) bool { return c.severity == s })
}
