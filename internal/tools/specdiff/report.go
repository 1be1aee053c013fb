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

// differences are the changes of two trees, by where callers meet them.
type differences struct {
	spec      []change // of openapi.yaml
	api       []change // of the exported Go API
	behaviour []change // of what the client does by itself, such as to wait for a rate limit
}

// any reports whether callers can see a difference.
func (d differences) any() bool {
	return len(d.spec) > 0 || len(d.api) > 0 || len(d.behaviour) > 0
}

// mayBreak reports whether a difference may break callers, wherever they meet it.
func (d differences) mayBreak() bool {
	return has(d.spec, mayBreak) || has(d.api, mayBreak) || has(d.behaviour, mayBreak)
}

// print prints a section for each place.
func (d differences) print(w io.Writer) {
	report(w, "openapi.yaml", d.spec)
	report(w, "exported Go API", d.api)
	report(w, "client's behaviour", d.behaviour)
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
