package api

import (
	"errors"
	"iter"
	"net/http"
	"net/url"

	"github.com/sellerscenter/client-go/internal/operation"
)

// page is a page of a list.
type page[Item any, At comparable] struct {
	response *http.Response
	items    []Item
	next     At // where the next page begins, zero if this is the last
}

func newPage[Item any, At comparable](response *http.Response, items []Item, next At) *page[Item, At] {
	return &page[Item, At]{response, items, next}
}

var errRepeatedPage = errors.New("the server gave the same next page twice")

// pages iterates over the items of a list, page after page, beginning with the one that params ask
// for. They stay as they are: turn sets a copy of them to the next page.
func pages[Params, Item any, At comparable](
	params *Params, turn func(*Params, At), fetch func(*Params) (*page[Item, At], error),
) iter.Seq2[Item, error] {
	return func(yield func(Item, error) bool) {
		asked := valueOf(params)
		said := map[At]bool{}
		for {
			got, err := fetch(&asked)
			if err != nil {
				yield(*new(Item), err)
				return
			}
			for _, item := range got.items {
				if !yield(item, nil) {
					return
				}
			}
			if got.next == *new(At) {
				return
			}
			if said[got.next] {
				yield(*new(Item), operation.Unusable(got.response, errRepeatedPage))
				return
			}
			said[got.next] = true
			turn(&asked, got.next)
		}
	}
}

// nextNumber returns the number of the page after the one that was asked for, 0 if that was the last.
// A page without items is the last. So is one that the server says is.
func nextNumber(asked *int64, items int, isLast bool) int64 {
	if items == 0 || isLast {
		return 0
	}
	return pageNumber(asked) + 1
}

// isLast reports whether the page that was asked for is the last of so many, 0 if that is not known.
func isLast(asked *int64, of int64) bool { return of > 0 && pageNumber(asked) >= of }

// pageNumber is the number of the page that was asked for: 1, if none.
func pageNumber(asked *int64) int64 {
	if asked == nil {
		return 1
	}
	return *asked
}

// cursorIn returns the cursor of the next page, which some servers give in the URL of that page.
func cursorIn(next string) string {
	u, err := url.Parse(next)
	if err != nil || !u.Query().Has("cursor") {
		return next
	}
	return u.Query().Get("cursor")
}
