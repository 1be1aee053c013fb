package main

import (
	"strings"
	"testing"
)

func TestNextVersionFollowsTheTag(t *testing.T) {
	for _, tt := range []struct {
		tag  string
		api  severity
		want string
	}{
		{"", breaks, "major: programs"},
		{"v0.3.1", breaks, "minor, v0.4.0: programs may no longer compile (before v1"},
		{"v1.0.0", breaks, "major, v2.0.0: programs"},
		{"v1.0.0-rc.1", compatible, "minor, v1.1.0: it adds"},
		{"version", compatible, "minor: it adds"},
	} {
		got := nextVersion(tt.tag, differences{goAPI: []change{{tt.api, "x"}}})
		if !strings.HasPrefix(got, tt.want) {
			t.Errorf("after %q: %q, want %q", tt.tag, got, tt.want)
		}
	}
}

func TestNextVersionFollowsTheWorstChange(t *testing.T) {
	one := func(s severity) []change { return []change{{s, "x"}} }
	for _, tt := range []struct {
		name  string
		found differences
		want  string
	}{
		{"nothing", differences{}, "none: nothing changed"},
		{"spec breaks", differences{spec: one(breaks)}, "minor, v1.3.0: programs compile"},
		{"spec may break", differences{spec: one(mayBreak)}, "minor, v1.3.0: programs compile"},
		{"spec breaks no caller", differences{spec: one(compatible)},
			"patch, v1.2.4: the Go API is the same"},
		{"API breaks", differences{goAPI: one(breaks)}, "major, v2.0.0: programs may no longer compile"},
		{"API may break", differences{goAPI: one(mayBreak)}, "minor, v1.3.0: programs compile"},
		{"API breaks no caller", differences{goAPI: one(compatible)}, "minor, v1.3.0: it adds to the Go API"},
		{"behaviour breaks", differences{table: one(breaks)},
			"major, v2.0.0: programs may no longer compile"},
		{"behaviour may break", differences{table: one(mayBreak)}, "minor, v1.3.0: programs compile"},
		{"behaviour breaks no caller", differences{table: one(compatible)},
			"patch, v1.2.4: the Go API is the same"},
		{"all", differences{spec: one(mayBreak), goAPI: one(compatible), table: one(breaks)},
			"major, v2.0.0: programs may no longer compile"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := nextVersion("v1.2.3", tt.found); !strings.HasPrefix(got, tt.want) {
				t.Errorf("next is %q, want %q", got, tt.want)
			}
		})
	}
}
