package apitest

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/sellerscenter/client-go/internal/operation"
)

// find returns the operation of a request, given by its method and escaped path, or nil if the
// spec declares none. Whatever comes before the operation's path is taken for the base URL's path.
func (s *Server) find(method, path string) *operation.Operation {
	for i, c := range path {
		if c != '/' {
			continue
		}
		if op := s.operations.Find(method, path[i:]); op != nil {
			return op
		}
	}
	return nil
}

// declaresPath reports whether the spec declares the escaped path, with whatever method.
func (s *Server) declaresPath(path string) bool {
	for _, op := range s.operations {
		if s.find(op.Method, path) != nil {
			return true
		}
	}
	return false
}

// setPathValues makes the parameters in the path known to [http.Request.PathValue], except those
// that share a segment with another parameter.
func setPathValues(r *http.Request, template string) {
	segments := strings.Split(template, "/")
	values := strings.Split(r.URL.EscapedPath(), "/")
	values = values[len(values)-len(segments):] // without the base URL's path
	for i, segment := range segments {
		before, rest, isParameter := strings.Cut(segment, "{")
		name, after, _ := strings.Cut(rest, "}")
		if !isParameter || strings.Contains(after, "{") {
			continue
		}
		value, err := url.PathUnescape(values[i])
		if err != nil {
			continue
		}
		value = strings.TrimPrefix(value, before)
		value = strings.TrimSuffix(value, after)
		r.SetPathValue(name, value)
	}
}
