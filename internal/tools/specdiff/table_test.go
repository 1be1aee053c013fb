package main

import (
	"slices"
	"strings"
	"testing"
)

const tableHead = "package generated\n\nimport \"example.com/m/internal/operation\"\n\n"

func TestReadsTheTable(t *testing.T) {
	const request = `Method: "GET", Path: "/a", `
	entry := `{Name: "GetA", Method: "GET", Path: "/a", Accept: "application/json", RateLimit: 200,
		Idempotent: true, BatchParameter: "id"}`
	op := operation{name: "GetA", method: "GET", path: "/a", accept: "application/json", rateLimit: 200,
		idempotent: true}
	for _, tt := range []struct {
		name   string
		source string
		want   []operation
	}{
		{"what the client goes by", "var Operations = operation.Table{" + entry + "}", []operation{op}},
		{"elements that name their type", "var Operations = []operation.Operation{operation.Operation" +
			entry + "}", []operation{op}},
		{"fields and elements that it does not know", "var Operations = operation.Table{{" + request +
			"Hedge: f(3), Success: []int{1}}, x}",
			[]operation{{method: "GET", path: "/a"}}},
		{"values that are no literals", "var Operations = operation.Table{{" + request +
			"Name: n, RateLimit: limit(), Idempotent: no}}",
			[]operation{{method: "GET", path: "/a"}}},
		{"values of another type", "var Operations = operation.Table{{" + request +
			`Name: 7, RateLimit: "200"}}`,
			[]operation{{method: "GET", path: "/a"}}},
		{"an element without names", `var Operations = operation.Table{{"GET", "/a"}}`, nil},
		{"an element without a request", `var Operations = operation.Table{{Name: "GetA"}}`, nil},
		{"another variable", "var Others = operation.Table{" + entry + "}", nil},
		{"no value", "var Operations operation.Table", nil},
		{"no literal", "var Operations = operations()", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir, tableFile, tableHead+tt.source+"\n")
			got, err := readTable(dir)
			if err != nil || !slices.Equal(got, tt.want) {
				t.Errorf("read %+v, error %v, want %+v", got, err, tt.want)
			}
		})
	}
}

func TestReadsNothingWithoutATable(t *testing.T) {
	got, err := readTable(t.TempDir())
	if err != nil || got != nil {
		t.Errorf("read %+v, error %v, want nothing", got, err)
	}
}

func TestRefusesATableThatIsNoGo(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, tableFile, "package generated\n\nvar Operations = {\n")
	_, err := readTable(dir)
	if err == nil || !strings.Contains(err.Error(), "operations.gen.go:3") {
		t.Errorf("error %v, want the file and line", err)
	}
}
