package main

import (
	"net/http"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// success is one declared success response.
type success struct {
	Status       string // "200", "2XX" or "default"
	ContentTypes []string
	Nullable     bool // a JSON body may be null
}

// responses fills in what the operation may be answered with. A declared 2xx is a success. So is
// "default", but only where no 2xx is declared, since otherwise it stands for the errors.
func (d *document) responses(op *operation, declared *yaml.Node) error {
	var fallback []success
	for status, n := range pairs(declared) {
		response, err := d.resolve(n)
		if err != nil {
			return err
		}
		s, err := d.success(status.Value, response)
		if err != nil {
			return err
		}
		if strings.HasPrefix(s.Status, "2") {
			op.Success = append(op.Success, s)
		}
		if s.Status == "default" {
			fallback = append(fallback, s)
		}
		if err := d.integerHeaders(op, get(response, "headers")); err != nil {
			return err
		}
	}
	if len(op.Success) == 0 {
		op.Success = fallback
	}
	return nil
}

// success returns a response as it would be declared if it were a success.
func (d *document) success(status string, response *yaml.Node) (success, error) {
	s := success{Status: status}
	for contentType, media := range pairs(get(response, "content")) {
		s.ContentTypes = append(s.ContentTypes, contentType.Value)
		nullable, err := d.allowsNull(get(media, "schema"))
		if err != nil {
			return s, err
		}
		if nullable && strings.Contains(contentType.Value, "json") {
			s.Nullable = true
		}
	}
	return s, nil
}

// integerHeaders adds those of the declared headers that are integers, each once.
func (d *document) integerHeaders(op *operation, headers *yaml.Node) error {
	for name, n := range pairs(headers) {
		header, err := d.resolve(n)
		if err != nil {
			return err
		}
		schema, err := d.resolve(get(header, "schema"))
		if err != nil {
			return err
		}
		canonical := http.CanonicalHeaderKey(name.Value)
		if isInteger(schema) && !slices.Contains(op.IntegerHeaders, canonical) {
			op.IntegerHeaders = append(op.IntegerHeaders, canonical)
		}
	}
	return nil
}

// Accept returns the value of an Accept header that asks for what the spec declares (RFC 9110,
// section 12.5.1): the media types of the success responses, each once, JSON first. Where it
// declares none, the header asks for JSON.
func (op *operation) Accept() string {
	var json, others []string
	for _, s := range op.Success {
		for _, contentType := range s.ContentTypes {
			if strings.Contains(contentType, "json") {
				json = append(json, contentType)
			} else {
				others = append(others, contentType)
			}
		}
	}
	types := withoutRepeats(slices.Concat(json, others))
	if len(types) == 0 {
		return "application/json"
	}
	return strings.Join(types, ", ")
}

func withoutRepeats(list []string) []string {
	var different []string
	for _, item := range list {
		if !slices.Contains(different, item) {
			different = append(different, item)
		}
	}
	return different
}
