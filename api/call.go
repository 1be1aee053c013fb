package api

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/sellerscenter/client-go/internal/attempt"
	"github.com/sellerscenter/client-go/internal/operation"
	"github.com/sellerscenter/client-go/internal/retry"
)

// identify is the first request editor of every call. It notes which operation is called, before
// editors of the caller's own can change the request, and sets the headers that these may want to
// see. The note is in the field that names the pattern which a request matched, and so survives
// another context and another URL.
//
// A path of no operation comes from a path parameter that is empty, "." or "..", and would reach
// another operation than the one called.
func (c *chain) identify(ctx context.Context, req *http.Request) error {
	op := c.find(req)
	if op == nil {
		return fmt.Errorf("sellerscenter: %s %s: not an operation of the spec; is a path parameter empty or a dot?",
			req.Method, req.URL.Path)
	}
	req.Pattern = op.Method + " " + op.Path
	req.Header.Set("User-Agent", c.userAgent)
	req.Header.Set("Accept", op.Accept())
	if attempt.WaitOf(ctx) != nil {
		req.Header.Set("Cache-Control", "no-cache") // a cache in between must not answer with the first poll's status
	}
	return nil
}

// find returns the operation of a request, nil if it is none of the spec.
func (c *chain) find(req *http.Request) *operation.Operation {
	path := strings.TrimPrefix(req.URL.EscapedPath(), c.base.EscapedPath())
	return c.operations.Find(req.Method, path)
}

// operationOf returns the operation that was called. A request that an editor replaced as a whole
// is what it looks like.
func (c *chain) operationOf(req *http.Request) *operation.Operation {
	method, path, _ := strings.Cut(req.Pattern, " ")
	i := slices.IndexFunc(c.operations, func(op operation.Operation) bool {
		return op.Method == method && op.Path == path
	})
	if i >= 0 {
		return &c.operations[i]
	}
	return cmp.Or(c.find(req), &operation.Operation{Path: req.URL.Path})
}

// Do makes a call for the generated client. Everything but a success that the spec declares is an
// error. Like http.Client's, it closes the request's body in any case.
func (c *chain) Do(req *http.Request) (*http.Response, error) {
	op := c.operationOf(req)
	outcome := c.retrier.Do(retry.Call{Request: req, Operation: op, Wait: attempt.WaitOf(req.Context())})
	return (&ended{Outcome: outcome, request: req, operation: op}).response()
}
