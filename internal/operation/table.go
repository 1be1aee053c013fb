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
	written := -1
	for i := range t {
		op := &t[i]
		if op.Method != method || !op.beginsLike(path) {
			continue
		}
		pattern, literals := op.pattern()
		if literals > written && matches(pattern, path) {
			found = op
			written = literals
		}
	}
	return found
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

// pattern returns the template as a pattern of [path.Match], and how much of it is written out.
func (o *Operation) pattern() (pattern string, literals int) {
	pattern = escapedParameter.ReplaceAllString(escape(o.Path), parameterPattern)
	return pattern, len(pattern) - len(parameterPattern)*strings.Count(pattern, parameterPattern)
}

func matches(pattern, escapedPath string) bool {
	matched, err := path.Match(pattern, escapedPath)
	return err == nil && matched
}

func escape(path string) string { return (&url.URL{Path: path}).EscapedPath() }
