package retry

import (
	"math"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
)

const (
	// minEpochSeconds and minEpochMillis are the smallest numbers that are read as an epoch time:
	// as a delay, the first would be 31 years. As an epoch time in seconds, the second would be
	// some 30,000 years from now.
	minEpochSeconds = 1e9
	minEpochMillis  = 1e12
	// maxNumber stands for every larger number, some of which no int64 holds: as an epoch time in
	// milliseconds, it too is 30,000 years from now.
	maxNumber = 1e15
)

// ParseAfter reads the Retry-After header (RFC 9110, section 10.2.3): seconds, a date or, against
// the RFC but in use, an epoch time. A decimal number of seconds is rounded up. Times are measured
// against the response's own Date, since clocks differ, or the local clock if there is none.
//
// A zero, or a time that is past, states a delay of 0. A number too large for an integer is longer
// than any patience. What is absent, negative or unreadable states nothing. The first of several
// values counts.
func ParseAfter(h http.Header) (delay time.Duration, stated bool) {
	value := first(h, "Retry-After")
	if value == "" {
		return 0, false // as nearly always
	}
	now, err := http.ParseTime(first(h, "Date"))
	if err != nil {
		now = time.Now()
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(at.Sub(now), 0), true
	}
	number, ok := parseNumber(value)
	if number >= minEpochMillis {
		return max(time.UnixMilli(number).Sub(now), 0), ok
	}
	if number >= minEpochSeconds {
		return max(time.Unix(number, 0).Sub(now), 0), ok
	}
	return time.Duration(number) * time.Second, ok
}

// firstValue matches the first of the values that a proxy joined with commas. The comma behind the
// weekday of a date belongs to the value.
var firstValue = regexp.MustCompile(`^(?:[A-Za-z]+,)?[^,]*`)

// first returns the first value of a header.
func first(h http.Header, name string) string {
	return strings.TrimSpace(firstValue.FindString(h.Get(name)))
}

var plainNumber = regexp.MustCompile(`^\d+(\.\d+)?$`)

// parseNumber reads a number that is not negative, and rounds a decimal up.
func parseNumber(value string) (int64, bool) {
	if !plainNumber.MatchString(value) {
		return 0, false
	}
	number, _ := strconv.ParseFloat(value, 64) // one out of range is infinite
	return int64(min(math.Ceil(number), maxNumber)), true
}
