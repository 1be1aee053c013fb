package main

import (
	"regexp"

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

// walk visits the value of a keyword and all below it, except what is data. A value is visited
// before what it has inside.
func walk(n *yaml.Node, keyword string, visit func(n *yaml.Node, keyword string)) {
	if isData(keyword) {
		return
	}
	visit(n, keyword)
	for _, item := range items(n) {
		walk(item, "", visit)
	}
	for key, value := range pairs(n) {
		walk(value, keywordOf(keyword, key.Value), visit)
	}
}

// sourceKey is the extension that notes the URL of the page that an operation came from.
const sourceKey = "x-source"

// forGenerators matches the extensions that decide what Go is generated, and what is fetched. They
// are the owner's of the document: a page's could import any package into the user's program.
var forGenerators = regexp.MustCompile(`^(?i:x-go-|x-oapi-codegen-|x-source$)`)

// isOwners reports whether a keyword is an extension that the document's owner writes, or the
// import.
func isOwners(keyword string) bool {
	return forGenerators.MatchString(keyword) || keyword == limitKey || keyword == "x-idempotent"
}

// dropExtensions removes from a page what it has no say in, and returns the keys that are removed.
func dropExtensions(page *yaml.Node) []*yaml.Node {
	var dropped []*yaml.Node
	walk(page, "", func(n *yaml.Node, keyword string) {
		for key := range pairs(n) {
			if forGenerators.MatchString(keywordOf(keyword, key.Value)) {
				remove(n, key.Value)
				dropped = append(dropped, key)
			}
		}
	})
	return dropped
}
