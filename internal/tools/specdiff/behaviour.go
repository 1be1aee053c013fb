package main

import (
	"fmt"
	"regexp"
)

// behaviourChanges returns how the client treats operations differently that two trees share. The
// other comparisons tell of operations that are new or gone.
func behaviourChanges(before, after string) ([]change, error) {
	old, err := readTable(before)
	if err != nil {
		return nil, fmt.Errorf("the commit: %w", err)
	}
	now, err := readTable(after)
	if err != nil {
		return nil, err
	}
	byRequest := map[string]operation{}
	for _, op := range old {
		byRequest[op.request()] = op
	}
	var changes []change
	for _, op := range now {
		was, kept := byRequest[op.request()]
		if kept {
			changes = append(changes, operationChanges(was, op)...)
		}
	}
	return changes, nil
}

var placeholder = regexp.MustCompile(`\{[^{}/]*\}`)

// request tells operations apart as a server does, which never sees the names of path parameters.
func (op operation) request() string {
	return op.method + " " + placeholder.ReplaceAllString(op.path, "{}")
}

func operationChanges(was, now operation) []change {
	var changes []change
	add := func(s severity, format string, args ...any) {
		text := fmt.Sprintf(format, args...)
		changes = append(changes, change{s, fmt.Sprintf("%s %s: %s", now.method, now.path, text)})
	}
	if was.name != now.name && was.name != "" && now.name != "" {
		add(breaks, "the method %sWithResponse is now %sWithResponse", was.name, now.name)
	}
	if was.rateLimit != now.rateLimit {
		kind, text := rateLimitChange(was.rateLimit, now.rateLimit)
		add(kind, "%s", text)
	}
	if was.idempotent != now.idempotent && !alwaysRetried(now.method) {
		add(mayBreak, "%s", idempotentChange(now.idempotent))
	}
	if was.accept != now.accept && was.accept != "" {
		add(mayBreak, "the Accept header changed from `%s` to `%s`", was.accept, now.accept)
	}
	return changes
}

// rateLimitChange returns what another rate limit does to callers, and the words for it.
func rateLimitChange(was, now int) (severity, string) {
	switch {
	case was == 0:
		return mayBreak, fmt.Sprintf("a rate limit of %d requests a minute is now stated;"+
			" calls wait where it is used up", now)
	case now == 0:
		return mayBreak, fmt.Sprintf("the rate limit of %d requests a minute is no longer stated;"+
			" calls do not wait for it any more, and the server may refuse them", was)
	case now < was:
		return mayBreak, fmt.Sprintf("the rate limit went from %d to %d requests a minute;"+
			" calls may wait longer", was, now)
	default:
		return compatible, fmt.Sprintf("the rate limit went from %d to %d requests a minute", was, now)
	}
}

func idempotentChange(idempotent bool) string {
	if idempotent {
		return "now marked x-idempotent; a call that failed is sent again even where" +
			" the server may have carried it out"
	}
	return "no longer marked x-idempotent; a call that failed is not sent again where" +
		" the server may have carried it out"
}

// alwaysRetried reports whether the client repeats requests of a method without a mark (RFC 9110,
// section 9.2.2).
func alwaysRetried(method string) bool {
	switch method {
	case "GET", "HEAD", "OPTIONS", "PUT", "DELETE":
		return true
	default:
		return false
	}
}
