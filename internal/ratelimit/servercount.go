package ratelimit

import (
	"net/http"
	"strings"

	"github.com/sellerscenter/client-go/internal/operation"
)

const maxLimit = 1 << 30 // keeps arithmetic within an int of 32 bits

// countOf returns the number that a rate-limit header has. One below zero counts as zero: a server
// says so that more was used than it allows.
func countOf(header http.Header, name string) (n int, ok bool) {
	value := strings.TrimSpace(header.Get(name))
	digits, isNegative := strings.CutPrefix(value, "-")
	count, ok := operation.ParseCount(digits)
	if isNegative {
		return 0, ok
	}
	return int(min(count, maxLimit)), ok
}

// serverCount is how many requests the server has left by its own count, to those under way too. A
// server that does not count in a sliding window can have less left than our own log says, when
// that runs out all at once after a burst.
type serverCount struct {
	// round counts how often the count was learned anew; 0 if the server never told one.
	round int
	left  int
	// told is what the last response said.
	told int
}

// observe learns what remained when the server counted a request. Responses to requests that were
// under way together come in any order: of those the worst counts, and only one to a request sent
// since, in this round, brings better news.
func (c *serverCount) observe(remaining, round int) {
	if round == c.round {
		*c = serverCount{round: round + 1, left: remaining}
	}
	c.left = min(c.left, remaining)
	c.told = remaining
}

// allows reports whether one more request may be under way. While none are left, one at a time may
// go and look.
func (c *serverCount) allows(inFlight int) bool {
	return c.round == 0 || inFlight < c.left || inFlight == 0
}
