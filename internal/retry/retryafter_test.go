package retry

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestParseAfter has what servers write into Retry-After, with clocks that differ from the local one.
func TestParseAfter(t *testing.T) {
	const date = "Mon, 23 Nov 2026 13:00:00 GMT"
	const date30 = "Mon, 23 Nov 2026 13:00:30 GMT"
	const soon = "Sat, 01 Jan 2000 00:00:30 GMT" // half a minute after the local clock
	const forever = math.MaxInt64
	after := func(value string) http.Header { return http.Header{"Retry-After": {value}, "Date": {date}} }
	without := http.Header{"Retry-After": {soon}}
	unreadable := http.Header{"Retry-After": {soon}, "Date": {"yesterday"}}
	for _, tt := range []struct {
		name   string
		header http.Header
		delay  time.Duration
		stated bool
	}{
		{"seconds", after("7"), 7 * time.Second, true},
		{"zeros before", after("0000000000000000000000007"), 7 * time.Second, true},
		{"white space", after(" 7"), 7 * time.Second, true},
		{"decimal", after("29.997"), 30 * time.Second, true},
		{"small decimal", after("0.001"), time.Second, true},
		{"whole decimal", after("3.000"), 3 * time.Second, true},
		{"31 years", after("999999999"), 999_999_999 * time.Second, true},
		{"smallest epoch", after("1000000000"), 0, true},
		{"epoch", after("1795438830"), 30 * time.Second, true},
		{"largest epoch in seconds", after("999999999999"), forever, true},
		{"smallest epoch in milliseconds", after("1000000000000"), 0, true},
		{"epoch in milliseconds", after("1795438830500"), 30500 * time.Millisecond, true},
		{"beyond int64", after("9223372036854775808"), forever, true},
		{"decimal beyond int64", after("99999999999999999999.5"), forever, true},
		{"a million digits", after(strings.Repeat("9", 1<<20)), forever, true},
		{"date", after(date30), 30 * time.Second, true},
		{"date of RFC 850", after("Monday, 23-Nov-26 13:00:30 GMT"), 30 * time.Second, true},
		{"date of asctime", after("Mon Nov 23 13:00:30 2026"), 30 * time.Second, true},
		{"date in 9999", after("Fri, 31 Dec 9999 23:59:59 GMT"), forever, true},
		{"date without Date", without, 30 * time.Second, true},
		{"date with an unreadable Date", unreadable, 30 * time.Second, true},
		{"list", after("20,\t20"), 20 * time.Second, true},
		{"list, with a date", after("20, " + date30), 20 * time.Second, true},
		{"list of dates", after("Monday, 23-Nov-26 13:00:30 GMT, " + date), 30 * time.Second, true},
		{"list, with a date of asctime", after("Mon Nov 23 13:00:30 2026, 7"), 30 * time.Second, true},
		{"list of Dates", http.Header{"Retry-After": {date30}, "Date": {date + ", " + date}},
			30 * time.Second, true},
		{"two headers", http.Header{"Retry-After": {"3", "100"}}, 3 * time.Second, true},

		{"zero", after("0"), 0, true},
		{"decimal zero", after("0.0"), 0, true},
		{"date equal to Date", after(date), 0, true},
		{"date before Date", after("Mon, 23 Nov 2026 12:59:59 GMT"), 0, true},
		{"date in 1970", after("Thu, 01 Jan 1970 00:00:10 GMT"), 0, true},
		{"epoch before Date", after("1795438799"), 0, true},

		{"absent", http.Header{"Date": {date}}, 0, false},
		{"empty", after(""), 0, false},
		{"negative", after("-7"), 0, false},
		{"signed", after("+7"), 0, false},
		{"word", after("soon"), 0, false},
		{"list that begins with a word", after("soon, 7"), 0, false},
		{"list that begins with nothing", after(", 20"), 0, false},
		{"not a number", after("NaN"), 0, false},
		{"infinite", after("Inf"), 0, false},
		{"hexadecimal", after("0x10"), 0, false},
		{"exponent", after("1e1"), 0, false},
		{"underscore", after("1_0"), 0, false},
		{"other digits", after("\u0661"), 0, false},
		{"not UTF-8", after("\xff"), 0, false},
		{"date in another zone", after("Mon, 23 Nov 2026 13:00:30 CET"), 0, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				delay, stated := ParseAfter(tt.header)
				if delay != tt.delay || stated != tt.stated {
					t.Errorf("got %v, %v, want %v, %v", delay, stated, tt.delay, tt.stated)
				}
			})
		})
	}
}

// FuzzRetryAfter compares whole numbers with another reading, and asks of anything else no delay
// that is negative, or not stated.
func FuzzRetryAfter(f *testing.F) {
	for _, s := range []string{"7", "-1", "99999999999", "1795438830", "", "1e9", "29.997", "20, 20",
		"Thu, 01 Jan 1970 00:00:10 GMT"} {
		f.Add(s, "Mon, 23 Nov 2026 13:00:00 GMT")
	}
	f.Add("Fri, 31 Dec 9999 23:59:59 GMT", "Mon, 01 Jan 0001 00:00:00 GMT")
	f.Fuzz(func(t *testing.T, value, date string) {
		delay, stated := ParseAfter(http.Header{"Retry-After": {value}, "Date": {date}})
		now, badDate := http.ParseTime(date)
		n, notANumber := strconv.ParseUint(value, 10, 63)
		want := delay
		switch {
		case notANumber != nil: // such as a date
		case n < minEpochSeconds:
			want = time.Duration(n) * time.Second
		case n < minEpochMillis && badDate == nil:
			want = max(time.Unix(int64(n), 0).Sub(now), 0)
		}
		if delay < 0 || delay != want || !stated && (delay != 0 || notANumber == nil) {
			t.Errorf("ParseAfter(%q, %q) = %v, %v, want %v", value, date, delay, stated, want)
		}
	})
}
