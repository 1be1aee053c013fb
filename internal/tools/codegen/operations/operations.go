// Package operations is what specgen puts in front of the table in generated/operations.gen.go, there in package
// generated. It is a package of its own so that it can be tested here.
package operations

import (
	"bytes"
	"io"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Operation is what the spec says of one operation beside its types.
type Operation struct {
	// Name is the Go name, as in the client's NameWithResponse method.
	Name string
	// Method is the HTTP method in upper case.
	Method string
	// Path is the path template, such as /api/v1/orders/{order_id}.
	Path string
	// RateLimit is the number of requests per minute that the description states, 0 where it states none.
	RateLimit int
	// Success lists the declared success answers.
	Success []SuccessAnswer
	// IntegerHeaders lists the response headers that are declared as integers, in canonical form.
	IntegerHeaders []string
}

// SuccessAnswer is a success answer that the spec declares for an operation.
type SuccessAnswer struct {
	// Status is a status code, a range such as 2XX, or default.
	Status string
	// ContentTypes lists the declared media types; none means an answer without a declared body.
	ContentTypes []string
	// Null tells that a JSON body may be null.
	Null bool
}

// String returns the answer's status and media types.
func (a SuccessAnswer) String() string {
	return strings.TrimSpace(a.Status + " " + strings.Join(a.ContentTypes, " or "))
}

// maxNull is the length of a body beyond which it is not looked into for null, with room for white space around it.
const maxNull = 64

// Accept reports whether the spec declares the answer's status as a success of the operation, and the content type with it.
// Parameters of the content type, such as charset, do not count. The spec may declare a range, image/* or */*.
//
// Such an answer, whose body is in memory, it makes fit for the generated parser. That knows media types in lower case only, drops an
// answer for a header that is not the integer which the spec declares, and takes null for a result without content: where the
// spec declares no null, it gets an empty body, which it refuses.
func (o *Operation) Accept(resp *http.Response) bool {
	h, a := resp.Header, o.success(resp.StatusCode)
	contentType := strings.ToLower(h.Get("Content-Type"))
	if a == nil && len(o.Success) > 0 || a != nil && !a.declares(contentType) {
		return false
	}
	if contentType != h.Get("Content-Type") {
		h.Set("Content-Type", contentType)
	}
	if a != nil && !a.Null && resp.ContentLength <= maxNull && strings.Contains(contentType, "json") {
		body, _ := io.ReadAll(resp.Body)
		if string(bytes.TrimSpace(body)) == "null" {
			body = nil
		}
		resp.Body = io.NopCloser(bytes.NewReader(body))
	}
	for _, name := range o.IntegerHeaders {
		values := h[name]
		if len(values) == 0 {
			continue
		}
		if n, ok := ParseCount(values[0]); !ok {
			delete(h, name)
		} else if plain := strconv.AppendInt(make([]byte, 0, 20), n, 10); string(plain) != values[0] {
			h[name] = []string{string(plain)}
		}
	}
	return true
}

// success returns what the spec declares for the status, nil if that is nothing.
func (o *Operation) success(status int) *SuccessAnswer {
	for i, a := range o.Success {
		if n, _ := strconv.Atoi(a.Status); n == status || strings.EqualFold(a.Status, "2XX") || a.Status == "default" {
			return &o.Success[i]
		}
	}
	return nil
}

// declares reports whether the content type, in lower case, is one of the answer's.
func (a *SuccessAnswer) declares(contentType string) bool {
	got, _, _ := strings.Cut(contentType, ";")
	got = strings.TrimSpace(got)
	return len(a.ContentTypes) == 0 || slices.ContainsFunc(a.ContentTypes, func(declared string) bool {
		if declared == got {
			return true // as nearly always
		}
		declared, _, err := mime.ParseMediaType(declared)
		family, isRange := strings.CutSuffix(declared, "*")
		return err == nil && (declared == got || isRange && got != "" && (declared == "*/*" || strings.HasPrefix(got, family)))
	})
}

// ParseCount reads the leading plain number of a rate-limit header: 200 of "200", "200, 200;w=60" and "200;w=60". Anything
// else, such as "abc", a negative number or one beyond int64, is as if absent.
func ParseCount(value string) (int64, bool) {
	value = strings.TrimSpace(value)
	if end := strings.IndexAny(value, " \t,;"); end >= 0 {
		value = value[:end]
	}
	if value == "" {
		return 0, false // the most frequent case, without the cost of an error
	}
	n, err := strconv.ParseUint(value, 10, 63)
	return int64(n), err == nil
}

// find returns the operation among ops of a request's method and escaped path, nil if there is none. A path without
// parameters goes before one with, and one that has more of its path written out before one with less. A parameter is one
// path segment or a part of it, and not empty.
func find(ops []Operation, method, path string) *Operation {
	var found *Operation
	literal := -1
	for i := range ops {
		o := &ops[i]
		if o.Method != method {
			continue
		}
		if o.Path == path {
			return o
		}
		if n := len(parameter.ReplaceAllString(o.Path, "")); n > literal && pattern(o.Path).MatchString(path) {
			found, literal = o, n
		}
	}
	return found
}

var (
	parameter = regexp.MustCompile(`\{[^{}/]*\}`)
	patterns  sync.Map // of *regexp.Regexp by path template
)

func pattern(template string) *regexp.Regexp {
	if p, ok := patterns.Load(template); ok {
		return p.(*regexp.Regexp) //nolint:forcetypeassert // nothing else is stored
	}
	parts := parameter.Split(template, -1)
	for i, part := range parts {
		parts[i] = regexp.QuoteMeta((&url.URL{Path: part}).EscapedPath())
	}
	p := regexp.MustCompile("^" + strings.Join(parts, "[^/]+") + "$")
	patterns.Store(template, p)
	return p
}
