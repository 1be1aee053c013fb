package retry

import (
	"net/http"
	"strconv"
	"time"
)

// The smallest numbers of a Retry-After that are read as an epoch time: as a delay, 31 years, and as an epoch time in
// seconds, some 30,000 years from now.
const minEpoch, minEpochMillis = 1_000_000_000, 1_000_000_000_000

// After reads the Retry-After header (RFC 9110, section 10.2.3): seconds, or a date, or against the RFC but in use
// an epoch time. Times are measured against the answer's own Date, since the clocks may differ; now stands in for a
// missing one. It reports false for what is absent, negative, past or unreadable.
func After(h http.Header, now time.Time) (time.Duration, bool) {
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		now = date
	}
	at, err := http.ParseTime(h.Get("Retry-After"))
	if n, notNumber := strconv.ParseUint(h.Get("Retry-After"), 10, 63); notNumber == nil {
		if n < minEpoch {
			return time.Duration(n) * time.Second, true
		}
		if at, err = time.Unix(int64(n), 0), nil; n >= minEpochMillis {
			at = time.UnixMilli(int64(n))
		}
	}
	delay := max(at.Sub(now), 0)
	return delay, err == nil && delay > 0
}
