// Package faults runs the client over real sockets on networks and servers that fail: behind a
// proxy that resets, delays, swallows and cuts what passes, with a hostile HTTP/2 server, under
// load with a server that often misbehaves, and with contexts that end wherever a call can wait.
// Each call must end with the right response or with an error that says what happened; no order
// may be processed twice, and no goroutine or connection may be left.
package faults

import (
	"io"
	"log"
	"os"
	"strconv"
	"testing"

	"github.com/rs/zerolog"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	zerolog.SetGlobalLevel(zerolog.Disabled) // the proxy's
	log.SetOutput(io.Discard)                // net/http tells what is wrong with a server
	goleak.VerifyTestMain(m, proxyLeaks...)
}

// number returns the number in an environment variable, by which the long form of a test is asked
// for.
func number(t *testing.T, variable string, otherwise int) int {
	t.Helper()
	value := os.Getenv(variable)
	if value == "" {
		return otherwise
	}
	n, err := strconv.Atoi(value)
	if err != nil || n <= 0 {
		t.Fatalf("%s=%q is not a number above 0", variable, value)
	}
	return n
}
