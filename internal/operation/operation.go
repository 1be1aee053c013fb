// Package operation holds what the spec says of its operations, and what follows from it: which
// operation a request calls, what a request accepts, and which responses are declared as a success.
// It has what the generated client calls, too.
//
// The generated table is made of the types of this package. Nothing here knows a particular
// operation.
package operation

import "strings"

// Operation is what the spec says of one operation beside its types.
type Operation struct {
	// Name is the Go name, as in the client's NameWithResponse method.
	Name string
	// Method is the HTTP method in upper case.
	Method string
	// Path is the path template, such as /api/v1/orders/{order_id}.
	Path string
	// Accept is the value of the Accept header that asks for what the spec declares: the media types
	// of the success responses, JSON first.
	Accept string
	// RateLimit is the number of requests a minute that the description states, 0 where it states
	// none.
	RateLimit int
	// Idempotent reports that the spec marks the operation as safe to repeat, with x-idempotent:
	// true.
	Idempotent bool
	// Success lists the declared success responses.
	Success []Success
	// BatchParameter is the name of the parameter, in the query or the path, that takes a batch's
	// id. It is empty unless the operation gives the state of a batch.
	BatchParameter string
}

// Success is a success response that the spec declares.
type Success struct {
	// Status is a status code, a range such as 2XX, or default.
	Status string
	// ContentTypes lists the declared media types. None means a response without a declared body.
	ContentTypes []string
	// Nullable reports that a JSON body may be null.
	Nullable bool
}

// String returns the status and the media types.
func (s Success) String() string {
	return strings.TrimSpace(s.Status + " " + strings.Join(s.ContentTypes, " or "))
}
