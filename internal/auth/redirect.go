package auth

import (
	"context"
	"fmt"
	"net/http"
)

// maxRequests is how many requests one attempt makes, the first and those of redirects: as many as
// net/http makes.
const maxRequests = 10

// RedirectPolicy decides which redirects an [http.Client] follows: those of GET and HEAD within the
// origin, unless the new URL has the key in it.
type RedirectPolicy struct {
	Origin Origin
	// KeyOf returns the key of a request's context, the zero Key if it has none.
	KeyOf func(ctx context.Context) Key
	// Next is asked about the redirects that may be followed; nil allows them all.
	Next func(req *http.Request, via []*http.Request) error
}

// Check is for the field CheckRedirect. A redirect that is not followed is the response of the
// request.
func (p RedirectPolicy) Check(req *http.Request, via []*http.Request) error {
	ctx := req.Context()
	target := req.URL.String()
	showsKey := NewRedactor(p.KeyOf(ctx)).Redact(target) != target
	reads := via[0].Method == http.MethodGet || via[0].Method == http.MethodHead
	if !reads || len(via) >= maxRequests || OriginOf(req.URL) != p.Origin || showsKey {
		return http.ErrUseLastResponse
	}
	if p.Next == nil {
		return nil
	}
	err := p.Next(req, via)
	if p.KeyOf(req.Context()).IsZero() { // it gave the request a context of its own
		*req = *req.WithContext(ctx)
	}
	return err
}

// LocationError reports a redirect whose Location is not a valid URL. The [http.Client] would turn
// it into an error that has lost the response.
type LocationError struct{ Response *http.Response }

func (e *LocationError) Error() string {
	return fmt.Sprintf("redirect with status code %d to an invalid URL", e.Response.StatusCode)
}
