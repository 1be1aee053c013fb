package main

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// limitKey is the extension that states the limit of an operation whose description does not.
const limitKey = "x-rate-limit"

// A limit is a number of requests per minute, in the words that people have for that, with whatever
// Markdown emphasis around each. After "limit", the word requests may be missing.
const (
	emphasis    = "[ \t*_`]*"
	limitNumber = "(?:^|[^0-9A-Za-z.,'+-])([0-9]{1,3}(?:[.,'\u00a0\u202f][0-9]{3})+|[0-9]+)" + emphasis
	requests    = `(?:requests?|reqs?\b\.?|calls?)`
	perMinute   = emphasis + `(?:per|/|an?\b|each|every)` + emphasis +
		`(?:(?:(?:1|one) )?min(?:utes?)?\b|60 ?s(?:ec|econds)?\b)`
)

var (
	clearLimit = regexp.MustCompile(`(?im)` + limitNumber +
		`(?:rpm\b|(?:(?:api|http)[ -])?` + requests + perMinute + `)`)
	clearAfterLabel = regexp.MustCompile(`(?im)\blimits?\b[^0-9\n.]*` + limitNumber + perMinute)

	// unclearLimit matches a line that announces a limit, or speaks of requests in a time.
	unclearLimit = regexp.MustCompile(`(?im)^.*(?:\brate[ -]?limits?\b[^0-9A-Za-z\n]*:|\b` + requests +
		emphasis + `(?:per|/|an?\b|each|every|in|within)` + emphasis +
		`(?:[0-9a-z]+ )?(?:s|secs?|seconds?|min|minutes?|h|hours?|days?)\b).*$`)
)

// readRateLimit returns the requests per minute that a description states, 0 where it states none,
// and the words that seem to state a limit, but are not clear. Of two limits it returns the lower.
func readRateLimit(description string) (limit int, unclear string) {
	found := append(clearLimit.FindAllStringSubmatch(description, -1),
		clearAfterLabel.FindAllStringSubmatch(description, -1)...)
	if len(found) == 0 {
		return 0, strings.TrimSpace(unclearLimit.FindString(description))
	}
	for _, match := range found {
		n := limitOf(match[1])
		if n == 0 || limit != 0 && n != limit {
			unclear = strings.TrimSpace(match[0])
		}
		if limit == 0 || n != 0 && n < limit {
			limit = n
		}
	}
	return limit, unclear
}

var notDigit = regexp.MustCompile(`\D`)

// limitOf returns a number with separators of thousands, 0 where that is no limit.
func limitOf(number string) int {
	n, err := strconv.ParseInt(notDigit.ReplaceAllString(number, ""), 10, 32)
	if err != nil {
		return 0
	}
	return int(n)
}

// rateLimit returns the limit of an operation, and what there is to tell about it. The extension
// counts where the description states no limit, or none that is clear.
func (d *document) rateLimit(operation *yaml.Node) (limit int, told string, err error) {
	limit, unclear := readRateLimit(textOf(operation, "description"))
	extension := get(operation, limitKey)
	if extension == nil && unclear != "" {
		return limit, fmt.Sprintf("the rate limit is not clear: %q; where %d is not right,"+
			" write %s at the operation", unclear, limit, limitKey), nil
	}
	if extension == nil || limit != 0 && unclear == "" {
		return limit, "", nil
	}
	limit = limitOf(extension.Value)
	if extension.Tag != "!!int" || limit == 0 {
		return 0, "", d.errorf(extension, "%s is %q; write a number of requests per minute, such as 200",
			limitKey, extension.Value)
	}
	return limit, "", nil
}

// limitText is a limit in words.
func limitText(limit int) string {
	if limit == 1 {
		return "1 request per minute"
	}
	return strconv.Itoa(limit) + " requests per minute"
}
