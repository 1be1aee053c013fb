package operation

import (
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Declared returns what the spec declares for a response with a 2xx status code and a Content-Type
// as the operation's success. The error says which of the two it does not declare. A spec that
// declares no success at all leaves every response open.
//
// An exact status code wins over a range such as 2XX, and a range over default. Parameters of the
// content type do not count. The spec may declare a range of types, such as image/*.
func (o *Operation) Declared(status int, contentType string) (Success, error) {
	if len(o.Success) == 0 {
		return Success{Nullable: true}, nil
	}
	for _, pattern := range []string{strconv.Itoa(status), "2XX", "default"} {
		for _, success := range o.Success {
			if !strings.EqualFold(success.Status, pattern) {
				continue
			}
			if success.allows(mediaType(contentType)) {
				return success, nil
			}
			return Success{}, fmt.Errorf("the spec declares %v for %s, not content type %q",
				o.Success, o.Name, contentType)
		}
	}
	return Success{}, fmt.Errorf("the spec declares %v for %s, not status code %d", o.Success, o.Name, status)
}

// DeclaresJSON reports whether a response with a status code and a Content-Type is a success that
// the spec declares for the operation, with a body in JSON.
func (o *Operation) DeclaresJSON(status int, contentType string) bool {
	_, err := o.Declared(status, contentType)
	return status/100 == 2 && err == nil && strings.Contains(mediaType(contentType), "json")
}

// allows reports whether a media type is one of the declared ones.
func (s Success) allows(got string) bool {
	return len(s.ContentTypes) == 0 || slices.ContainsFunc(s.ContentTypes, func(declared string) bool {
		return declared == got || matches(mediaType(declared), got)
	})
}

// mediaType returns the media type of a Content-Type header in lower case, without its parameters.
// Of two values that a proxy joined into one line it is the first.
func mediaType(contentType string) string {
	end := strings.IndexAny(contentType+";", ";,")
	return strings.ToLower(strings.TrimSpace(contentType[:end]))
}

// LowerMediaType makes the media type of a response lower case, since the generated parser knows no
// other. The parameters stay as they are: a multipart boundary may have upper case. A header that
// has it so is not written to, since a caller's transport may give the same one to several calls.
func LowerMediaType(h http.Header) {
	contentType := h.Get("Content-Type")
	before, _, _ := strings.Cut(contentType, ";")
	if lower := strings.ToLower(before); lower != before {
		h.Set("Content-Type", lower+contentType[len(before):])
	}
}

// HeaderValue returns the value of a response header as the generated parser is to read it into a
// variable. For an integer that is the plain number that [ParseCount] reads, or nothing, which is
// no integer.
func HeaderValue(value string, into any) string {
	variable := reflect.TypeOf(into).Elem()
	if variable.Kind() == reflect.Pointer { // of a header that may be null
		variable = variable.Elem()
	}
	if zero := reflect.Zero(variable); !zero.CanInt() && !zero.CanUint() {
		return value
	}
	n, ok := ParseCount(value)
	if !ok {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

// ParseCount reads the leading plain number of a rate-limit header: 200 of "200", "200, 200;w=60"
// and "200;w=60". Anything else, such as "abc", a negative number, or one beyond int64, is as if
// absent.
func ParseCount(value string) (int64, bool) {
	value = strings.TrimSpace(value)
	end := strings.IndexAny(value+" ", " \t,;")
	n, err := strconv.ParseUint(value[:end], 10, 63)
	return int64(n), err == nil
}
