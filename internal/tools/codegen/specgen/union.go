package main

import (
	"fmt"
	"slices"

	"go.yaml.in/yaml/v4"
)

// union removes alternatives that add nothing: one that is there already, and a plain string beside
// a string enum, with which upstream says that more values may come, and which a Go string type
// takes anyway. A single alternative that is left stands in the union's place.
func (w *workarounds) union(n *yaml.Node, path string) {
	for _, keyword := range []string{"anyOf", "oneOf"} {
		alternatives := items(get(n, keyword))
		kept := w.distinct(alternatives)
		at := jsonPath(path, keyword)
		w.discriminator(n, kept, path)
		if !isOneOrNull(kept) {
			w.elementEnums(alternatives, at)
		}
		switch {
		case len(kept) == len(alternatives):
			continue
		case len(kept) > 1:
			for i, alternative := range slices.Backward(alternatives) {
				if !slices.Contains(kept, alternative) {
					w.remove(fmt.Sprintf("%s[%d]", at, i))
				}
			}
		default:
			w.remove(at)
			w.actions = append(w.actions, action{Target: path, Update: plain(kept[0])})
			w.walk(kept[0], path)
		}
	}
}

// discriminator removes the discriminator of a union with an alternative that is no reference: the
// generator knows only references by its values. Callers then choose an alternative themselves.
func (w *workarounds) discriminator(n *yaml.Node, alternatives []*yaml.Node, path string) {
	if get(n, "discriminator") == nil {
		return
	}
	isInline := func(alternative *yaml.Node) bool {
		return get(alternative, "$ref") == nil && !isNull(alternative)
	}
	if slices.ContainsFunc(alternatives, isInline) {
		w.remove(jsonPath(path, "discriminator"))
	}
}

// distinct returns the alternatives that are not to be removed.
func (w *workarounds) distinct(alternatives []*yaml.Node) []*yaml.Node {
	hasEnum := slices.ContainsFunc(alternatives, w.isStringEnum)
	var kept []*yaml.Node
	for _, alternative := range alternatives {
		repeats := func(other *yaml.Node) bool { return same(other, alternative) }
		if slices.ContainsFunc(kept, repeats) || hasEnum && isPlainString(alternative) {
			continue
		}
		kept = append(kept, alternative)
	}
	return kept
}

// isOneOrNull reports whether alternatives are a single one, perhaps beside null.
func isOneOrNull(alternatives []*yaml.Node) bool {
	others := 0
	for _, alternative := range alternatives {
		if !isNull(alternative) {
			others++
		}
	}
	return others < 2
}

// isNull reports whether null is the only value of a schema.
func isNull(schema *yaml.Node) bool { return slices.Equal(schemaTypes(schema), []string{"null"}) }

// isStringEnum reports whether a schema, which may be a reference, lists the strings it allows.
func (w *workarounds) isStringEnum(n *yaml.Node) bool {
	schema, err := w.resolve(n)
	if err != nil {
		return false
	}
	return get(schema, "enum") != nil && slices.Contains(schemaTypes(schema), "string")
}

// isPlainString reports whether a schema allows any string, and is no enum itself.
func isPlainString(schema *yaml.Node) bool {
	for key := range pairs(schema) {
		if key.Value != "type" && !prose[key.Value] {
			return false
		}
	}
	return slices.Equal(schemaTypes(schema), []string{"string"})
}

// plain returns a node as the value of an overlay's update.
func plain(n *yaml.Node) map[string]any {
	var value map[string]any
	if err := n.Decode(&value); err != nil {
		return nil // a schema that is true or false, of which there is nothing to say
	}
	return value
}
