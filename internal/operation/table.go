package operation

import (
	"net/url"
	"path"
	"regexp"
	"strings"
)

// Table lists the operations of the spec, in its order.
type Table []Operation

// Find returns the operation of a request's method and escaped path, nil if there is none. Where
// several templates fit a path, the one with the most of its path written out wins. A parameter
// stands for a path segment or a part of one, and is never empty.
func (t Table) Find(method, path string) *Operation {
	var found *Operation
	for i := range t {
		op := &t[i]
		if op.fits(method, path) && (found == nil || op.literals() > found.literals()) {
			found = op
		}
	}
	return found
}

// Named returns the operation with a Go name, nil if there is none.
func (t Table) Named(name string) *Operation {
	for i := range t {
		if t[i].Name == name {
			return &t[i]
		}
	}
	return nil
}

func (o *Operation) fits(method, path string) bool {
	return o.Method == method &&
		(o.Path == path || o.beginsLike(path) && matches(o.pattern(parameterPattern), path))
}

// beginsLike compares what stands before the first parameter. It is quick, and settles nearly all.
func (o *Operation) beginsLike(path string) bool {
	before, _, _ := strings.Cut(o.Path, "{")
	return strings.HasPrefix(path, escape(before))
}

// escapedParameter is a parameter of a template once that is escaped.
var escapedParameter = regexp.MustCompile(`%7B[^/]*?%7D`)

// parameterPattern stands for a parameter in the pattern of [path.Match]: at least one character,
// and no slash.
const parameterPattern = "?*"

// pattern returns the escaped template with something in place of each parameter.
func (o *Operation) pattern(parameter string) string {
	return escapedParameter.ReplaceAllString(escape(o.Path), parameter)
}

// literals returns how much of the template is written out.
func (o *Operation) literals() int { return len(o.pattern("")) }

func matches(pattern, escapedPath string) bool {
	matched, _ := path.Match(pattern, escapedPath) // a pattern that is none matches nothing
	return matched
}

func escape(path string) string { return (&url.URL{Path: path}).EscapedPath() }
