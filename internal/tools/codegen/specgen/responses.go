package main

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// success is one declared success response.
type success struct {
	Status       string // "200", "2XX" or "default"
	ContentTypes []string
	Nullable     bool // a JSON body may be null
}

// readResponses fills in what the operation may be answered with. A declared 2xx is a success. So is
// "default", but only where no 2xx is declared, since otherwise it stands for the errors.
func (op *operation) readResponses(declared *openapi3.Responses) {
	for _, status := range slices.Sorted(maps.Keys(declared.Map())) {
		response := declared.Value(status).Value
		if strings.HasPrefix(status, "2") || status == "default" && len(op.Success) == 0 {
			op.Success = append(op.Success, newSuccess(status, response.Content))
		}
	}
}

func newSuccess(status string, content openapi3.Content) success {
	s := success{Status: status, ContentTypes: slices.Sorted(maps.Keys(content))}
	for contentType, media := range content {
		if strings.Contains(contentType, "json") && allowsNull(media.Schema) {
			s.Nullable = true
		}
	}
	return s
}

// allowsNull reports whether null is a value of a schema. A schema that says nothing allows
// anything.
func allowsNull(schema *openapi3.SchemaRef) bool {
	return schema == nil || schema.Value.IsEmpty() || schema.Value.VisitJSON(nil) == nil
}

// Accept returns the value of an Accept header that asks for what the spec declares (RFC 9110,
// section 12.5.1): the media types of the success responses, each once, JSON first. Where it
// declares none, the header asks for JSON.
func (op *operation) Accept() string {
	var types []string
	for _, s := range op.Success {
		types = append(types, s.ContentTypes...)
	}
	slices.Sort(types)
	types = slices.Compact(types)
	jsonFirst := func(a, b string) int { return strings.Count(b, "json") - strings.Count(a, "json") }
	slices.SortStableFunc(types, jsonFirst)
	return cmp.Or(strings.Join(types, ", "), "application/json")
}
