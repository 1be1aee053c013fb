package api

import (
	"errors"
	"strings"
	"testing"
)

// TestPages iterates over lists as the generated methods do. Only a document that has lists has such
// methods; the growth checks call them.
func TestPages(t *testing.T) {
	type params struct{ cursor string }
	for _, tt := range []struct {
		name, from, stop string
		answers          string // items, and behind a > where the next page begins
		want             string // what was asked for, and got
	}{
		{"all, with a page that is empty", "", "", "a b>2|>3|c>", "? a b ?2 ?3 c"},
		{"from a page on", "7", "", "a>", "?7 a"},
		{"a failure", "", "", "a>2|503", "? a ?2 503"},
		{"the same page again", "", "", "a>2|b>2", "? a ?2 b " + errRepeatedPage.Error()},
		{"a break", "", "b", "a b c>2", "? a b"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var seen []string
			answers := strings.Split(tt.answers, "|")
			turn := func(p *params, next string) { p.cursor = next }
			fetch := func(p *params) (*page[string, string], error) {
				seen = append(seen, "?"+p.cursor)
				items, next, ok := strings.Cut(answers[0], ">")
				answers = answers[1:]
				if !ok {
					return nil, errors.New(items)
				}
				return newPage(nil, strings.Fields(items), next), nil
			}
			asked := params{tt.from}
			for item, err := range pages(&asked, turn, fetch) {
				if err != nil {
					item += err.Error()
				}
				seen = append(seen, item)
				if item == tt.stop {
					break
				}
			}
			if got := strings.Join(seen, " "); got != tt.want || asked.cursor != tt.from {
				t.Errorf("got %s, want %s; the params are %v", got, tt.want, asked)
			}
		})
	}
}

func TestPagesByNumber(t *testing.T) {
	number := func(n int64) *int64 { return &n }
	for _, tt := range []struct {
		asked *int64
		items int
		of    int64
		want  int64
	}{
		{nil, 20, 3, 2},
		{number(0), 20, 3, 1}, // a server that counts from 0
		{number(2), 20, 3, 3},
		{number(3), 20, 3, 0},
		{nil, 20, 1, 0},
		{number(4), 20, 0, 5}, // not known of how many
		{number(5), 0, 0, 0},
		{number(2), 0, 3, 0},
	} {
		got := nextNumber(tt.asked, tt.items, isLast(tt.asked, tt.of))
		if got != tt.want {
			t.Errorf("the page after %v of %d, with %d items, is %d, want %d",
				valueOf(tt.asked), tt.of, tt.items, got, tt.want)
		}
	}
}

func TestCursorIn(t *testing.T) {
	for next, want := range map[string]string{
		"":             "",
		"cD0yMDI2+/==": "cD0yMDI2+/==",
		"100%":         "100%",
		"https://sellers.example.com/stocks?cursor=cj0x%3D&page_size=20": "cj0x=",
		"/stocks?page_size=20": "/stocks?page_size=20",
	} {
		if got := cursorIn(next); got != want {
			t.Errorf("the cursor in %q is %q, want %q", next, got, want)
		}
	}
}
