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
	// maxHold bounds what a server or a shared count can ask for: a mistaken Retry-After must not
	// stop a program for good.
	maxHold = time.Hour
)

// hold keeps all requests of an operation back after the server refused one with 429.
type hold struct {
	until time.Time
	// refusals counts the refusals in a row.
	refusals int
}

// isOn reports whether requests are held back now.
func (h *hold) isOn(now time.Time) bool { return h.until.After(now) }

// refuse begins or prolongs the hold after a refusal.
func (h *hold) refuse(now time.Time, header http.Header) {
	delay, _ := retry.ParseAfter(header)
	if delay <= 0 {
		delay = minHold << min(h.refusals, maxDoublings)
	}
	if !h.isOn(now) { // those refused at the same time count once
		h.refusals++
	}
	h.extend(now, delay)
}

// extend holds requests for a time. It never shortens the hold.
func (h *hold) extend(now time.Time, d time.Duration) {
	if until := now.Add(min(d, maxHold)); d > 0 && until.After(h.until) {
		h.until = until
	}
}
