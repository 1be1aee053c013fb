package main

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// control is what the demo writes to a terminal beside text.
var control = regexp.MustCompile(`\n|\r|\x1b\[(\d*)([A-Z])`)

// display returns what a terminal shows in the end that is high enough for all of the output. It
// fails the test at a line that such a terminal would wrap, and at a control sequence that it does
// not know.
func display(t *testing.T, output string) string {
	t.Helper()
	lines := []string{""}
	y := 0
	for output != "" {
		at := control.FindStringSubmatchIndex(output)
		if at == nil {
			lines[y] += output
			break
		}
		lines[y] += output[:at[0]] // all that the demo writes begins at the left
		switch sequence := output[at[0]:at[1]]; {
		case sequence == "\n":
			checkWidth(t, lines[y])
			y++
			if y == len(lines) {
				lines = append(lines, "")
			}
		case sequence == "\r":
		case strings.HasSuffix(sequence, "A"):
			n, _ := strconv.Atoi(output[at[2]:at[3]])
			y -= n
		case sequence == clearBelow:
			lines = append(lines[:y], "")
		default:
			t.Fatalf("control sequence %q", sequence)
		}
		output = output[at[1]:]
	}
	return strings.Join(lines, "\n")
}
