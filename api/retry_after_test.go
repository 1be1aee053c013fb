package api_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sellerscenter/client-go/api"
)

// TestRetryAfter has what servers write into Retry-After, with a clock that is an hour ahead.
func TestRetryAfter(t *testing.T) {
	const date = "Mon, 23 Nov 2026 13:00:00 GMT"
	const date30 = "Mon, 23 Nov 2026 13:00:30 GMT"
	const forever = math.MaxInt64
	for _, tt := range []struct {
		name, value string
		delay       time.Duration // before the second attempt; 0 for the backoff
		patience    time.Duration // the least RetryAfter of an error at once; 0 for a second attempt
		unstated    bool          // as if there were none
	}{
		{name: "seconds", value: "7", delay: 7 * time.Second},
		{name: "zeros before", value: "007", delay: 7 * time.Second},
		{name: "two minutes", value: "120", delay: 2 * time.Minute},
		{name: "more than two minutes", value: "121", patience: 121 * time.Second},
		{name: "decimal", value: "29.997", delay: 30 * time.Second},
		{name: "small decimal", value: "0.001", delay: time.Second},
		{name: "whole decimal", value: "3.000", delay: 3 * time.Second},
		{name: "31 years", value: "999999999", patience: 999999999 * time.Second},
		{name: "beyond int64", value: "99999999999999999999", patience: 2*time.Minute + 1},
		{name: "decimal beyond int64", value: "99999999999999999999.5", patience: 2*time.Minute + 1},
		{name: "a million digits", value: strings.Repeat("9", 1<<20), patience: 2*time.Minute + 1},
		{name: "epoch", value: "1795438830", delay: 30 * time.Second},
		{name: "epoch in milliseconds", value: "1795438830500", delay: 30500 * time.Millisecond},
		{name: "epoch beyond a Duration", value: "99999999999", patience: forever},
		{name: "list", value: "7, 100", delay: 7 * time.Second},
		{name: "list of dates", value: date30 + ", " + date30 + ", 7", delay: 30 * time.Second},
		{name: "date", value: date30, delay: 30 * time.Second},
		{name: "date of RFC 850", value: "Monday, 23-Nov-26 13:00:30 GMT", delay: 30 * time.Second},
		{name: "date in 9999", value: "Fri, 31 Dec 9999 23:59:59 GMT", patience: forever},

		{name: "zero", value: "0"},
		{name: "decimal zero", value: "0.0"},
		{name: "date equal to Date", value: date},
		{name: "date before Date", value: "Mon, 23 Nov 2026 12:59:59 GMT"},
		{name: "date in 1970", value: "Thu, 01 Jan 1970 00:00:10 GMT"},
		{name: "epoch before Date", value: "1795438799"},

		{name: "empty", value: "", unstated: true},
		{name: "negative", value: "-7", unstated: true},
		{name: "signed", value: "+7", unstated: true},
		{name: "word", value: "soon", unstated: true},
		{name: "list that begins with a word", value: "soon, 7", unstated: true},
		{name: "not a number", value: "NaN", unstated: true},
		{name: "infinite", value: "Inf", unstated: true},
		{name: "hexadecimal", value: "0x10", unstated: true},
		{name: "exponent", value: "1e1", unstated: true},
		{name: "other digits", value: "\u0661", unstated: true},
		{name: "not UTF-8", value: "\xff", unstated: true},
	} {
		for _, status := range []int{429, 503} {
			for _, method := range []string{"GET", "POST"} {
				t.Run(fmt.Sprintf("%s/%d to a %s", tt.name, status, method), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						requests := 0
						told := reply(status, "", "Retry-After", tt.value, "Date", date)
						w := counted(&requests, inTurn(told, reply(200, "{}")))
						c := newClient(t, w, api.WithoutRateLimit())
						start := time.Now()
						_, err := submit(t.Context(), t, c, method, "")
						elapsed := time.Since(start)

						// A 503 that states no delay may come from a POST that was carried out.
						unknown := method == "POST" && status == 503 && tt.unstated
						if errors.Is(err, api.ErrOutcomeUnknown) != unknown {
							t.Errorf("error %v, want outcome unknown: %v", err, unknown)
						}
						if unknown || tt.patience > 0 {
							checkRefusal(t, err, status, tt.patience)
							if requests != 1 || elapsed != 0 {
								t.Errorf("%d requests in %v, want one", requests, elapsed)
							}
							return
						}
						if err != nil || requests != 2 {
							t.Errorf("error %v after %d requests, want success after two", err, requests)
						}
						backsOff := elapsed > 0 && elapsed <= 500*time.Millisecond
						if elapsed != tt.delay && (tt.delay > 0 || !backsOff) {
							t.Errorf("sent again after %v, want %v (0: the backoff)", elapsed, tt.delay)
						}
					})
				})
			}
		}
	}
}

// TestRetryAfterBeyondTheDeadline has delays that are slept if there is time, and one that is not.
func TestRetryAfterBeyondTheDeadline(t *testing.T) {
	for _, seconds := range []string{"60", "3600"} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			c := newClient(t, reply(503, "", "Retry-After", seconds), api.WithoutRateLimit())
			start := time.Now()
			_, err := get(ctx, c)
			if !errors.Is(err, context.DeadlineExceeded) || answered(err).RetryAfter < time.Minute {
				t.Errorf("after %s s: error %v, want the deadline's and the 503", seconds, err)
			}
			if elapsed := time.Since(start); elapsed != 0 {
				t.Errorf("ended after %v, want at once", elapsed)
			}
		})
	}
}

// checkRefusal checks that err is an *api.Error that tells the delay, if there is one.
func checkRefusal(t *testing.T, err error, status int, patience time.Duration) {
	t.Helper()
	got := answered(err)
	if got.StatusCode != status || got.RetryAfter < patience || patience == 0 && got.RetryAfter != 0 {
		t.Errorf("error %#v, want one with status %d and a RetryAfter of %v or more", got, status, patience)
	}
}

func TestFirstOfTwoRetryAftersCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, inTurn(handle(func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Retry-After"] = []string{"3", "100"}
			w.WriteHeader(http.StatusServiceUnavailable)
		}), handle(ok)))
		start := time.Now()
		if _, err := get(t.Context(), c); err != nil || time.Since(start) != 3*time.Second {
			t.Errorf("error %v after %v, want success after 3s", err, time.Since(start))
		}
	})
}

func TestDateOfRetryAfterWithoutDateIsMeasuredByTheClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, date := range []string{"", "yesterday"} {
			at := time.Now().Add(30 * time.Second).UTC().Format(http.TimeFormat)
			c := newClient(t, inTurn(reply(503, "", "Retry-After", at, "Date", date), handle(ok)))
			start := time.Now()
			if _, err := get(t.Context(), c); err != nil || time.Since(start) != 30*time.Second {
				t.Errorf("Date %q: error %v after %v, want success after 30s", date, err, time.Since(start))
			}
		}
	})
}

func TestRetryAfterZeroDoesNotStormTheServer(t *testing.T) {
	for _, status := range []int{429, 503} {
		synctest.Test(t, func(t *testing.T) {
			requests := 0
			c := newClient(t, counted(&requests, reply(status, "", "Retry-After", "0")),
				api.WithRetry(api.RetryPolicy{MaxAttempts: 50}), api.WithoutRateLimit())
			start := time.Now()
			_, err := get(t.Context(), c)
			if requests != 50 || time.Since(start) < 20*time.Second {
				t.Errorf("%d requests in %v, then %v; want a backoff before each",
					requests, time.Since(start), err)
			}
		})
	}
}
