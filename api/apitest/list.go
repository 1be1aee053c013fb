package apitest

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
)

// pageSize is how many items the API puts on a page unless it is asked for more.
const pageSize = 20

// HandleList scripts an operation that returns a list in pages: list returns the items of all pages
// for a request, whose query has the filters. The response has items, the up to 20 of the page that
// the query asks for, by number or by cursor. Beside them and in pagination it has the number of
// pages and, except on the last page, the next cursor as a string, by the names that the generated
// methods look for. To have 30 orders on two pages, write
//
//	apitest.HandleList(server, "ListOrders", func(*http.Request) []generated.OrderSchema {
//		return make([]generated.OrderSchema, 30)
//	})
//
// A list whose response has a different form is scripted with [Server.Handle]. list may be called
// concurrently, and what it returns is encoded afterwards, so nothing else may change that then.
// What Handle says about handlers holds here too.
//
// HandleList panics if the spec declares no operation of that name. It is a function because
// methods cannot have type parameters.
func HandleList[T any](s *Server, operation string, list func(r *http.Request) []T) {
	s.Handle(operation, func(w http.ResponseWriter, r *http.Request) {
		asked := cmp.Or(r.FormValue("cursor"), r.FormValue("page"), "1")
		page, err := strconv.Atoi(asked)
		if err != nil || page < 1 {
			writeError(w, http.StatusBadRequest, fmt.Sprintf("apitest: %q is not a page of this list", asked))
			return
		}
		pages := slices.Collect(slices.Chunk(list(r), pageSize))
		items := []T{}
		if page <= len(pages) {
			items = pages[page-1]
		}
		pagination := map[string]any{"pages": len(pages), "total_pages": len(pages)}
		if page < len(pages) {
			for _, name := range []string{"next", "next_cursor", "cursor"} { // what the spec may call it
				pagination[name] = strconv.Itoa(page + 1)
			}
		}
		response := maps.Clone(pagination) // or it may declare them beside the list
		response["items"] = items
		response["pagination"] = pagination
		writeJSON(w, http.StatusOK, response)
	})
}
