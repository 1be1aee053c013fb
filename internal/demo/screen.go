package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"unicode"
	"unicode/utf8"
)

// screen is where the demo prints: a terminal, or a pipe or file.
type screen struct {
	out     io.Writer
	columns int
	color   bool
}

// screenOf returns a screen with the terminal's width, and colour if it shows some and the user has
// not set NO_COLOR. What is no terminal gets the narrowest usual width.
func screenOf(ctx context.Context, f *os.File, env func(string) string) screen {
	s := screen{out: f, columns: 80}
	info, err := f.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return s
	}
	// Of the consoles of Windows, Windows Terminal shows colours without being asked first.
	s.color = env("NO_COLOR") == "" && env("TERM") != "dumb" &&
		(runtime.GOOS != "windows" || env("WT_SESSION") != "")
	size := exec.CommandContext(ctx, "stty", "size")
	size.Stdin = f
	answer, _ := size.Output()
	var rows, columns int
	if _, err := fmt.Sscan(string(answer), &rows, &columns); err == nil && columns > 0 {
		s.columns = columns
	}
	return s
}

// print prints lines that stand out or not. Nothing of the server's is left in them that a terminal
// obeys.
func (s screen) print(text string, standsOut bool) {
	text = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) || r == '\n' {
			return r
		}
		return ' '
	}, text)
	if standsOut && s.color {
		text = "\x1b[1;31m" + text + "\x1b[0m"
	}
	fmt.Fprintln(s.out, text)
}

// little is too little room for text beside something else.
const little = 25

// beside returns lines with text to the right of a first column, or below it where there is little
// room. Only a word that is longer than the room makes a line too long.
func (s screen) beside(first, text string) string {
	lines := ""
	line := first + " "
	indent := utf8.RuneCountInString(line)
	if s.columns-indent < little {
		indent = 20
		lines = strings.TrimSpace(first)
		line = ""
	}
	for word := range strings.FieldsSeq(text) {
		if line == "" || utf8.RuneCountInString(line+word) >= s.columns {
			lines += line + "\n"
			line = strings.Repeat(" ", indent)
		}
		line += " " + word
	}
	return lines + line
}
