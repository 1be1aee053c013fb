package main

import "testing"

func TestNotesLeaveOutWhatOnlyPeopleRead(t *testing.T) {
	type notes map[string]any
	for _, tt := range []struct {
		name       string
		difference any
		want       string
	}{
		{"nothing", notes{}, ""},
		{"prose alone", notes{"schema": notes{"examples": notes{"from": nil, "to": 1}}}, ""},
		{"prose and more", notes{"$comment": 1, "explode": notes{"from": nil, "to": false}},
			`{"explode":{"from":null,"to":false}}`},
		{"property with the name of a keyword",
			notes{"properties": notes{"modified": notes{"examples": notes{"format": notes{"to": "uuid"}}}}},
			`{"properties":{"modified":{"examples":{"format":{"to":"uuid"}}}}}`},
		{"property of which only prose differs",
			notes{"properties": notes{"modified": notes{"id": notes{"XML": 1}, "at": notes{"format": 1}}}},
			`{"properties":{"modified":{"at":{"format":1}}}}`},
		{"value that has the name of a keyword", notes{"default": notes{"to": notes{"examples": 1}}},
			`{"default":{"to":{"examples":1}}}`},
		{"value that is empty", notes{"default": notes{"to": notes{}}}, `{"default":{"to":{}}}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := notesOf(tt.difference)
			if err != nil || got != tt.want {
				t.Errorf("noted %s, error %v, want %s", got, err, tt.want)
			}
		})
	}
}
