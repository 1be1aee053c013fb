package ratelimit

import (
	"net/http"
	"time"

	"github.com/sellerscenter/client-go/internal/retry"
)

const (
	// minHold is how long a refusal without a time holds requests. Each further one in a row holds
	// twice as long, up to maxDoublings times.
	minHold      = 500 * time.Millisecond
	maxDoublings = 4
	// maxHold bounds what a server can ask for: a mistaken Retry-After must not stop a program for
	// good.
	maxHold = time.Hour
)

// hold keeps all requests of an operation back after the server refused one with 429.
type hold struct {
	until time.Time
	// refusals counts the refusals in a row.
	refusals int
}

// refuse begins or prolongs the hold, and reports whether the server named a time.
func (h *hold) refuse(header http.Header, now time.Time) (named bool) {
	delay, _ := retry.ParseAfter(header, now)
	named = delay > 0
	if !named {
		delay = minHold << min(h.refusals, maxDoublings)
	}
	h.refusals++
	h.until = now.Add(max(h.until.Sub(now), min(delay, maxHold)))
	return named
}
