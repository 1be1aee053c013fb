package main

import (
	"fmt"

	"go.yaml.in/yaml/v4"
)

// elementEnums makes plain values of the enums that lists and maps have as elements where these are
// alternatives of a union. The generator would give such a list and its enum one and the same name.
func (w *workarounds) elementEnums(alternatives []*yaml.Node, path string) {
	for i, alternative := range alternatives {
		w.plainElements(alternative, fmt.Sprintf("%s[%d]", path, i))
	}
}

func (w *workarounds) plainElements(n *yaml.Node, path string) {
	for _, keyword := range []string{"items", "additionalProperties"} {
		elements := get(n, keyword)
		at := jsonPath(path, keyword)
		for _, values := range []string{"enum", "const"} {
			if get(elements, values) != nil {
				w.remove(jsonPath(at, values))
			}
		}
		if elements != nil {
			w.plainElements(elements, at)
		}
	}
}
