package main

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// A sentence is "Rate limit:" with whatever Markdown emphasis around it, up to the end of its
// line. Once a description announces a limit, the limit must be readable, or the client would be
// throttled.
var (
	limitSentence = regexp.MustCompile(
		`(?im)(?:^|[^0-9A-Za-z])rate[ -]limit[ \t]*[*_]*[ \t]*:[ \t]*[*_]*[ \t]*(.*)$`)
	limitPerMinute = regexp.MustCompile(
		`(?i)^([0-9]{1,3}(?:,[0-9]{3})+|[0-9]+) requests? per minute\b`)
)

// parseRateLimit returns the requests per minute that a description states, 0 where it states
// none.
func parseRateLimit(description string) (int, error) {
	limit := 0
	for _, sentence := range limitSentence.FindAllStringSubmatch(description, -1) {
		n, err := parseLimit(strings.TrimSpace(sentence[1]))
		if err != nil {
			return 0, err
		}
		if limit != 0 && n != limit {
			return 0, fmt.Errorf("two rate limits, %d and %d requests per minute; state one", limit, n)
		}
		limit = n
	}
	return limit, nil
}

// parseLimit reads what follows "Rate limit:".
func parseLimit(text string) (int, error) {
	parsed := limitPerMinute.FindStringSubmatch(text)
	if parsed == nil {
		return 0, fmt.Errorf("cannot read the rate limit %q;"+
			" write **Rate limit:** 200 requests per minute", text)
	}
	digits := strings.ReplaceAll(parsed[1], ",", "")
	n, err := strconv.ParseInt(digits, 10, 32)
	if err != nil || n == 0 {
		return 0, fmt.Errorf("the rate limit %q is out of range;"+
			" write a number of requests per minute from 1 to 2147483647", text)
	}
	return int(n), nil
}

// limitText is a limit in words.
func limitText(limit int) string {
	if limit == 1 {
		return "1 request per minute"
	}
	return strconv.Itoa(limit) + " requests per minute"
}
