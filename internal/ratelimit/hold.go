package ratelimit

import (
	"math/rand/v2"
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

// refused begins or prolongs the hold.
func (w *window) refused(now time.Time, header http.Header) {
	delay, _ := retry.ParseAfter(header)
	if delay > 0 {
		w.others.slots = 0 // by then there is room; how much, the next response tells
	} else {
		delay = minHold << min(w.hold.refusals, maxDoublings)
	}
	if !w.hold.until.After(now) { // those refused at the same time count once
		w.hold.refusals++
	}
	w.hold.until = now.Add(max(w.hold.until.Sub(now), min(delay, maxHold)))
	w.shared.news.refused = true
	w.server.left = 0
	// Polls begin anew then, a little later by chance, since others are let go at the same moment.
	w.pace = pace{credit: -rand.Float64(), at: w.hold.until}
}
