package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestReadmeListsTheLicences(t *testing.T) {
	want, err := table(t.Context(), "../../..")
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Count(want, "\n") < 3 || !strings.Contains(string(readme), want) {
		t.Errorf("the README lacks this table (go -C internal/tools/licenses run .):\n%s", want)
	}
}

func TestLicenceIsKnownAndAccepted(t *testing.T) {
	// A licence that asks for more than to be named, as far as it is needed to be known by.
	const copyleft = `This program is free software: you can redistribute it and/or modify
it under the terms of the GNU General Public License as published by
the Free Software Foundation, either version 3 of the License, or
(at your option) any later version.
`
	mit, err := os.ReadFile("testdata/MIT.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name  string
		files map[string]string
		want  string
		err   string
	}{
		{"one", map[string]string{"LICENSE": string(mit)}, "MIT", ""},
		{"with an extension", map[string]string{"licence.md": string(mit)}, "MIT", ""},
		{"none", map[string]string{"main.go": "package main"}, "", "licences []"},
		{"no known text", map[string]string{"LICENSE": "All rights reserved."}, "", "0 % of LICENSE"},
		{"one that is not accepted", map[string]string{"COPYING": copyleft}, "", "GPL"},
		{"two", map[string]string{"LICENSE": string(mit), "COPYING": copyleft}, "", "GPL"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			for name, text := range tt.files {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			got, err := licence(dir)
			switch {
			case got != tt.want:
				t.Errorf("licence %q, want %q", got, tt.want)
			case (err != nil) != (tt.err != ""), err != nil && !strings.Contains(err.Error(), tt.err):
				t.Errorf("error %v, want %q", err, tt.err)
			}
		})
	}
}
