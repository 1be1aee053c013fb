package main

import (
	"strings"
	"testing"
)

func TestNextVersion(t *testing.T) {
	one := func(s severity) []change { return []change{{s, "x"}} }
	for _, tt := range []struct {
		name, tag string
		found     differences
		want      string
	}{
		{"no version yet", "", differences{goAPI: one(breaks)}, "major: programs"},
		{"before v1", "v0.3.1", differences{goAPI: one(breaks)},
			"minor, v0.4.0: programs may no longer compile (before v1"},
		{"a candidate", "v1.0.0-rc.1", differences{goAPI: one(compatible)}, "minor, v1.1.0: it adds"},
		{"a tag of another kind", "version", differences{goAPI: one(compatible)}, "minor: it adds"},
		{"nothing", "v1.2.3", differences{}, "none: nothing changed"},
		{"spec breaks", "v1.2.3", differences{spec: one(breaks)}, "minor, v1.3.0: programs compile"},
		{"spec may break", "v1.2.3", differences{spec: one(mayBreak)}, "minor, v1.3.0: programs compile"},
		{"spec breaks no caller", "v1.2.3", differences{spec: one(compatible)},
			"patch, v1.2.4: the Go API is the same"},
		{"API breaks", "v1.2.3", differences{goAPI: one(breaks)},
			"major, v2.0.0: programs may no longer compile"},
		{"API breaks no caller", "v1.2.3", differences{goAPI: one(compatible)},
			"minor, v1.3.0: it adds to the Go API"},
		{"behaviour breaks", "v1.2.3", differences{table: one(breaks)},
			"major, v2.0.0: programs may no longer compile"},
		{"behaviour may break", "v1.2.3", differences{table: one(mayBreak)},
			"minor, v1.3.0: programs compile"},
		{"behaviour breaks no caller", "v1.2.3", differences{table: one(compatible)},
			"patch, v1.2.4: the Go API is the same"},
		{"all", "v1.2.3", differences{spec: one(mayBreak), goAPI: one(compatible), table: one(breaks)},
			"major, v2.0.0: programs may no longer compile"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := nextVersion(tt.tag, tt.found); !strings.HasPrefix(got, tt.want) {
				t.Errorf("next is %q, want %q", got, tt.want)
			}
		})
	}
}
