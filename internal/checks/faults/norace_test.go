//go:build !race

package faults

import "time"

const (
	manyLines = 128                   // calls at the same time: most of them wait for a timeout
	soakCalls = 20_000                // of the soak's short form
	atOnce    = 10 * time.Millisecond // is how soon a call returns after its context has ended
)
