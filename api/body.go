package api

import (
	"io"
	"net/http"
)

// reopened is the body of a prepared request, opened again.
type reopened struct{ io.ReadCloser }

// reopening returns a GetBody whose bodies are known again, except none, which net/http must know.
func reopening(open func() (io.ReadCloser, error)) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) {
		body, err := open()
		if body == http.NoBody {
			return body, err
		}
		return reopened{body}, err
	}
}

func isReopened(body io.ReadCloser) bool {
	_, ok := body.(reopened)
	return ok
}

// opensOldBody reports whether an editor has set another body, but not what opens it again: the
// request's GetBody is still the prepared one.
func (c *call) opensOldBody(req *http.Request) bool {
	if c.body == nil || req.GetBody == nil || req.Body == c.body || isReopened(req.Body) {
		return false
	}
	body, err := req.GetBody()
	if err != nil || body == nil {
		return false
	}
	_ = body.Close()
	return isReopened(body) || body == http.NoBody
}
