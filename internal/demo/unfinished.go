package main

import (
	"fmt"
	"io"
	"strings"
)

// printUnfinished lists the batches whose end was not seen, why, and how to go on with them.
func (r *results) printUnfinished(w io.Writer, fake bool) {
	if len(r.unfinished) == 0 {
		return
	}
	fmt.Fprint(w, "\nUnfinished:\n\n")
	command := []string{"  go run ./internal/demo"}
	for _, err := range r.unfinished {
		fmt.Fprint(w, beside(err.ID.String(), err.Err.Error()))
		command = append(command, "    -batch "+err.ID.String())
	}
	server := "The server works on without this program."
	if fake {
		server = "The fake server ends with this program; a real one would work on."
	}
	fmt.Fprintf(w, "\n%s\nTo wait for them again there:\n\n%s\n", server, strings.Join(command, " \\\n"))
	fmt.Fprint(w, "\nA program of yours has their ids in the errors, each an *api.BatchError. It can\n"+
		"keep them, and pass them to WaitShipOrderBatches again.\n")
}
