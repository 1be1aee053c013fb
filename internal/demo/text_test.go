package main

import "testing"

func TestCount(t *testing.T) {
	for n, want := range map[int]string{0: "0 polls", 1: "1 poll", 2: "2 polls"} {
		if got := count(n, "poll", "polls"); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
}

func TestTextBesideAColumnWraps(t *testing.T) {
	const text = "the quick brown fox jumps over the lazy dog and then it jumps back over the other dog"
	const want = "4711  the quick brown fox jumps over the lazy dog and then it jumps back over\n" +
		"      the other dog\n"
	if got := beside("4711", text); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestTerminalObeysNothingOfTheServer(t *testing.T) {
	const text = "carrier\x1b[2J\r\nkey\a"
	if got := beside("4711", text); got != "4711  carrier [2J key\n" {
		t.Errorf("got %q", got)
	}
}

func TestLongLineIsClipped(t *testing.T) {
	long := make([]rune, columns+1)
	for i := range long {
		long[i] = 'ß'
	}
	if got := []rune(clip(string(long))); len(got) != columns || got[columns-1] != '…' {
		t.Errorf("%d columns: %q", len(got), string(got))
	}
	if got := clip(string(long[1:])); got != string(long[1:]) {
		t.Errorf("a line that fits became %q", got)
	}
}
