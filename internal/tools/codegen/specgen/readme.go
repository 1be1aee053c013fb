package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
)

const (
	tableBegins = "<!-- operations: written by make generate -->\n"
	tableEnds   = "<!-- end of operations -->\n"
)

// updateReadme returns a README with the table of operations written anew. One without the marks of
// the table stays as it is.
func updateReadme(file string, ops []operation, batches []batch) ([]byte, error) {
	text, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	before, rest, begins := bytes.Cut(text, []byte(tableBegins))
	_, after, ends := bytes.Cut(rest, []byte(tableEnds))
	if !begins || !ends {
		return text, nil
	}
	table := tableBegins + operationsTable(ops, batches) + tableEnds
	return bytes.Join([][]byte{before, []byte(table), after}, nil), nil
}

// operationsTable returns the operations as a table of Markdown.
func operationsTable(ops []operation, batches []batch) string {
	waits := map[string]string{}
	for _, b := range batches {
		waits[b.Name] = fmt.Sprintf("`Wait%[1]s`, `Wait%[1]ses`", b.WaitName)
	}
	var b strings.Builder
	b.WriteString("| operation | method | waiting | requests a minute |\n| --- | --- | --- | --- |\n")
	for _, op := range ops {
		limit := "not stated"
		if op.RateLimit > 0 {
			limit = strconv.Itoa(op.RateLimit)
		}
		fmt.Fprintf(&b, "| `%s` | `%sWithResponse` | %s | %s |\n",
			op.request(), op.Name, waits[op.Name], limit)
	}
	return b.String()
}
