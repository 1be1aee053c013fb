package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/sellerscenter/client-go/internal/attempt"
)

// Sentinels to test an error for with [errors.Is].
var (
	// ErrBadRequest is a 400: the request itself is wrong.
	ErrBadRequest = errors.New("sellerscenter: bad request")
	// ErrUnauthorized is a 401: the API key is missing, wrong or expired.
	ErrUnauthorized = errors.New("sellerscenter: unauthorized")
	// ErrForbidden is a 403: the API key may not do this.
	ErrForbidden = errors.New("sellerscenter: forbidden")
	// ErrNotFound is a 404: what was asked for, such as a batch, does not exist, or not yet. A 404
	// of another path, to which the call was redirected, does not match.
	ErrNotFound = errors.New("sellerscenter: not found")
	// ErrRateLimited is a 429: too many requests, also after retrying. A call that was not sent
	// because an earlier 429 still holds its operation matches too.
	ErrRateLimited = errors.New("sellerscenter: rate limited")
	// ErrServer is any 5xx, also after retrying.
	ErrServer = errors.New("sellerscenter: server error")
	// ErrBatchFailed is a batch that the server ended with the status failed; see BatchError.
	ErrBatchFailed = errors.New("sellerscenter: batch failed")
	// ErrResponseTooLarge is a success whose body is longer than WithMaxResponseBytes allows.
	ErrResponseTooLarge = errors.New("sellerscenter: response too large")
	// ErrOutcomeUnknown is a POST or PATCH that was sent, and that the server may or may not have
	// carried out: no complete response arrived, or it was a 408 or 5xx. Look before sending it
	// again. Exempt are 501, 503 with a Retry-After, and operations that the spec marks with
	// x-idempotent. An Error with a 2xx does not match: the server has carried out the request.
	ErrOutcomeUnknown = errors.New("sellerscenter: outcome unknown")
)

// Error is a response that is not a usable success: a status code that is not 2xx, a redirect that
// was not followed, a 2xx whose status code or content type the spec does not declare for the
// operation, or a success whose body does not decode, is too large, or does not give the state of
// the batch that a generated wait asks for. Extract it with [errors.As], and tell kinds apart with
// [errors.Is] and the sentinels of this package.
type Error struct {
	// Method and URL are the call's, the URL with its query.
	Method, URL string
	// StatusCode is the HTTP status code of the response.
	StatusCode int
	// Message is the best human-readable text in the response, on one line of at most 240
	// characters.
	Message string
	// Header is the response's, with [redacted] in place of an echo of the API key.
	Header http.Header
	// Body is the first 64 KiB of the response's body, or what arrived of it, with [redacted] in
	// place of an echo of the API key. If the body did not arrive whole, what may be the beginning
	// of the key is left out at its end.
	Body []byte
	// Attempts is how many attempts the call made. This response is the last one's, unless the
	// context ended an attempt after it. Redirects that were followed belong to an attempt.
	Attempts int
	// RetryAfter is the delay that the response asks for in its Retry-After header (RFC 9110,
	// section 10.2.3), a date measured against the response's own Date. It is 0 if there is none,
	// or none that can be read.
	RetryAfter time.Duration

	cause      error
	unknown    bool   // the outcome is
	redirected string // "redirected to " and the path of the response, if it is not the call's
}

// Error returns one line with method, path, status code, message and number of attempts. If the
// call was redirected to another path, that is in it too.
func (e *Error) Error() string {
	return callLine(e.Method, e.URL, e.summary(), e.Attempts)
}

func (e *Error) summary() string {
	return joined(strconv.Itoa(e.StatusCode), joined(e.redirected, e.Message))
}

var statusErrors = map[int]error{
	http.StatusBadRequest:      ErrBadRequest,
	http.StatusUnauthorized:    ErrUnauthorized,
	http.StatusForbidden:       ErrForbidden,
	http.StatusNotFound:        ErrNotFound,
	http.StatusTooManyRequests: ErrRateLimited,
}

// Is reports whether the sentinel target stands for the status code, for a body that is too large,
// or for an outcome that is unknown.
func (e *Error) Is(target error) bool {
	if target == ErrNotFound && e.redirected != "" {
		return false
	}
	return target != nil && target == statusErrors[e.StatusCode] ||
		target == ErrServer && e.StatusCode/100 == 5 ||
		target == ErrResponseTooLarge && errors.As(e.cause, new(attempt.TooLargeError)) ||
		target == ErrOutcomeUnknown && e.unknown
}

// Unwrap returns why a success cannot be used, such as the error of encoding/json, or the error
// with which the caller's CheckRedirect refused a redirect. It is nil for other responses.
func (e *Error) Unwrap() error { return e.cause }

// Decode parses the JSON of Body into v, a pointer to the type of an error schema that the spec
// declares. It returns an error if Body is not such JSON, or was longer than 64 KiB.
func (e *Error) Decode(v any) error { return json.Unmarshal(e.Body, v) }

// prefix is what every error of this package begins with, once.
const prefix = "sellerscenter: "

// textOf returns the text of an error within another one, without the prefix, which that one has.
// It is empty for nil.
func textOf(err error) string {
	if err == nil {
		return ""
	}
	return strings.ReplaceAll(err.Error(), prefix, "")
}

// joined returns two texts with a colon in between, or the one that is not empty.
func joined(first, second string) string {
	if first == "" || second == "" {
		return first + second
	}
	return first + ": " + second
}

// callLine returns the text of a call's error. It leaves out what a URL has beside its path, which
// would make it long, and what is not known.
func callLine(method, rawURL, text string, attempts int) string {
	text = joined(strings.TrimSpace(method+" "+besidePath.ReplaceAllString(rawURL, "")), text)
	if attempts > 0 {
		text += " (" + count(attempts, "attempt") + ")"
	}
	return prefix + text
}

// besidePath matches a URL's scheme and host, and its query.
var besidePath = regexp.MustCompile(`(?s)^[^/]*//[^/]*|\?.*`)

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
