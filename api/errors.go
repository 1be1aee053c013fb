package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/generated"
	"github.com/sellerscenter/client-go/internal/retry"
)

// Sentinels to test an error for with [errors.Is].
var (
	// ErrBadRequest is a 400: the request itself is wrong.
	ErrBadRequest = errors.New("sellerscenter: bad request")
	// ErrUnauthorized is a 401: the API key is missing, wrong or expired.
	ErrUnauthorized = errors.New("sellerscenter: unauthorized")
	// ErrForbidden is a 403: the API key may not do this.
	ErrForbidden = errors.New("sellerscenter: forbidden")
	// ErrNotFound is a 404: what was asked for, such as a batch, does not exist, or not yet.
	ErrNotFound = errors.New("sellerscenter: not found")
	// ErrRateLimited is a 429: too many requests, also after retrying.
	ErrRateLimited = errors.New("sellerscenter: rate limited")
	// ErrServer is any 5xx, also after retrying.
	ErrServer = errors.New("sellerscenter: server error")
	// ErrBatchFailed is a batch that the server ended with the status failed; see BatchError.
	ErrBatchFailed = errors.New("sellerscenter: batch failed")
	// ErrResponseTooLarge is a body of a success that is longer than WithMaxResponseBytes allows.
	ErrResponseTooLarge = errors.New("sellerscenter: response too large")
	// ErrOutcomeUnknown is a POST or PATCH that was sent and whose answer never came, or not whole. The server may have carried it
	// out: look before sending it again. The same care is due where one is answered 408 or 5xx, which is an *Error: but for a 503
	// with Retry-After, such an answer does not tell either.
	ErrOutcomeUnknown = errors.New("sellerscenter: outcome unknown")
)

// Error is an answer other than a success that the spec declares: a status that is not 2xx, a redirect that was not
// followed, or a 2xx whose status or content type the spec does not declare for the operation. Extract it with
// [errors.As], and tell kinds apart with [errors.Is] and the sentinels of this package.
type Error struct {
	// Method and URL are the call's, the URL with its query.
	Method, URL string
	// StatusCode is the answer's HTTP status.
	StatusCode int
	// Message is the best text for a person that the answer has, on one line of at most 240 characters.
	Message string
	// Header is the answer's, with [redacted] in place of an echo of the API key.
	Header http.Header
	// Body is the first 64 KiB of the answer's body, or what arrived of it, with [redacted] in place of an echo of the API key. Of one
	// that did not arrive whole the last word is left out, since it can be the start of the key.
	Body []byte
	// Attempts is how many attempts the call made. This answer is the last one's, unless the context ended an attempt after it.
	// Redirects that were followed belong to an attempt.
	Attempts int
	// RetryAfter is the delay that the answer asks for in its Retry-After header (RFC 9110, section 10.2.3), a date measured
	// against the answer's own Date. It is 0 where there is none, or none that can be read.
	RetryAfter time.Duration

	cause error
}

// Error returns one line with method, path, status, message and number of attempts.
func (e *Error) Error() string { return line(e.Method, e.URL, e.summary(), e.Attempts) }

func (e *Error) summary() string { return fmt.Sprintf("%d: %s", e.StatusCode, e.Message) }

// beforePath is a URL's scheme and host.
var beforePath = regexp.MustCompile(`^[^/]*//[^/]*`)

// line leaves out the URL's query, which would make it long.
func line(method, rawURL, text string, attempts int) string {
	path, _, _ := strings.Cut(beforePath.ReplaceAllString(rawURL, ""), "?")
	return fmt.Sprintf("sellerscenter: %s %s: %s (%s)", method, path, text, count(attempts, "attempt"))
}

func count(n int, noun string) string {
	return fmt.Sprint(n, " ", noun, map[bool]string{true: "s"}[n != 1])
}

var statusErrors = map[int]error{
	http.StatusBadRequest: ErrBadRequest, http.StatusUnauthorized: ErrUnauthorized, http.StatusForbidden: ErrForbidden,
	http.StatusNotFound: ErrNotFound, http.StatusTooManyRequests: ErrRateLimited,
}

// Is reports whether the sentinel target stands for the error's status, or for its body being too large.
func (e *Error) Is(target error) bool {
	return target == statusErrors[e.StatusCode] || target == ErrServer && e.StatusCode/100 == 5 ||
		target == ErrResponseTooLarge && errors.As(e.cause, new(retry.TooLargeError))
}

// Decode parses the JSON of Body into v, such as a [generated.BadRequestSchema], the error schema that the spec declares.
// It returns an error if Body is not such JSON, or was longer than 64 KiB.
func (e *Error) Decode(v any) error { return json.Unmarshal(e.Body, v) }

// callError is a call that ended without an answer, or before its last answer could be retried.
type callError struct {
	text   string
	causes error
}

func (e *callError) Error() string { return e.text }
func (e *callError) Unwrap() error { return e.causes }

// newCallError tells what ended a call in the order of a reader's interest: that the outcome is unknown, the context, and
// the last failure, unless that only repeats the context's end.
func newCallError(req *http.Request, out retry.Outcome, last error) error {
	unknown, texts := error(nil), []string(nil)
	if out.Uncertain {
		unknown, texts = ErrOutcomeUnknown, append(texts, "outcome unknown")
	}
	if out.Interrupted != nil {
		texts = append(texts, out.Interrupted.Error())
	}
	if answered := new(Error); errors.As(last, &answered) {
		texts = append(texts, answered.summary())
	} else if last != nil && retry.Cause(last) != out.Interrupted { //nolint:errorlint // the same one alone repeats it
		texts = append(texts, oneLine(retry.Cause(last).Error()))
	}
	text := line(req.Method, req.URL.String(), strings.Join(texts, ": "), out.Attempts)
	return &callError{text, errors.Join(unknown, out.Interrupted, last)}
}

// BatchError tells which batch failed, or was not seen to its end.
type BatchError struct {
	// ID is the batch's id, by which it can be asked for again: no batch is lost with an error.
	ID uuid.UUID
	// Status is the last status that was seen, empty if none was.
	Status generated.RequestStatus
	// Err is the reason. It wraps ErrBatchFailed when the batch ended as failed.
	Err error
}

// Error names the batch, its last status and the reason.
func (e *BatchError) Error() string {
	return fmt.Sprintf("sellerscenter: batch %s (last status %q): %v", e.ID, e.Status, e.Err)
}

// Unwrap returns the reason.
func (e *BatchError) Unwrap() error { return e.Err }
