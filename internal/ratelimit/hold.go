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

// refuse holds all requests of the operation back after the server refused one with 429.
func (w *window) refuse(now time.Time, header http.Header) {
	delay, _ := retry.ParseAfter(header)
	if delay <= 0 {
		delay = minHold << min(w.refusals, maxDoublings)
	}
	if !w.own.isPaused(now) { // those refused at the same time count once
		w.refusals++
	}
	w.own.pause(now, delay)
}
