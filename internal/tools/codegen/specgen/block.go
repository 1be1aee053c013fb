package main

import (
	"bytes"
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// block is a fenced block of a Markdown page.
type block struct {
	language string // lower case
	line     int

	// src begins with a line feed for each line before the block, so that lines are counted as
	// the page's.
	src []byte
}

// isDocument reports whether a block is meant to be an OpenAPI document, even if it does not
// parse: then the error says why.
func (b block) isDocument() bool {
	keys := b.keys()
	return b.language == "openapi" || slices.Contains(keys, "openapi") || slices.Contains(keys, "swagger")
}

func (b block) parse(file string) (*document, error) {
	if b.isJSON() {
		return parseJSON(file, b.src)
	}
	return parseDocument(file, b.src)
}

// isJSON reports whether a block is JSON, even if it is broken, rather than YAML.
func (b block) isJSON() bool {
	switch b.language {
	case "json", "jsonc", "json5":
		return true
	case "yaml", "yml":
		return json.Valid(b.src)
	default:
		return beginsObject(b.src)
	}
}

// brokenJSON returns what is wrong with a block of JSON, nil if nothing is or if it is none.
func (b block) brokenJSON(file string) error {
	if !b.isJSON() || json.Valid(b.src) {
		return nil
	}
	_, err := parseJSON(file, b.src)
	return err
}

// keys returns the keys at the top level of a block. If the block is broken JSON, they are the
// keys at any level that are a document's at its top.
func (b block) keys() []string {
	if json.Valid(b.src) {
		return objectKeys(b.src)
	}
	if !b.isJSON() && !beginsObject(b.src) {
		return mappingKeys(b.src)
	}
	var keys []string
	for _, found := range documentKey.FindAllSubmatch(b.src, -1) {
		keys = append(keys, string(found[1]))
	}
	return keys
}

func beginsObject(src []byte) bool { return bytes.HasPrefix(bytes.TrimSpace(src), []byte("{")) }

var documentKey = regexp.MustCompile(`(?m)(?:^|[{,])\s*["']?(openapi|swagger|paths)["']?\s*:`)

// objectKeys returns the keys of a JSON object, and none of another value.
func objectKeys(src []byte) []string {
	var object map[string]json.RawMessage
	if err := json.Unmarshal(src, &object); err != nil {
		return nil
	}
	return slices.Collect(maps.Keys(object))
}

var (
	mappingKey = regexp.MustCompile(`^([ \t]*)["']?([\w.$-]+)["']?[ \t]*:`)
	noContent  = regexp.MustCompile(`^\s*(#|---|%|$)`)
)

// mappingKeys returns the keys at the top level of a YAML mapping, which may be broken: those that
// are indented as the first. Text that does not begin with a key, such as a command, has none.
func mappingKeys(src []byte) []string {
	var keys []string
	var indent string
	for line := range strings.Lines(string(src)) {
		if noContent.MatchString(line) {
			continue
		}
		found := mappingKey.FindStringSubmatch(line)
		if found == nil && len(keys) == 0 {
			return nil
		}
		if len(keys) == 0 {
			indent = found[1]
		}
		if found != nil && found[1] == indent {
			keys = append(keys, found[2])
		}
	}
	return keys
}
