package main

import (
	"fmt"
	"go/types"
)

// tagChanges returns the fields of exported structs that keep their type, but are sent and read
// differently. Only their tags tell, which apidiff does not compare.
func tagChanges(path string, old, now *types.Package) []change {
	var changes []change
	for _, name := range old.Scope().Names() {
		was := structOf(old, name)
		is := structOf(now, name)
		if was == nil || is == nil {
			continue
		}
		tags := tagsOf(is)
		for i := range was.NumFields() {
			field := was.Field(i)
			tag, kept := tags[signature(field)]
			if !kept || tag == was.Tag(i) || !field.Exported() {
				continue
			}
			text := fmt.Sprintf("%s: %s.%s: the tag changed from `%s` to `%s`",
				path, name, field.Name(), was.Tag(i), tag)
			changes = append(changes, change{mayBreak, text})
		}
	}
	return changes
}

// structOf returns an exported struct of a package, nil where the name is none.
func structOf(p *types.Package, name string) *types.Struct {
	object, ok := p.Scope().Lookup(name).(*types.TypeName)
	if !ok || !object.Exported() {
		return nil
	}
	found, ok := object.Type().Underlying().(*types.Struct)
	if !ok {
		return nil
	}
	return found
}

// tagsOf returns the tags of a struct by the signature of their fields.
func tagsOf(s *types.Struct) map[string]string {
	tags := map[string]string{}
	for i := range s.NumFields() {
		tags[signature(s.Field(i))] = s.Tag(i)
	}
	return tags
}

// signature is a field's name and type, which two trees have in common where the types are not.
func signature(field *types.Var) string {
	return field.Name() + " " + types.TypeString(field.Type(), nil)
}
