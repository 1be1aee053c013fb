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
