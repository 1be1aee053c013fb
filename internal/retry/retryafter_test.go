package retry_test

import (
	"net/http"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sellerscenter/client-go/internal/retry"
)

func TestParseAfter(t *testing.T) {
	const date = "Mon, 23 Nov 2026 13:00:00 GMT"
	const soon = "Sat, 01 Jan 2000 00:00:30 GMT" // half a minute after the local clock
	after := func(value string) http.Header { return http.Header{"Retry-After": {value}, "Date": {date}} }
	for _, tt := range []struct {
		name   string
		header http.Header
		delay  time.Duration
		stated bool
	}{
		{"absent", http.Header{"Date": {date}}, 0, false},
		{"zero", after("0"), 0, true},
		{"seconds", after("7"), 7 * time.Second, true},
		{"decimal", after("1.5"), 2 * time.Second, true},
		{"date", after("Mon, 23 Nov 2026 13:00:30 GMT"), 30 * time.Second, true},
		{"date without Date", http.Header{"Retry-After": {soon}}, 30 * time.Second, true},
		{"date in the past", after("Mon, 23 Nov 2026 12:59:59 GMT"), 0, true},
		{"epoch", after("1795438830"), 30 * time.Second, true},
		{"epoch in milliseconds", after("1795438830500"), 30500 * time.Millisecond, true},
		{"epoch in the past", after("1795438799"), 0, true},
		{"list", after("20,\t20"), 20 * time.Second, true},
		{"list, with a date", after("20, Mon, 23 Nov 2026 13:00:30 GMT"), 20 * time.Second, true},
		{"list of dates", after("Monday, 23-Nov-26 13:00:30 GMT, " + date), 30 * time.Second, true},
		{"list, with a date of asctime", after("Mon Nov 23 13:00:30 2026, 7"), 30 * time.Second, true},
		{"list of Dates", http.Header{"Retry-After": {date}, "Date": {date + ", " + date}}, 0, true},
		{"list that begins with nothing", after(", 20"), 0, false},
		{"negative", after("-7"), 0, false},
		{"word", after("soon"), 0, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				delay, stated := retry.ParseAfter(tt.header)
				if delay != tt.delay || stated != tt.stated {
					t.Errorf("got %v, %v, want %v, %v", delay, stated, tt.delay, tt.stated)
				}
			})
		})
	}
}

func FuzzRetryAfter(f *testing.F) {
	const past = "Thu, 01 Jan 1970 00:00:10 GMT"
	for _, s := range []string{"7", "-1", "99999999999", past, "1795438830", "", "1e9", "29.997", "20, 20"} {
		f.Add(s, "Mon, 23 Nov 2026 13:00:00 GMT")
	}
	f.Fuzz(func(t *testing.T, value, date string) {
		h := http.Header{"Retry-After": {value}, "Date": {date}}
		delay, stated := retry.ParseAfter(h)
		if delay < 0 || !stated && delay != 0 {
			t.Errorf("ParseAfter(%q, %q) = %v, %v", value, date, delay, stated)
		}
		n, err := strconv.ParseUint(value, 10, 63)
		if err != nil {
			return
		}
		now, err := http.ParseTime(date)
		switch {
		case n < 1_000_000_000:
			if want := time.Duration(n) * time.Second; !stated || delay != want {
				t.Errorf("ParseAfter(%q, %q) = %v, %v, want %v", value, date, delay, stated, want)
			}
		case n < 1_000_000_000_000 && err == nil:
			if want := max(time.Unix(int64(n), 0).Sub(now), 0); !stated || delay != want {
				t.Errorf("ParseAfter(%q, %q) = %v, %v, want %v", value, date, delay, stated, want)
			}
		}
	})
}
