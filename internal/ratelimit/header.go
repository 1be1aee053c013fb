// Package ratelimit keeps calls within the server's rate limits.
package ratelimit

import (
	"strconv"
	"strings"
)

// ParseCount reads the leading plain number of a rate-limit header: 200 of "200", "200, 200;w=60" and "200;w=60". Anything
// else, such as "abc", a negative number or one beyond int64, is as if absent.
func ParseCount(value string) (int64, bool) {
	value = strings.TrimLeft(value, " \t")
	end := strings.IndexFunc(value, func(r rune) bool { return r < '0' || r > '9' })
	if end < 0 {
		end = len(value)
	}
	if rest := value[end:]; rest != "" && !strings.ContainsRune(",; \t", rune(rest[0])) {
		return 0, false
	}
	n, err := strconv.ParseInt(value[:end], 10, 64)
	return n, err == nil
}
