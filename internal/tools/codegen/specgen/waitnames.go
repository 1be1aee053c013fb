package main

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// nameWaits gives each batch the name of its Wait methods, in the document's order, so that an
// operation added at the end renames none that exists. It returns what there is to tell about
// names that were taken.
func nameWaits(batches []batch) (told []string) {
	owner := map[string]string{}
	for i := range batches {
		b := &batches[i]
		base := waitName(b.Name)
		b.WaitName = base + "Batch"
		first, taken := owner[b.WaitName]
		for n := 2; owner[b.WaitName] != ""; n++ {
			b.WaitName = base + strconv.Itoa(n) + "Batch"
		}
		owner[b.WaitName] = b.Name
		if taken {
			told = append(told, fmt.Sprintf("Wait%s waits for %s, since %s has the name without a number",
				b.WaitName, b.Name, first))
		}
	}
	return told
}

// waitName returns ShipOrder for GetShipOrderBatchResults.
func waitName(operation string) string {
	name := operation
	if rest, ok := strings.CutPrefix(name, "Get"); ok && startsUpper(rest) {
		name = rest
	}
	name = strings.TrimSuffix(name, "Results")
	return strings.TrimSuffix(name, "Batch")
}

func startsUpper(s string) bool {
	first, _ := utf8.DecodeRuneInString(s)
	return unicode.IsUpper(first)
}
