package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// nameKey is the extension with which a document chooses the Go name of an operation.
const nameKey = "x-go-name"

// goNames returns the Go names of a document's operations, by request, and of its schemas, by name.
func (d *document) goNames() (map[string]string, error) {
	ops, err := d.operations()
	if err != nil {
		return nil, err
	}
	names, err := d.schemaNames(ops)
	if err != nil {
		return nil, err
	}
	for _, op := range ops {
		names[op.request()] = op.Name
	}
	return names, nil
}

// keepNames writes a name into each new operation that would take its name from one that was there
// before. It is an error if another Go name changes all the same, unless that is accepted.
func (d *document) keepNames(before map[string]string, accepted bool) (renamed []string, err error) {
	if err := d.pinNames(before); err != nil {
		return nil, err
	}
	after, err := d.goNames()
	if err != nil {
		return nil, err
	}
	for _, of := range slices.Sorted(maps.Keys(before)) {
		if name, isThere := after[of]; isThere && name != before[of] {
			renamed = append(renamed, fmt.Sprintf("%s: %s becomes %s", of, before[of], name))
		}
	}
	if len(renamed) > 0 && !accepted {
		return nil, fmt.Errorf("existing Go names would change; nothing was changed; -replace accepts it"+
			" (make spec REPLACE=1 PAGES=...)\n%s", strings.Join(renamed, "\n"))
	}
	return renamed, nil
}

func (d *document) pinNames(before map[string]string) error {
	ops, err := d.operations()
	if err != nil {
		return err
	}
	names := newNamer()
	for _, op := range ops {
		if name := before[op.request()]; name != "" {
			names.claim(name, op)
		}
	}
	sites := slices.Collect(d.sites())
	for i, op := range ops {
		if before[op.request()] != "" {
			continue
		}
		name, err := names.name(op, op.id)
		if err == nil && name != op.Name {
			put(sites[i].node, newScalar(nameKey), newScalar(name))
		}
	}
	return nil
}
