package operation

import (
	"math/big"
	"regexp"
	"strings"
	"testing"
)

func TestParseCount(t *testing.T) {
	for _, tt := range []struct {
		value string
		want  int64
		ok    bool
	}{
		{"200", 200, true},
		{"\t 200 \r\n", 200, true},
		{"\u00a0200\u2003", 200, true},
		{"00000000000000000000000200", 200, true},
		{"0", 0, true},
		{"200, 200;w=60", 200, true},
		{"200;w=60", 200, true},
		{"200 per minute", 200, true},
		{"9223372036854775807", 9223372036854775807, true},
		{"9223372036854775808", 0, false},
		{"", 0, false},
		{"abc", 0, false},
		{"-1", 0, false},
		{"+1", 0, false},
		{"1.5", 0, false},
		{"-0", 0, false},
		{"1e3", 0, false},
		{"2_00", 0, false},
		{",200", 0, false},
		{"200abc", 0, false},
		{"200/min", 0, false},
		{"200\x00", 0, false},
		{"200\xff", 0, false},
		{"0x10", 0, false},
		{";w=60", 0, false},
		{"\u0662\u0660\u0660", 0, false},
	} {
		if got, ok := ParseCount(tt.value); ok != tt.ok || ok && got != tt.want {
			t.Errorf("ParseCount(%q) = %d, %v, want %d, %v", tt.value, got, ok, tt.want, tt.ok)
		}
	}
}

var leadingNumber = regexp.MustCompile(`^([0-9]+)(?:[ \t,;]|$)`)

func FuzzParseCount(f *testing.F) {
	for _, s := range []string{"200", "200, 200;w=60", "abc", "-1", "99999999999999999999", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, value string) {
		want := new(big.Int)
		m := leadingNumber.FindStringSubmatch(strings.TrimSpace(value))
		wantOK := m != nil
		if wantOK {
			want.SetString(m[1], 10)
			wantOK = want.IsInt64()
		}
		if n, ok := ParseCount(value); ok != wantOK || ok && n != want.Int64() {
			t.Errorf("ParseCount(%q) = %d, %v, want %v, %v", value, n, ok, want, wantOK)
		}
	})
}
