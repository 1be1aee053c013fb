package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"weak"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/generated"
	"github.com/sellerscenter/client-go/internal/attempt"
	"github.com/sellerscenter/client-go/internal/operation"
	"github.com/sellerscenter/client-go/internal/retry"
)

// identify is the first request editor of every call. It notes which operation is called, before
// editors of the caller's own can change the request, and sets the headers that these may want to
// see. Whatever they change, it stays the same request, by whose address Do finds the note.
//
// A path of no operation comes from a path parameter that is empty, "." or "..", and would reach
// another operation than the one called.
func (c *chain) identify(ctx context.Context, req *http.Request) error {
	path := strings.TrimPrefix(req.URL.EscapedPath(), c.base.EscapedPath())
	op := generated.Operations.Find(req.Method, path)
	if op == nil {
		return fmt.Errorf("%s%s %s: not an operation of the spec; is a path parameter empty or a dot?",
			prefix, req.Method, req.URL.Path)
	}
	c.called.Store(weak.Make(req), op)
	if c.noted.Add(1)%sweepEvery == 0 {
		c.forgetLost()
	}
	req.Header.Set("User-Agent", c.userAgent)
	req.Header.Set("Accept", op.Accept)
	if attempt.BatchOf(ctx) != uuid.Nil {
		// A cache in between must not answer with the first poll's status.
		req.Header.Set("Cache-Control", "no-cache")
	}
	return nil
}

// sweepEvery is how many calls are noted before the notes are swept.
const sweepEvery = 1024

// forgetLost drops the notes of requests that are gone: of calls that an editor gave up.
func (c *chain) forgetLost() {
	for address := range c.called.Range {
		//nolint:forcetypeassert // nothing else is stored
		if address.(weak.Pointer[http.Request]).Value() == nil {
			c.called.Delete(address)
		}
	}
}

// Do makes a call for the generated client. Everything but a success that the spec declares is an
// error.
func (c *chain) Do(req *http.Request) (*http.Response, error) {
	if req.URL == nil {
		return nil, errors.New(prefix + "the request has no URL; did a request editor remove it?")
	}
	called, _ := c.called.LoadAndDelete(weak.Make(req))
	op, found := called.(*operation.Operation)
	if !found {
		op = &operation.Operation{Path: req.URL.Path}
	}
	call := retry.Call{
		Request:   req,
		Operation: op,
		Batch:     attempt.BatchOf(req.Context()),
	}
	end := &ended{Call: call, Outcome: c.retrier.Do(call)} //nolint:contextcheck // the request has it
	return end.response()
}
