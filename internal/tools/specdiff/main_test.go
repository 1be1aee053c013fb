package main

import (
	"bytes"
	"strings"
	"testing"
)

func TestExitStatus(t *testing.T) {
	for _, tt := range []struct {
		name            string
		file, content   string // what changes in the module
		args            []string
		plain, exitCode int // without and with -exit-code
	}{
		{name: "nothing", plain: 0, exitCode: 0},
		{name: "prose", file: "openapi.yaml", content: strings.Replace(goodDoc, "OK", "Okay", 1),
			plain: 0, exitCode: 0},
		{name: "package that users cannot import", file: "internal/x/x.go", content: "package x\n",
			plain: 0, exitCode: 0},
		{name: "document", file: "openapi.yaml", content: strings.Replace(goodDoc, "get_a", "get_b", 1),
			plain: 0, exitCode: 1},
		{name: "exported Go API", file: "api/more.go", content: "package api\n\nfunc More() {}\n",
			plain: 0, exitCode: 1},
		{name: "client's behaviour", file: tableFile,
			content: withTable(row("GET /a", "RateLimit: 300"))[tableFile], plain: 0, exitCode: 1},
		{name: "code that does not compile", file: "api/api.go", content: "package api" + broken,
			plain: 1, exitCode: 2},
		{name: "document that does not parse", file: "openapi.yaml", content: "paths: [\n",
			plain: 1, exitCode: 2},
		{name: "table that does not parse", file: tableFile, content: "package generated\n\nvar x = {\n",
			plain: 1, exitCode: 2},
		{name: "commit that is none", args: []string{"-base", "nope"}, plain: 1, exitCode: 2},
		{name: "flag that is none", args: []string{"-bse", "HEAD"}, plain: 1, exitCode: 2},
		{name: "argument", args: []string{"more"}, plain: 1, exitCode: 2},
		{name: "help", args: []string{"-h"}, plain: 1, exitCode: 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := moduleWith(t, withTable(row("GET /a", "RateLimit: 200")))
			if tt.file != "" {
				write(t, dir, tt.file, tt.content)
			}
			args := append([]string{"-C", dir}, tt.args...)
			wantStatus(t, tt.plain, args)
			wantStatus(t, tt.exitCode, append([]string{"-exit-code"}, args...))
			wantStatus(t, tt.exitCode, append([]string{"--exit-code"}, args...))
			if len(tt.args) > 0 {
				wantStatus(t, tt.exitCode, append(args, "-exit-code"))
				wantStatus(t, tt.exitCode, append(args, "--exit-code"))
			}
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
