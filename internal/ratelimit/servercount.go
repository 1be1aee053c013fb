package ratelimit

import (
	"net/http"
	"strings"

	"github.com/sellerscenter/client-go/internal/operation"
)

const maxLimit = 1 << 30 // keeps arithmetic within an int of 32 bits

// limitOf returns the limit that a response tells in X-RateLimit-Limit.
func limitOf(header http.Header) (int, bool) {
	n, ok := operation.ParseCount(header.Get("X-Ratelimit-Limit"))
	return int(min(n, maxLimit)), ok && n > 0
}

// remainingOf returns how many requests a response says remain, in X-RateLimit-Remaining. Fewer
// than none are none.
func remainingOf(header http.Header) (int, bool) {
	value := strings.TrimSpace(header.Get("X-Ratelimit-Remaining"))
	n, ok := operation.ParseCount(strings.TrimPrefix(value, "-"))
	if strings.HasPrefix(value, "-") {
		n = 0
	}
	return int(min(n, maxLimit)), ok
}

// serverCount is how many requests the server has left by its own count, to those under way too. A
// server that does not count in a sliding window can have less left than our own log says, when
// that runs out all at once after a burst. While none are left, one request at a time may go and
// look.
type serverCount struct {
	known bool
	left  int
	// told is what the last response said.
	told int
	// asked is how many requests were sent before the count was learned.
	asked int
}

// observe learns what remained when the server counted a request. Responses to requests that were
// under way together come in any order: of those the worst counts, and only one to a request sent
// since brings better news.
func (c *serverCount) observe(remaining, number, sent int) {
	c.told = remaining
	if number <= c.asked {
		c.left = min(c.left, remaining)
		return
	}
	*c = serverCount{known: true, left: remaining, told: remaining, asked: sent}
}

// vouch makes up for a count that is old: slots of our own that are free again stand for as many
// requests, up to a few.
func (c *serverCount) vouch(freed, few int) {
	if c.left < few {
		c.left = min(c.left+freed, few)
	}
}
