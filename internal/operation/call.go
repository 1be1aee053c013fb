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
	// Undecodable returns the error of the call if the body does not decode.
	Undecodable(err error) error
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

// Undecodable returns the error of a call whose declared success does not decode. The generated
// client calls it with the response that it got and the parser's error.
func Undecodable(resp *http.Response, err error) error {
	body, ok := resp.Body.(Body)
	if !ok {
		return err
	}
	return body.Undecodable(err)
}
