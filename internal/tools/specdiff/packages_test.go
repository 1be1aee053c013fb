package main

import (
	"bytes"
	"strings"
	"testing"
)

const broken = "\n\nvar x int = \"\"\n" // does not compile

func TestCodeThatUsersCannotImportNeedNotCompile(t *testing.T) {
	for _, tt := range []struct{ name, file, source string }{
		{"internal package", "internal/x/x.go", "package x" + broken},
		{"package below an internal one", "internal/x/y/y.go", "package y" + broken},
		{"internal package of another one", "api/internal/x/x.go", "package x" + broken},
		{"command", "cmd/x/main.go", "package main" + broken},
		{"command that does not parse", "internal/demo/main.go", "package main\n\nfunc main() {\n"},
		{"import that is not there", "internal/x/x.go", "package x\n\nimport _ \"example.com/m/gone\"\n"},
		{"test", "api/api_test.go", "package api" + broken},
		{"example", "api/example_test.go", "package api_test" + broken},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := module(t)
			write(t, dir, tt.file, tt.source)
			optional := strings.Replace(goodGo, "Name string", "Name *string", 1)
			write(t, dir, "generated/client.gen.go", optional)
			var out bytes.Buffer
			if err := run(t.Context(), options{root: dir, base: "HEAD"}, &out); err != nil {
				t.Fatal(err)
			}
			const want = "generated: A.Name: changed from string to *string"
			if !strings.Contains(out.String(), want) {
				t.Errorf("printed\n%s\nwant %q", &out, want)
			}
		})
	}
}

func TestNamesAPackageThatDoesNotCompile(t *testing.T) {
	for _, tt := range []struct{ name, file, source, want string }{
		{"of the module", "api/api.go", "package api" + broken,
			"package api does not compile: "},
		{"that imports what does not compile", "internal/operation/operation.go",
			"package operation" + broken, "package generated does not compile: "},
		{"that does not parse", "api/api.go", "package api\n\n\nfunc {\n", "package api does not compile: "},
		{"without a package clause", "api/api.go", "\n\n//\nx\n", "package api does not compile: "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := moduleWith(t, withTable(row("GET /a", "RateLimit: 1")))
			write(t, dir, tt.file, tt.source)
			err := run(t.Context(), options{root: dir, base: "HEAD"}, &bytes.Buffer{})
			if err == nil {
				t.Fatal("no error")
			}
			if !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), tt.file) {
				t.Errorf("error %q, want %q with %s", err, tt.want, tt.file)
			}
		})
	}
}

func TestNamesAPackageOfTheCommitThatDoesNotCompile(t *testing.T) {
	dir := moduleWith(t, map[string]string{"api/api.go": "package api" + broken})
	err := run(t.Context(), options{root: dir, base: "HEAD"}, &bytes.Buffer{})
	if err == nil || !strings.Contains(err.Error(), "the commit: package api does not compile: ") {
		t.Errorf("error %v, want the package of the commit", err)
	}
}

func TestRefusesATreeThatIsNoModule(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "api/api.go", "package api\n")
	_, err := loadPackages(t.Context(), dir)
	if err == nil || !strings.Contains(err.Error(), "module") {
		t.Errorf("error %v, want what is missing", err)
	}
}
