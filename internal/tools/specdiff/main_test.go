package main

import (
	"bytes"
	"strings"
	"testing"
)

func TestExitStatus(t *testing.T) {
	for _, tt := range []struct {
		name          string
		file, content string // what changes in the module
		args          []string
		want          int
	}{
		{name: "nothing", want: 0},
		{name: "prose", file: "openapi.yaml", content: strings.Replace(goodDoc, "OK", "Okay", 1),
			want: 0},
		{name: "package that users cannot import", file: "internal/x/x.go", content: "package x\n",
			want: 0},
		{name: "document", file: "openapi.yaml", content: strings.Replace(goodDoc, "get_a", "get_b", 1),
			want: 0},
		{name: "exported Go API", file: "api/more.go", content: "package api\n\nfunc More() {}\n",
			want: 0},
		{name: "client's behaviour", file: tableFile,
			content: withTable(row("GET /a", "RateLimit: 300"))[tableFile], want: 0},
		{name: "code that does not compile", file: "api/api.go", content: "package api" + broken,
			want: 1},
		{name: "document that does not parse", file: "openapi.yaml", content: "paths: [\n",
			want: 1},
		{name: "table that does not parse", file: tableFile, content: "package generated\n\nvar x = {\n",
			want: 1},
		{name: "commit that is none", args: []string{"-base", "nope"}, want: 1},
		{name: "flag that is none", args: []string{"-bse", "HEAD"}, want: 1},
		{name: "argument", args: []string{"more"}, want: 1},
		{name: "help", args: []string{"-h"}, want: 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := moduleWith(t, withTable(row("GET /a", "RateLimit: 200")))
			if tt.file != "" {
				write(t, dir, tt.file, tt.content)
			}
			args := append([]string{"-C", dir}, tt.args...)
			wantStatus(t, tt.want, args)
		})
	}
}

// wantStatus runs the command, which has to print either an error or a report.
func wantStatus(t *testing.T, want int, args []string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	got := status(t.Context(), args, &stdout, &stderr)
	if got != want {
		t.Errorf("%q exits with %d, want %d; it printed\n%s%s", args, got, want, &stdout, &stderr)
	}
	reported := strings.Contains(stdout.String(), "Next version:")
	asked := strings.Contains(stdout.String(), "Usage of specdiff")
	failed := strings.HasPrefix(stderr.String(), "specdiff: ")
	if reported == failed && !asked {
		t.Errorf("%q printed\n%s\nand as errors\n%s", args, &stdout, &stderr)
	}
}
