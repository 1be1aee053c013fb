package main

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
