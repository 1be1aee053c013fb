package api

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/sellerscenter/client-go/generated"
)

// routes finds the operation of a request in the generated table.
type routes struct {
	prefix    string                          // the base URL's path
	fixed     map[string]*generated.Operation // by method and path
	templates []route                         // paths with parameters, the most specific first
}

type route struct {
	op      *generated.Operation
	path    *regexp.Regexp
	literal int // bytes of the path that are no parameter
}

var parameter = regexp.MustCompile(`\{[^{}/]*\}`)

func newRoutes(base *url.URL, ops []generated.Operation) *routes {
	r := &routes{prefix: base.EscapedPath(), fixed: map[string]*generated.Operation{}}
	for i := range ops {
		op := &ops[i]
		if !parameter.MatchString(op.Path) {
			r.fixed[op.Method+" "+escape(op.Path)] = op
			continue
		}
		parts := parameter.Split(op.Path, -1)
		literal := len(strings.Join(parts, ""))
		for i, part := range parts {
			parts[i] = regexp.QuoteMeta(escape(part))
		}
		path := regexp.MustCompile("^" + strings.Join(parts, "[^/]+") + "$")
		r.templates = append(r.templates, route{op, path, literal})
	}
	slices.SortStableFunc(r.templates, func(a, b route) int { return cmp.Compare(b.literal, a.literal) })
	return r
}

func escape(path string) string { return (&url.URL{Path: path}).EscapedPath() }

// match returns the operation of a request as the generated client built it. A path that fits none is refused: it comes
// from a path parameter that is empty, "." or "..", which would reach another operation than the one called.
func (r *routes) match(req *http.Request) (*generated.Operation, error) {
	if path, ok := strings.CutPrefix(req.URL.EscapedPath(), r.prefix); ok {
		if op := r.fixed[req.Method+" "+path]; op != nil {
			return op, nil
		}
		for _, t := range r.templates {
			if t.op.Method == req.Method && t.path.MatchString(path) {
				return t.op, nil
			}
		}
	}
	return nil, fmt.Errorf("sellerscenter: %s %s: not an operation of the spec; is a path parameter empty or a dot?", req.Method, req.URL.Path)
}

type operationKey struct{}

func withOperation(ctx context.Context, op *generated.Operation) context.Context {
	return context.WithValue(ctx, operationKey{}, op)
}

// operationOf returns the operation that match found for the request.
func operationOf(req *http.Request) *generated.Operation {
	op, ok := req.Context().Value(operationKey{}).(*generated.Operation)
	if !ok { // an editor put a context of its own into the request
		return &generated.Operation{Method: req.Method, Path: req.URL.Path}
	}
	return op
}
