package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// leaf is a value in a part that has nothing inside, or that is compared as a whole.
type leaf struct {
	node    *yaml.Node
	text    string // the value, however it is written: 10 and 10.0 are one
	isProse bool
}

// leaves returns the leaves of the value of a keyword by their paths. The order of keys is no
// meaning, nor is that of a list of texts.
func leaves(n *yaml.Node, keyword string) map[string]leaf {
	found := map[string]leaf{}
	var look func(path string, n *yaml.Node, keyword string)
	look = func(path string, n *yaml.Node, keyword string) {
		if len(n.Content) > 0 && !isData(keyword) {
			for key, value := range entries(n) {
				look(path+"."+key.Value, value, keywordOf(keyword, key.Value))
			}
			return
		}
		for found[path].node != nil { // an item twice
			path += "'"
		}
		found[path] = leaf{n, valueText(n), prose[keyword] || keyword == sourceKey}
	}
	look("", n, keyword)
	return found
}

func valueText(n *yaml.Node) string {
	var value any
	_ = n.Load(&value) // as it was when the document was parsed
	text, err := json.Marshal(value)
	if err != nil { // a key is a number
		return fmt.Sprintf("%#v", value)
	}
	return string(text)
}

// same reports whether two values are the same, prose included.
func same(a, b *yaml.Node) bool {
	return maps.EqualFunc(leaves(a, ""), leaves(b, ""), func(x, y leaf) bool { return x.text == y.text })
}

// leaves returns the leaves of a part. Of an operation, they have the rate limit, whether the
// description states it or an extension.
func (p part) leaves() map[string]leaf {
	found := leaves(p.value, p.keyword())
	if !p.isOperation() {
		return found
	}
	limit, _, err := p.doc.rateLimit(p.value)
	if err == nil && limit > 0 {
		stated := cmp.Or(get(p.value, "description"), p.value)
		found[".rate limit"] = leaf{node: stated, text: limitText(limit)}
	}
	return found
}

// difference returns the first place where a part differs from another in meaning, with both sides,
// and the first one where it differs in prose. Both are empty where there is none.
func (p part) difference(old part) (meaning, prose string) {
	was := old.leaves()
	is := p.leaves()
	all := maps.Clone(was)
	maps.Copy(all, is)
	for _, path := range slices.Sorted(maps.Keys(all)) {
		place := p.String()
		if path != "" {
			place += ", at " + strings.ReplaceAll(path[1:], ".[", "[")
		}
		switch {
		case was[path].text == is[path].text:
		case all[path].isProse:
			prose = cmp.Or(prose, place)
		default:
			return place + old.side(was[path]) + p.side(is[path]), prose
		}
	}
	return "", prose
}

// side shows what a part has in a place where another differs.
func (p part) side(l leaf) string {
	at := cmp.Or(l.node, p.value)
	return fmt.Sprintf("\n  %s:%d:%d: %.120s", p.doc.fileOf(at), at.Line, at.Column,
		cmp.Or(l.text, "nothing"))
}

// keep writes into the value of a keyword what an older one has and it has not: prose, and what
// the owner of the document wrote.
func keep(old, now *yaml.Node, keyword string) {
	if old.Kind != now.Kind || isData(keyword) {
		return
	}
	for key, value := range entries(old) {
		below := keywordOf(keyword, key.Value)
		if other := entry(now, key.Value); other != nil {
			keep(value, other, below)
		} else if now.Kind == yaml.MappingNode && (prose[below] || isOwners(below)) {
			put(now, key, value)
		}
	}
}
