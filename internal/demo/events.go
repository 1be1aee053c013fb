package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"time"
)

// events is a [slog.Handler] that tells in words what the client's log says about a batch: what
// went wrong, and how the client got over it.
type events struct {
	slog.Handler // only Enabled and Handle are called

	tell func(batch, text string)
}

// Enabled lets everything through. Attempts are records of the level debug.
func (e events) Enabled(context.Context, slog.Level) bool { return true }

// Handle tells about a record.
func (e events) Handle(_ context.Context, r slog.Record) error {
	attrs := map[string]slog.Value{}
	r.Attrs(func(a slog.Attr) bool {
		attrs[a.Key] = a.Value
		return true
	})
	if text := describe(r.Message, attrs); text != "" {
		e.tell(attrs["batch"].String(), text)
	}
	return nil
}

// describe returns the words for a record, and none for one that is not worth telling.
func describe(message string, attrs map[string]slog.Value) string {
	cause := withText(attrs["cause"].String())
	switch message {
	case "sellerscenter: retry":
		delay := attrs["delay"].Duration().Round(time.Millisecond)
		return fmt.Sprintf("attempt %v failed: %s; next attempt in %v", attrs["attempt"], cause, delay)
	case "sellerscenter: no retry":
		return fmt.Sprintf("attempt %v failed: %s; the retry budget is used up", attrs["attempt"], cause)
	case "sellerscenter: poll failed":
		return fmt.Sprintf("poll %v failed: %s", attrs["poll"], cause)
	case "sellerscenter: attempt":
		return describeAttempt(attrs)
	default:
		return ""
	}
}

// describeAttempt tells about a retry that worked.
func describeAttempt(attrs map[string]slog.Value) string {
	status, answered := attrs["status"]
	retried := attrs["attempt"].Int64() > 1
	if !answered || !retried || status.Int64()/100 != 2 {
		return ""
	}
	return fmt.Sprintf("attempt %v succeeded: %s", attrs["attempt"], withText(status.String()))
}

// withText returns a status code with its text, and any other cause as it is.
func withText(cause string) string {
	status, err := strconv.Atoi(cause)
	if err != nil || http.StatusText(status) == "" {
		return cause
	}
	return cause + " " + http.StatusText(status)
}
