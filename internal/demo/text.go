package main

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// columns is the width that lines keep to, that of the narrowest usual terminal.
const columns = 80

// count returns a number with its noun.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// printable returns text of the server's with nothing in it that a terminal obeys.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, text)
}

// clip shortens a line to the columns of a terminal.
func clip(line string) string {
	if utf8.RuneCountInString(line) <= columns {
		return line
	}
	return string([]rune(line)[:columns-1]) + "…"
}

// beside returns lines with text to the right of a first column. Only a word that is longer than
// the room there makes a line too long.
func beside(first, text string) string {
	indent := utf8.RuneCountInString(first) + 2
	var b strings.Builder
	b.WriteString(first + "  ")
	used := indent
	for word := range strings.FieldsSeq(printable(text)) {
		width := utf8.RuneCountInString(word)
		switch {
		case used == indent: // the first word of a line
		case used+1+width > columns:
			b.WriteString("\n" + strings.Repeat(" ", indent))
			used = indent
		default:
			b.WriteString(" ")
			used++
		}
		b.WriteString(word)
		used += width
	}
	b.WriteString("\n")
	return b.String()
}
