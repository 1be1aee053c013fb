//go:build race

package faults

import "time"

// What the race detector makes ten times slower is less, or has more time.
const (
	manyLines = 32
	soakCalls = 5_000
	atOnce    = 100 * time.Millisecond
)
