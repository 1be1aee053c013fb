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
	server := "The server goes on without this program. To wait for these batches again:"
	if fake {
		server = "The fake server ends with this program. A real one goes on, so wait again:"
	}
	fmt.Fprintf(w, "\n%s\n\n%s\n", server, strings.Join(command, " \\\n"))
	fmt.Fprint(w, "\nIn a program of yours, each error is an *api.BatchError with the batch's ID.\n"+
		"Keep the IDs, and pass them to WaitShipOrderBatches again.\n")
}
