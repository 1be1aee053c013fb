package api

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/generated"
	"github.com/sellerscenter/client-go/internal/attempt"
	"github.com/sellerscenter/client-go/internal/operation"
	"github.com/sellerscenter/client-go/internal/retry"
)

// call is one call of an operation, and its outcome.
type call struct {
	attempt.Call
	retry.Outcome

	chain *chain
	body  io.ReadCloser // before editors, nil if there is none that can be opened again
}

// Prepare begins a call for the generated client. It keeps which operation is called, before
// editors of the caller's own can change the request, and sets the headers that these may want to
// see.
//
// A path that is not the operation's comes from a path parameter that is empty, "." or "..", or that
// spells the path of another operation, which the request would reach.
func (c *chain) Prepare(req *http.Request, name string) (operation.Doer, error) {
	op := c.find(req)
	if op == nil || op.Name != name {
		return nil, fmt.Errorf("%s%s %s: not a path of %s; is a path parameter empty or a dot?",
			prefix, req.Method, req.URL.Path, name)
	}
	batch := attempt.BatchOf(req.Context())
	req.Header.Set("User-Agent", c.userAgent)
	req.Header.Set("Accept", op.Accept)
	if batch != uuid.Nil {
		// A cache in between must not answer with the first poll's status.
		req.Header.Set("Cache-Control", "no-cache")
	}
	prepared := &call{Call: attempt.Call{Operation: op, Batch: batch}, chain: c}
	if req.GetBody != nil {
		prepared.body = req.Body
		req.GetBody = reopening(req.GetBody)
	}
	return prepared, nil
}

// find returns the operation of a request by its method and path, nil if it has none.
func (c *chain) find(req *http.Request) *operation.Operation {
	path := strings.TrimPrefix(req.URL.EscapedPath(), c.basePath)
	return generated.Operations.Find(req.Method, path)
}

// Do sends a request that was not prepared, such as from a doer of the caller's around this one.
func (c *chain) Do(req *http.Request) (*http.Response, error) {
	unprepared := &call{chain: c}
	if req.URL != nil {
		unprepared.Operation = cmp.Or(c.find(req), &operation.Operation{Path: req.URL.Path})
	}
	return unprepared.Do(req)
}

// Do makes the call. Everything but a success that the spec declares is an error.
func (c *call) Do(req *http.Request) (*http.Response, error) {
	if req.URL == nil {
		return nil, errors.New(prefix + "the request has no URL; did a request editor remove it?")
	}
	if c.opensOldBody(req) {
		req.GetBody = nil
	}
	c.Request = req
	end := c.start()
	err := errExited
	defer func() { end(err) }()
	c.Outcome = c.chain.retrier.Do(c.Call)
	resp, err := c.response()
	return resp, err
}
