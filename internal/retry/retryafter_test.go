package retry

import (
	"net/http"
	"strconv"
	"testing"
	"time"
)

func TestRetryAfter(t *testing.T) {
	local := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	// The server's clock is an hour ahead.
	const date = "Mon, 23 Nov 2026 13:00:00 GMT"
	for _, tt := range []struct {
		name, value, date string
		want              time.Duration
		ok                bool
	}{
		{"absent", "", date, 0, false},
		{"zero", "0", date, 0, true},
		{"seconds", "7", date, 7 * time.Second, true},
		{"negative", "-7", date, 0, false},
		{"signed", "+7", date, 0, false},
		{"fraction", "1.5", date, 0, false},
		{"word", "soon", date, 0, false},
		{"beyond int64", "99999999999999999999", date, 0, false},
		{"date against the answer's own", "Mon, 23 Nov 2026 13:00:30 GMT", date, 30 * time.Second, true},
		{"date without one", "Mon, 23 Nov 2026 12:00:30 GMT", "", 30 * time.Second, true},
		{"date with an unreadable one", "Mon, 23 Nov 2026 12:00:30 GMT", "yesterday", 30 * time.Second, true},
		{"RFC 850 date", "Monday, 23-Nov-26 13:00:30 GMT", date, 30 * time.Second, true},
		{"date in the past", "Mon, 23 Nov 2026 12:59:59 GMT", date, 0, false},
		{"date now", date, date, 0, false},
		{"date in 1970", "Thu, 01 Jan 1970 00:00:10 GMT", date, 0, false},
		{"epoch", "1795438830", date, 30 * time.Second, true},
		{"epoch in milliseconds", "1795438830500", date, 30500 * time.Millisecond, true},
		{"epoch in the past", "1795438799", date, 0, false},
		{"longest delay", "999999999", date, 999999999 * time.Second, true},
		{"epoch beyond a Duration", "99999999999", date, 1<<63 - 1, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := http.Header{}
			for name, v := range map[string]string{"Retry-After": tt.value, "Date": tt.date} {
				if v != "" {
					h.Set(name, v)
				}
			}
			if got, ok := After(h, local); got != tt.want || ok != tt.ok {
				t.Errorf("After(%q) = %v, %v, want %v, %v", tt.value, got, ok, tt.want, tt.ok)
			}
		})
	}
}

func FuzzRetryAfter(f *testing.F) {
	for _, s := range []string{"7", "-1", "99999999999", "Thu, 01 Jan 1970 00:00:10 GMT", "1795438830", "", "1e9"} {
		f.Add(s, "Mon, 23 Nov 2026 13:00:00 GMT")
	}
	f.Fuzz(func(t *testing.T, value, date string) {
		h := http.Header{"Retry-After": {value}, "Date": {date}}
		now := time.Unix(0, 0)
		if at, err := http.ParseTime(date); err == nil {
			now = at
		}
		d, ok := After(h, time.Unix(0, 0))
		if n, err := strconv.ParseUint(value, 10, 63); err == nil && n < 1_000_000_000 {
			if want := time.Duration(n) * time.Second; !ok || d != want {
				t.Errorf("After(%q, %q) = %v, %v, want %v", value, date, d, ok, want)
			}
		} else if err == nil && n < 1_000_000_000_000 {
			if want := time.Unix(int64(n), 0).Sub(now); ok != (want > 0) || ok && d != want {
				t.Errorf("After(%q, %q) = %v, %v, want %v", value, date, d, ok, want)
			}
		} else if ok && d <= 0 {
			t.Errorf("After(%q, %q) = %v, true", value, date, d)
		}
	})
}
