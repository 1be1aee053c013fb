package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// checkMerged makes sure that the merged text has all that it should.
func checkMerged(text string, base *document, set []part) error {
	merged, err := parseDocument(base.file, []byte(text))
	if err != nil {
		return fmt.Errorf("the merged document does not parse: %w", err)
	}
	return merged.checkParts(append(base.parts(), set...))
}

// checkParts makes sure that a document has just the given parts. Of two with one id the later
// counts.
func (d *document) checkParts(parts []part) error {
	want := map[string]part{}
	for _, p := range parts {
		want[p.id()] = p
	}
	for _, p := range d.parts() {
		wanted, ok := want[p.id()]
		if !ok || compare(nil, wanted.value, p.value) != nil {
			return d.errorf(p.key, "the merged document would not have %s as it should", p)
		}
		delete(want, p.id())
	}
	for _, p := range want {
		return fmt.Errorf("the merged document would lose %s", p)
	}
	return nil
}

// renamedBy returns what of a document is named otherwise in Go once others are merged into it. It is
// an error unless that is accepted.
func renamedBy(base, merged *document, accepted bool) ([]string, error) {
	before, err := base.operations()
	if err != nil {
		return nil, err
	}
	after, err := merged.operations()
	if err != nil {
		return nil, fmt.Errorf("after the import: %w", err)
	}
	typesBefore, err := base.schemaNames(before)
	if err != nil {
		return nil, err
	}
	typesAfter, err := merged.schemaNames(after)
	if err != nil {
		return nil, err
	}
	renamed := renames(methodsOf(before), methodsOf(after))
	renamed = append(renamed, renames(typesBefore, typesAfter)...)
	if len(renamed) > 0 && !accepted {
		return nil, fmt.Errorf("existing Go names would change; nothing was changed; -replace accepts it"+
			" (make spec REPLACE=1 PAGES=...)\n%s", strings.Join(renamed, "\n"))
	}
	return renamed, nil
}

// methodsOf returns the Go names of operations, by their requests.
func methodsOf(ops []operation) map[string]string {
	names := map[string]string{}
	for _, op := range ops {
		names[op.request()] = op.Name
	}
	return names
}

// renames returns the names that are others afterwards.
func renames(before, after map[string]string) []string {
	var renamed []string
	for _, of := range slices.Sorted(maps.Keys(before)) {
		name, isThere := after[of]
		if isThere && name != before[of] {
			renamed = append(renamed, fmt.Sprintf("%s: %s becomes %s", of, before[of], name))
		}
	}
	return renamed
}
