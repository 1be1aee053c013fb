package main

import "slices"

// sourceKey is the extension that notes the URL of the page that an operation came from.
const sourceKey = "x-source"

// annotations are the extensions of an operation that are not upstream's. The import writes them, or
// a person does, and they stay where a page has none.
var annotations = []string{sourceKey, "x-idempotent", limitKey, nameKey}

// annotate returns the part of a page with its URL, and with the annotations of the part that it
// takes the place of.
func (p part) annotate(old part) part {
	if !p.isOperation() {
		return p
	}
	if p.doc.source != "" {
		p.value = withEntry(p.value, newScalar(sourceKey), newScalar(p.doc.source))
	}
	for key, value := range pairs(old.value) {
		if slices.Contains(annotations, key.Value) && get(p.value, key.Value) == nil {
			p.value = withEntry(p.value, key, value)
		}
	}
	return p
}
