package main

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

func TestTellsWhatTheClientDoesOtherwise(t *testing.T) {
	get := operation{name: "GetA", method: "GET", path: "/a/{id}", accept: "application/json", rateLimit: 200}
	post := operation{name: "PostA", method: "POST", path: "/a", accept: "application/json"}
	with := func(op operation, edit func(*operation)) operation {
		edit(&op)
		return op
	}
	limit := func(n int) operation { return with(get, func(op *operation) { op.rateLimit = n }) }
	idempotent := func(op operation) operation {
		return with(op, func(op *operation) { op.idempotent = true })
	}
	for _, tt := range []struct {
		name     string
		was, now operation
		want     []change
	}{
		{"nothing", get, get, nil},
		{"a lower limit", get, limit(100), []change{{mayBreak, "GET /a/{id}: the rate limit went from 200 " +
			"to 100 requests a minute; calls may wait longer"}}},
		{"a higher limit", get, limit(300), []change{{compatible, "GET /a/{id}: the rate limit went from " +
			"200 to 300 requests a minute"}}},
		{"a limit that is new", limit(0), get, []change{{mayBreak, "GET /a/{id}: a rate limit of 200 " +
			"requests a minute is now stated; calls wait where it is used up"}}},
		{"a limit that is gone", get, limit(0), []change{{mayBreak, "GET /a/{id}: the rate limit of 200 " +
			"requests a minute is no longer stated; calls do not wait for it any more, " +
			"and the server may refuse them"}}},
		{"idempotent", post, idempotent(post), []change{{mayBreak, "POST /a: now marked x-idempotent; " +
			"a call that failed is sent again even where the server may have carried it out"}}},
		{"no longer idempotent", idempotent(post), post, []change{{mayBreak, "POST /a: no longer marked " +
			"x-idempotent; a call that failed is not sent again where the server may have carried it out"}}},
		{"idempotent as it was anyway", get, idempotent(get), nil},
		{"another Accept", get, with(get, func(op *operation) { op.accept = "text/csv" }),
			[]change{{mayBreak, "GET /a/{id}: the Accept header changed from `application/json` " +
				"to `text/csv`"}}},
		{"an Accept that an older table does not have",
			with(get, func(op *operation) { op.accept = "" }), get, nil},
		{"another method", get, with(get, func(op *operation) { op.name = "ReadA" }),
			[]change{{breaks, "GET /a/{id}: the method GetAWithResponse is now ReadAWithResponse"}}},
		{"two at once", get, idempotent(with(limit(100), func(op *operation) { op.name = "ReadA" })),
			[]change{
				{breaks, "GET /a/{id}: the method GetAWithResponse is now ReadAWithResponse"},
				{mayBreak, "GET /a/{id}: the rate limit went from 200 to 100 requests a minute; " +
					"calls may wait longer"},
			}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := operationChanges(tt.was, tt.now); !slices.Equal(got, tt.want) {
				t.Errorf("told %v, want %v", got, tt.want)
			}
		})
	}
}

// row returns the entry of an operation in the table.
func row(request, fields string) string {
	method, path, _ := strings.Cut(request, " ")
	return `	{Method: "` + method + `", Path: "` + path + `", ` + fields + "},\n"
}

// withTable returns the files of a module that has a table of operations.
func withTable(rows ...string) map[string]string {
	return map[string]string{
		"internal/operation/operation.go": "package operation\n\ntype Table []Operation\n\n" +
			"type Operation struct {\n\tName, Method, Path, Accept string\n\tRateLimit int\n" +
			"\tIdempotent bool\n}\n",
		tableFile: tableHead + "var Operations = operation.Table{\n" + strings.Join(rows, "") + "}\n",
	}
}

func TestMatchesOperationsByRequest(t *testing.T) {
	before, after := t.TempDir(), t.TempDir()
	write(t, before, tableFile, withTable(row("GET /a/{id}", "RateLimit: 1"),
		row("POST /a/{id}", "RateLimit: 2"), row("GET /gone", "RateLimit: 3"))[tableFile])
	write(t, after, tableFile, withTable(row("GET /new", "RateLimit: 4"), row("POST /a/{id}", "RateLimit: 2"),
		row("GET /a/{key}", "RateLimit: 5"))[tableFile])
	got, err := behaviourChanges(before, after)
	want := []change{{compatible, "GET /a/{key}: the rate limit went from 1 to 5 requests a minute"}}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("told %v, error %v, want %v", got, err, want)
	}
}

func TestBehaviourCountsInTheNextVersion(t *testing.T) {
	const head = "openapi.yaml: no changes\n\nexported Go API: no changes\n\nclient's behaviour"
	for _, tt := range []struct {
		name     string
		was, now string
		want     string
	}{
		{"nothing", "RateLimit: 200", "RateLimit: 200",
			": no changes\n\nNext version: nothing changed that callers can see\n"},
		{"may break callers", "RateLimit: 200", "RateLimit: 100",
			", may break callers:\n  - GET /a: the rate limit went from 200 to 100 requests a minute; " +
				"calls may wait longer\n\n" +
				"Next version: minor, v1.5.0: programs compile, but the API or the client behaves"},
		{"breaks no caller", "RateLimit: 200", "RateLimit: 300",
			", breaks no caller:\n  - GET /a: the rate limit went from 200 to 300 requests a minute\n\n" +
				"Next version: patch, v1.4.3: the Go API is the same."},
		{"breaks callers", `Name: "GetA"`, `Name: "ReadA"`,
			", breaks callers:\n  - GET /a: the method GetAWithResponse is now ReadAWithResponse\n\n" +
				"Next version: major, v2.0.0: programs may no longer compile."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := moduleWith(t, withTable(row("GET /a", tt.was)))
			write(t, dir, tableFile, withTable(row("GET /a", tt.now))[tableFile])
			var out bytes.Buffer
			if err := run(t.Context(), options{root: dir, base: "HEAD"}, &out); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(out.String(), head+tt.want) {
				t.Errorf("printed\n%s\nwant %q", &out, head+tt.want)
			}
		})
	}
}
