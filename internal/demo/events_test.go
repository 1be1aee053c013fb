package main

import (
	"log/slog"
	"testing"
	"time"
)

func TestEventsTellOfFailuresAndSurvival(t *testing.T) {
	attempt := slog.Int("attempt", 2)
	status := slog.Int("status", 200)
	for _, tt := range []struct {
		name    string
		message string
		attrs   []any
		want    string
	}{
		{
			"retry after a status code", "sellerscenter: retry",
			[]any{attempt, slog.Duration("delay", 21204790*time.Nanosecond), slog.String("cause", "503")},
			"attempt 2 failed: 503 Service Unavailable; next attempt in 21ms",
		},
		{
			"retry after a network failure", "sellerscenter: retry",
			[]any{attempt, slog.Duration("delay", time.Second), slog.String("cause", "unexpected EOF")},
			"attempt 2 failed: unexpected EOF; next attempt in 1s",
		},
		{
			"no retry", "sellerscenter: no retry",
			[]any{attempt, slog.String("cause", "599")},
			"attempt 2 failed: 599; the retry budget is used up",
		},
		{
			"failed poll", "sellerscenter: poll failed",
			[]any{slog.Int("poll", 3), slog.String("cause", "no route to host")},
			"poll 3 failed: no route to host",
		},
		{
			"retry that worked", "sellerscenter: attempt",
			[]any{attempt, status},
			"attempt 2 succeeded: 200 OK",
		},
		{"first attempt", "sellerscenter: attempt", []any{slog.Int("attempt", 1), status}, ""},
		{"retry that failed", "sellerscenter: attempt", []any{attempt, slog.Int("status", 503)}, ""},
		{"no response", "sellerscenter: attempt", []any{attempt, slog.String("error", "unexpected EOF")}, ""},
		{"another message", "sellerscenter: news", nil, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got string
			tell := func(batch, text string) {
				if batch != "4711" {
					t.Errorf("batch %q", batch)
				}
				got = text
			}
			slog.New(events{tell: tell}).Warn(tt.message, append(tt.attrs, slog.String("batch", "4711"))...)
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
