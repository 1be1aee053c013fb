package main

import "fmt"

// checkMerged makes sure that the merged text has all that it should, and generates. It returns
// the Go methods that would be renamed: an operation that comes to stand before another of the
// same name takes the name from it.
func checkMerged(text string, base *document, set []part) (renamed []string, err error) {
	merged, err := parseDocument(base.file, []byte(text))
	if err != nil {
		return nil, fmt.Errorf("the merged document does not parse: %w", err)
	}
	if err := merged.checkParts(append(base.parts(), set...)); err != nil {
		return nil, err
	}
	if err := merged.checkReferences(merged.root); err != nil {
		return nil, err
	}
	after, err := merged.operations()
	if err != nil {
		return nil, fmt.Errorf("after the import: %w", err)
	}
	before, err := base.operations()
	if err != nil {
		return nil, err
	}
	return renamedOperations(before, after), nil
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

func renamedOperations(before, after []operation) []string {
	names := map[string]string{}
	for _, op := range after {
		names[op.request()] = op.Name
	}
	var renamed []string
	for _, op := range before {
		name, ok := names[op.request()]
		if ok && name != op.Name {
			renamed = append(renamed, fmt.Sprintf("%s: %s becomes %s", op.request(), op.Name, name))
		}
	}
	return renamed
}
