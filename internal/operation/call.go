package operation

import (
	"io"
	"net/http"
)

// Doer sends a request, as [http.Client] does.
type Doer interface {
	Do(req *http.Request) (*http.Response, error)
}

// Preparer is a doer that is told which operation is called.
type Preparer interface {
	// Prepare prepares the request of a call of the operation with a Go name, and returns what sends
	// it.
	Prepare(req *http.Request, name string) (Doer, error)
}

// Prepare begins a call of the named operation. The generated client calls it before the editors of
// the caller, which may change everything of the request, and sends with what it returns. A doer
// that is no [Preparer] sends the request as it is.
func Prepare(doer Doer, req *http.Request, name string) (Doer, error) {
	preparer, ok := doer.(Preparer)
	if !ok {
		return doer, nil
	}
	return preparer.Prepare(req, name)
}

// Body is the body of a declared success, in memory. It knows the call that it belongs to.
type Body interface {
	io.ReadCloser
	// Content returns the whole body, and leaves nothing to read.
	Content() []byte
	// Unusable returns the error of the call if the success cannot be used.
	Unusable(why error) error
}

// ReadAll returns the body of a response. The generated parser calls it. A [Body] need not be read,
// and is not copied.
func ReadAll(body io.Reader) ([]byte, error) {
	inMemory, ok := body.(Body)
	if !ok {
		return io.ReadAll(body)
	}
	return inMemory.Content(), nil
}

// Unusable returns the error of a call whose declared success cannot be used: one that does not
// decode, or that is not what was asked for. For a response that knows no call, that is only why.
func Unusable(resp *http.Response, why error) error {
	if resp != nil {
		if body, ok := resp.Body.(Body); ok {
			return body.Unusable(why)
		}
	}
	return why
}
