package main

import "testing"

func TestAcceptAsksForWhatIsDeclared(t *testing.T) {
	for _, tt := range []struct {
		name    string
		success []success
		want    string
	}{
		{"nothing", nil, "application/json"},
		{"no body", []success{{Status: "204"}}, "application/json"},
		{
			"a document",
			[]success{{Status: "200", ContentTypes: []string{"application/pdf"}}},
			"application/pdf",
		},
		{
			"JSON first, each once",
			[]success{
				{Status: "200", ContentTypes: []string{"text/csv", "application/json"}},
				{Status: "202", ContentTypes: []string{"application/json"}},
			},
			"application/json, text/csv",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := (&operation{Success: tt.success}).Accept(); got != tt.want {
				t.Errorf("Accept is %q, want %q", got, tt.want)
			}
		})
	}
}
