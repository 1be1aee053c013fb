package retry

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// The smallest numbers that are read as an epoch time: as a delay, the first would be 31 years. As
// an epoch time in seconds, the second would be some 30,000 years from now.
const (
	minEpochSeconds = 1_000_000_000
	minEpochMillis  = 1_000_000_000_000
)

// ParseAfter reads the Retry-After header (RFC 9110, section 10.2.3): seconds, a date or, against
// the RFC but in use, an epoch time. A decimal number of seconds is rounded up. Times are measured
// against the response's own Date, since clocks differ; now stands in for a missing one.
//
// A zero, or a time that is past, states a delay of 0. A number too large for an integer is longer
// than any patience. What is absent, negative or unreadable states nothing.
func ParseAfter(h http.Header, now time.Time) (delay time.Duration, stated bool) {
	value := h.Get("Retry-After")
	if value == "" {
		return 0, false // as nearly always
	}
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		now = date
	}
	at, err := http.ParseTime(value)
	if err == nil {
		return max(at.Sub(now), 0), true
	}
	seconds, ok := parseSeconds(value)
	switch {
	case seconds >= minEpochMillis:
		return max(time.UnixMilli(seconds).Sub(now), 0), ok
	case seconds >= minEpochSeconds:
		return max(time.Unix(seconds, 0).Sub(now), 0), ok
	}
	return time.Duration(seconds) * time.Second, ok
}

var plainNumber = regexp.MustCompile(`^(\d+)(?:\.(\d+))?$`)

// parseSeconds reads a number that is not negative, and rounds a decimal up.
func parseSeconds(value string) (int64, bool) {
	parts := plainNumber.FindStringSubmatch(value)
	if parts == nil {
		return 0, false
	}
	n, err := strconv.ParseInt(parts[1], 10, 64)
	if err == nil && strings.Trim(parts[2], "0") != "" {
		n++
	}
	return n, true // of one out of range it is the largest
}
