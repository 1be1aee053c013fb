//go:build race

package faults

// raceEnabled makes tests shorter, which the race detector makes ten times slower.
const raceEnabled = true
