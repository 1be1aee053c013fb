package main

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

const (
	tableBegins = "<!-- operations: written by make generate -->\n"
	tableEnds   = "<!-- end of operations -->\n"
)

// renderReadme adds the README with the table of operations written anew, if it has one.
func (p *project) renderReadme(out *output) error {
	file := filepath.Join(p.root, "README.md")
	text, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	before, rest, begins := strings.Cut(string(text), tableBegins)
	_, after, ends := strings.Cut(rest, tableEnds)
	if begins && ends {
		text = []byte(before + tableBegins + out.operationsTable() + tableEnds + after)
		out.files = append(out.files, outputFile{file, text})
	}
	return nil
}

// inCell makes a text one that can stand between backquotes in a cell of a table.
var inCell = strings.NewReplacer("|", `\|`, "\n", " ", "\r", " ")

// operationsTable returns the operations as a table of Markdown.
func (out *output) operationsTable() string {
	waits := map[string]string{}
	for _, b := range out.batches {
		waits[b.Name] = fmt.Sprintf("`Wait%[1]s`, `Wait%[1]ses`", b.WaitName)
	}
	lists := map[string]string{}
	for _, l := range out.lists {
		lists[l.Name] = "`" + l.AllName + "`"
	}
	var b strings.Builder
	b.WriteString("| operation | method | waiting | all pages | requests a minute |\n" +
		"| --- | --- | --- | --- | --- |\n")
	for _, op := range out.ops {
		limit := "not stated"
		if op.RateLimit > 0 {
			limit = strconv.Itoa(op.RateLimit)
		}
		fmt.Fprintf(&b, "| `%s` | `%sWithResponse` | %s | %s | %s |\n", inCell.Replace(op.request()),
			op.Name, waits[op.Name], lists[op.Name], limit)
	}
	writes := func(op operation) bool { return op.Method != http.MethodGet }
	if !slices.ContainsFunc(out.ops, writes) {
		b.WriteString("\nThey only read results: to submit too, " +
			"[import that page](#when-the-spec-changes).\n")
	}
	return b.String()
}
