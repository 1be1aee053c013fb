package main

import (
	"os"
	"runtime"
)

// isTerminal reports whether f is a terminal that moves its cursor when told to.
func isTerminal(f *os.File, env func(string) string) bool {
	info, err := f.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 || env("TERM") == "dumb" {
		return false
	}
	// Of the consoles of Windows, Windows Terminal does so without being asked first.
	return runtime.GOOS != "windows" || env("WT_SESSION") != ""
}
