package main

// nameKey is the extension with which a document chooses the Go name of an operation.
const nameKey = "x-go-name"

// pinNames returns the parts with a name written into each new operation that would take its name
// from one that is there, by coming to stand before it. So no name that exists ever changes.
func pinNames(base *document, parts []part) ([]part, error) {
	before, err := base.operations()
	if err != nil {
		return nil, err
	}
	after, err := base.with(parts).operations()
	if err != nil {
		return nil, err
	}
	names := newNamer()
	known := map[string]bool{}
	for _, op := range before {
		names.claim(op.Name, op)
		known[op.request()] = true
	}
	pinned := map[string]string{} // the names to write, by request
	for _, op := range after {
		if known[op.request()] {
			continue
		}
		name, err := names.name(op, op.id)
		if err == nil && name != op.Name {
			pinned[op.request()] = name
		}
	}
	var out []part
	for _, p := range parts {
		if name := pinned[p.String()]; name != "" && p.isOperation() {
			p.value = withEntry(p.value, newScalar(nameKey), newScalar(name))
		}
		out = append(out, p)
	}
	return out, nil
}
