package retry

import (
	"net/http"
	"strconv"
	"time"
)

// The smallest numbers of a Retry-After that are read as an epoch time: as a delay, 31 years, and as an epoch time in
// seconds, some 30,000 years from now.
const (
	minEpoch       = 1_000_000_000
	minEpochMillis = 1_000_000_000_000
)

// retryAfter reads the Retry-After header (RFC 9110, section 10.2.3): seconds, or a date, or against the RFC but in use
// an epoch time. Times are measured against the answer's own Date, since the clocks may differ; now stands in for a
// missing one. It reports false for what is absent, negative, past or unreadable.
func retryAfter(h http.Header, now time.Time) (time.Duration, bool) {
	value := h.Get("Retry-After")
	if value == "" {
		return 0, false
	}
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		now = date
	}
	if value[0] >= '0' && value[0] <= '9' {
		if n, err := strconv.ParseInt(value, 10, 64); err == nil {
			switch {
			case n < minEpoch:
				return time.Duration(n) * time.Second, true
			case n < minEpochMillis:
				return until(time.Unix(n, 0), now)
			default:
				return until(time.UnixMilli(n), now)
			}
		}
	}
	if date, err := http.ParseTime(value); err == nil {
		return until(date, now)
	}
	return 0, false
}

// until returns the time from now to t, which Sub bounds to the longest Duration.
func until(t, now time.Time) (time.Duration, bool) {
	d := max(t.Sub(now), 0)
	return d, d > 0
}
