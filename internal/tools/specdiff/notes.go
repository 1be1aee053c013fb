package main

import (
	"encoding/json"
	"slices"
)

// notesOf returns a difference as oasdiff notes it, in JSON and without what only people read. It
// is empty where nothing else differs.
func notesOf(difference any) (string, error) {
	source, err := json.Marshal(difference)
	if err != nil {
		return "", err
	}
	var notes map[string]any
	err = json.Unmarshal(source, &notes)
	if err != nil {
		return "", err
	}
	removeProse(notes)
	if len(notes) == 0 {
		return "", nil
	}
	rest, err := json.Marshal(notes)
	return string(rest), err
}

// forPeople are the keywords that oasdiff does not leave out by itself.
var forPeople = []string{"$comment", "examples", "externalDocs", "XML"}

// removeProse removes what only people read, and what is empty without it.
func removeProse(notes map[string]any) {
	for key, value := range notes {
		if slices.Contains(forPeople, key) {
			delete(notes, key)
			continue
		}
		inner, ok := value.(map[string]any)
		if !ok || key == "from" || key == "to" {
			continue
		}
		if key == "modified" {
			removeProseOfEach(inner)
		} else {
			removeProse(inner)
		}
		if len(inner) == 0 {
			delete(notes, key)
		}
	}
}

// removeProseOfEach removes what only people read from notes by name, such as those of properties,
// where any keyword can be a name.
func removeProseOfEach(byName map[string]any) {
	for name, value := range byName {
		inner, ok := value.(map[string]any)
		if !ok {
			continue
		}
		removeProse(inner)
		if len(inner) == 0 {
			delete(byName, name)
		}
	}
}
