package main

import (
	"cmp"
	"regexp"
	"slices"

	"go.yaml.in/yaml/v4"
)

// prose are the keywords that tell a reader something, and a client nothing.
var prose = map[string]bool{
	"description": true, "title": true, "summary": true, "example": true, "examples": true,
}

// named are the keywords whose entries have names of the document's own, which mean something
// whatever they are: a property may be called title.
var named = map[string]bool{
	"properties": true, "patternProperties": true, "$defs": true, "definitions": true,
	"dependentSchemas": true, "schemas": true, "responses": true, "parameters": true, "headers": true,
	"requestBodies": true, "securitySchemes": true, "links": true, "callbacks": true, "pathItems": true,
	"paths": true, "webhooks": true, "content": true, "encoding": true, "variables": true, "mapping": true,
	"scopes": true,
}

// data are the keywords whose values are data, not schemas.
var data = map[string]bool{"enum": true, "const": true, "default": true}

// isData reports whether what stands below a keyword is data, examples included.
func isData(keyword string) bool {
	return data[keyword] || keyword == "example" || keyword == "examples"
}

// keywordOf returns the keyword that an entry below another is, "" if it is a name of the document's
// own. A response may be called default.
func keywordOf(parent, key string) string {
	if named[parent] {
		return ""
	}
	return key
}

// strip returns a copy of the value of a keyword without prose, and without what is noted for the
// import.
func strip(n *yaml.Node, keyword string) *yaml.Node {
	n = follow(n)
	if n.Kind == yaml.ScalarNode || data[keyword] {
		return n
	}
	out := *n
	out.Content = nil
	for _, item := range items(n) {
		out.Content = append(out.Content, strip(item, ""))
	}
	if keyword == "required" { // a set
		slices.SortFunc(out.Content, func(a, b *yaml.Node) int { return cmp.Compare(a.Value, b.Value) })
	}
	for key, value := range pairs(n) {
		below := keywordOf(keyword, key.Value)
		if !prose[below] && below != sourceKey {
			out.Content = append(out.Content, key, strip(value, below))
		}
	}
	return &out
}

// keepText writes the prose of a value into one that takes its place, where that has none.
func keepText(old, now *yaml.Node, keyword string) {
	if old.Kind != now.Kind || isData(keyword) {
		return
	}
	for _, item := range items(old) {
		hasSameMeaning := func(other *yaml.Node) bool {
			return compare(nil, strip(item, ""), strip(other, "")) == nil
		}
		same := slices.IndexFunc(now.Content, hasSameMeaning)
		if same >= 0 {
			keepText(follow(item), follow(now.Content[same]), "")
		}
	}
	for key, value := range pairs(old) {
		below := keywordOf(keyword, key.Value)
		other := get(now, key.Value)
		switch {
		case other != nil:
			keepText(value, other, below)
		case prose[below]:
			now.Content = append(now.Content, key, value)
		}
	}
}

// forGenerators matches the extensions that decide what Go is generated. They are the owner's of
// the document: a page's could import any package into the user's program.
var forGenerators = regexp.MustCompile(`^(?i:x-go-|x-oapi-codegen-)`)

// dropExtensions removes from the value of a keyword what a page has no say in, and returns the
// keys that are removed.
func dropExtensions(n *yaml.Node, keyword string) []*yaml.Node {
	if isData(keyword) {
		return nil
	}
	var dropped []*yaml.Node
	for _, item := range items(n) {
		dropped = append(dropped, dropExtensions(item, "")...)
	}
	var kept []*yaml.Node
	for key, value := range pairs(n) {
		below := keywordOf(keyword, key.Value)
		if forGenerators.MatchString(below) || below == sourceKey {
			dropped = append(dropped, key)
			continue
		}
		dropped = append(dropped, dropExtensions(value, below)...)
		kept = append(kept, key, value)
	}
	if n.Kind == yaml.MappingNode {
		n.Content = kept
	}
	return dropped
}
