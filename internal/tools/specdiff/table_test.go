package main

import (
	"slices"
	"testing"
)

// table returns the source of a table of operations.
func table(rows string) string {
	return "package generated\n\nimport \"example.com/m/internal/operation\"\n\n" +
		"var Operations = operation.Table{\n" + rows + "}\n"
}

func TestTellsWhatTheClientDoesDifferently(t *testing.T) {
	const gone = `{Method: "GET", Path: "/gone", RateLimit: 1},`
	const added = `{Method: "PUT", Path: "/a/{id}"},`
	for _, tt := range []struct {
		name, was, is string
		want          []change
	}{
		{"nothing", `RateLimit: 200`, `RateLimit:  200`, nil},
		{"a lower limit", `RateLimit: 200`, `RateLimit: 100`,
			[]change{{mayBreak, "GET /a/{}: RateLimit was 200 and is 100"}}},
		{"a higher limit", `RateLimit: 200`, `RateLimit: 1000`,
			[]change{{compatible, "GET /a/{}: RateLimit was 200 and is 1000"}}},
		{"a limit that is new", `Name: "A"`, `Name: "A", RateLimit: 200`,
			[]change{{mayBreak, "GET /a/{}: RateLimit was none and is 200"}}},
		{"a limit that is gone", `RateLimit: 200`, `Name: ""`, []change{
			{breaks, "GET /a/{}: Name was none and is \"\""},
			{mayBreak, "GET /a/{}: RateLimit was 200 and is none"},
		}},
		{"another method", `Name: "GetA"`, `Name: "ReadA"`,
			[]change{{breaks, "GET /a/{}: Name was \"GetA\" and is \"ReadA\""}}},
		{"idempotent", `Name: "A"`, `Name: "A", Idempotent: true`,
			[]change{{mayBreak, "GET /a/{}: Idempotent was none and is true"}}},
		{"a success more", `Success: []operation.Success{{Status: "200"}}`,
			"Success: []operation.Success{\n{Status: \"200\"}, {Status: \"202\"}}",
			[]change{{mayBreak, "GET /a/{}: Success was []operation.Success{{Status: \"200\"}} and is " +
				"[]operation.Success{ {Status: \"200\"}, {Status: \"202\"}}"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			before := t.TempDir()
			after := t.TempDir()
			was := gone + `{Method: "GET", Path: "/a/{id}", ` + tt.was + "},\n"
			is := added + `{Method: "GET", Path: "/a/{key}", ` + tt.is + "},\n"
			write(t, before, "generated/operations.gen.go", table(was))
			write(t, after, "generated/operations.gen.go", table(is))
			got, err := tableChanges(before, after)
			if err != nil || !slices.Equal(got, tt.want) {
				t.Errorf("told %v, error %v, want %v", got, err, tt.want)
			}
		})
	}
}
