package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

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
	// ErrBatchFailed is a batch that the server ended with the status failed; see [BatchError].
	ErrBatchFailed = errors.New("sellerscenter: batch failed")
	// ErrResponseTooLarge is a body longer than [WithMaxResponseBytes] allows.
	ErrResponseTooLarge = errors.New("sellerscenter: response too large")
	// ErrOutcomeUnknown is a POST or PATCH that was sent and whose answer never came. The server may have carried it out:
	// look before sending it again.
	ErrOutcomeUnknown = errors.New("sellerscenter: outcome unknown")
)

// Error is an answer other than a success that the spec declares: a status that is not 2xx, a redirect that was not
// followed, or a 2xx whose status or content type the spec does not declare for the operation. Get at it with
// [errors.As], and tell kinds apart with [errors.Is] and the sentinels of this package.
type Error struct {
	// Method and URL are the request's.
	Method, URL string
	// StatusCode is the answer's HTTP status.
	StatusCode int
	// Message is the best text for a person that the answer has, on one line.
	Message string
	// Header is the answer's.
	Header http.Header
	// Body is the first 64 KiB of the answer's body, or what arrived of it.
	Body []byte
	// Attempts is how many requests were sent, with this answer to the last.
	Attempts int
	// RetryAfter is the delay that the answer asks for in its Retry-After header, 0 for none.
	RetryAfter time.Duration

	cause error
}

// Error returns one line with method, path, status, message and number of attempts.
func (e *Error) Error() string {
	return prefix(e.Method, pathOf(e.URL)) + e.summary() + attempts(e.Attempts)
}

func (e *Error) summary() string { return fmt.Sprintf("%d: %s", e.StatusCode, e.Message) }

// Is reports whether the sentinel target stands for the error's status, or for its body being too large.
func (e *Error) Is(target error) bool {
	switch target {
	case ErrBadRequest:
		return e.StatusCode == http.StatusBadRequest
	case ErrUnauthorized:
		return e.StatusCode == http.StatusUnauthorized
	case ErrForbidden:
		return e.StatusCode == http.StatusForbidden
	case ErrNotFound:
		return e.StatusCode == http.StatusNotFound
	case ErrRateLimited:
		return e.StatusCode == http.StatusTooManyRequests
	case ErrServer:
		return e.StatusCode/100 == 5
	case ErrResponseTooLarge:
		return errors.As(e.cause, new(*retry.TooLargeError))
	}
	return false
}

// Decode parses the JSON of Body into v, such as a [generated.BadRequestSchema], the error schema that the spec declares.
// It returns an error if Body is not such JSON.
func (e *Error) Decode(v any) error {
	if err := json.Unmarshal(e.Body, v); err != nil {
		return fmt.Errorf("sellerscenter: body of the %d answer: %w", e.StatusCode, err)
	}
	return nil
}

// callError is a call that ended without an answer, or before its last answer could be retried.
type callError struct {
	method, path string
	attempts     int
	text         string
	causes       []error
}

func (e *callError) Error() string   { return prefix(e.method, e.path) + e.text + attempts(e.attempts) }
func (e *callError) Unwrap() []error { return e.causes }

// newCallError lists what ended a call in the order of a reader's interest: that the outcome is unknown, the context, and
// the last failure.
func newCallError(req *http.Request, out retry.Outcome, last error) error {
	e := &callError{method: req.Method, path: req.URL.Path, attempts: out.Attempts}
	var texts []string
	if out.Uncertain {
		e.causes = append(e.causes, ErrOutcomeUnknown)
		texts = append(texts, "outcome unknown")
	}
	if out.Interrupted != nil {
		e.causes = append(e.causes, out.Interrupted)
		texts = append(texts, strings.ReplaceAll(out.Interrupted.Error(), "\n", ": "))
	}
	if last != nil {
		e.causes = append(e.causes, last)
		text := retry.Cause(last).Error()
		var answered *Error
		if errors.As(last, &answered) {
			text = answered.summary()
		}
		// The context's end is often all that the last attempt has to say.
		if len(texts) == 0 || text != texts[len(texts)-1] {
			texts = append(texts, text)
		}
	}
	e.text = strings.Join(texts, ": ")
	return e
}

func prefix(method, path string) string { return "sellerscenter: " + method + " " + path + ": " }

func attempts(n int) string {
	if n == 1 {
		return " (1 attempt)"
	}
	return fmt.Sprintf(" (%d attempts)", n)
}

// pathOf leaves out the query, which would make the line long.
func pathOf(rawURL string) string {
	if u, err := url.Parse(rawURL); err == nil {
		return u.Path
	}
	return rawURL
}
