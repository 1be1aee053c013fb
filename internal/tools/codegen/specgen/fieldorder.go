package main

import "go.yaml.in/yaml/v4"

// fieldOrder keeps the properties of a schema in the document's order, by the extension x-order of
// the generator, which otherwise sorts them. A document that has an order of its own keeps that.
func (w *workarounds) fieldOrder(properties *yaml.Node, path string) {
	order := map[string]any{}
	next := 0
	for key, schema := range pairs(properties) {
		if get(schema, "x-order") != nil {
			return
		}
		next++
		if schema.Kind == yaml.MappingNode {
			order[key.Value] = map[string]any{"x-order": next}
		}
	}
	if len(order) > 1 {
		w.actions = append(w.actions, action{Target: path, Update: order})
	}
}
