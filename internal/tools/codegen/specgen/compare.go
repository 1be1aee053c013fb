package main

import (
	"fmt"
	"slices"
	"strconv"

	"go.yaml.in/yaml/v4"
)

// difference is the first place where two nodes differ. A nil node is absent on that side, in the
// mapping or list oldIn or newIn.
type difference struct {
	path         []string
	old, new     *yaml.Node
	oldIn, newIn *yaml.Node
}

// compare returns the first difference of two nodes in meaning, nil if there is none.
func compare(path []string, a, b *yaml.Node) *difference {
	a = follow(a)
	b = follow(b)
	if a.Kind != b.Kind {
		return &difference{path: path, old: a, new: b}
	}
	switch a.Kind {
	case yaml.MappingNode:
		return compareMappings(path, a, b)
	case yaml.SequenceNode:
		return compareLists(path, a, b)
	default:
		if sameScalar(a, b) {
			return nil
		}
		return &difference{path: path, old: a, new: b}
	}
}

func compareMappings(path []string, a, b *yaml.Node) *difference {
	for key, value := range pairs(a) {
		at := child(path, key.Value)
		other := get(b, key.Value)
		if other == nil {
			return &difference{path: at, old: value, newIn: b}
		}
		if diff := compare(at, value, other); diff != nil {
			return diff
		}
	}
	for key, value := range pairs(b) {
		if get(a, key.Value) == nil {
			return &difference{path: child(path, key.Value), new: value, oldIn: a}
		}
	}
	return nil
}

func compareLists(path []string, a, b *yaml.Node) *difference {
	for i, item := range a.Content {
		at := child(path, fmt.Sprintf("[%d]", i))
		if i >= len(b.Content) {
			return &difference{path: at, old: item, newIn: b}
		}
		if diff := compare(at, item, b.Content[i]); diff != nil {
			return diff
		}
	}
	common := len(a.Content)
	if len(b.Content) == common {
		return nil
	}
	return &difference{path: child(path, fmt.Sprintf("[%d]", common)), new: b.Content[common], oldIn: a}
}

// child returns the path of what stands below another.
func child(path []string, key string) []string { return append(slices.Clone(path), key) }

// sameScalar reports whether two scalars are one value, however written: 10 and 10.0, true and
// True.
func sameScalar(a, b *yaml.Node) bool {
	if a.Tag == b.Tag && a.Value == b.Value {
		return true
	}
	var x, y any
	if a.Decode(&x) != nil || b.Decode(&y) != nil {
		return false
	}
	return x == y || number(x) != "" && number(x) == number(y)
}

// number returns the shortest form of a number, the same for 10 and 10.0, and nothing for
// anything else.
func number(v any) string {
	switch v := v.(type) {
	case int, int64, uint64:
		return fmt.Sprint(v)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return ""
}
