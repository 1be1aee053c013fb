package api

import (
	"errors"
	"fmt"
	"strings"

	"github.com/sellerscenter/client-go/internal/ratelimit"
	"github.com/sellerscenter/client-go/internal/retry"
)

// callError is a call that ended without a response, or before its last response could be retried.
type callError struct {
	text     string
	attempts int
	// failed reports that there is a failure which says more than the interruption.
	failed bool
	cause  error
}

func (e *callError) Error() string { return e.text }
func (e *callError) Unwrap() error { return e.cause }

// callError tells what ended the call in the order of a reader's interest: that the outcome is
// unknown, what interrupted the call, and the last failure unless that only repeats it.
func (e *ended) callError(failure error) error {
	var texts []string
	var unknown, held error
	if e.Unknown {
		unknown = ErrOutcomeUnknown
		texts = append(texts, "outcome unknown")
	}
	if e.Interrupted != nil {
		texts = append(texts, e.Interrupted.Error())
	}
	if errors.Is(e.Interrupted, ratelimit.ErrHeld) {
		held = ErrRateLimited
	}
	last := textOfFailure(failure)
	failed := !strings.Contains(fmt.Sprint(e.Interrupted), last)
	if failed {
		texts = append(texts, last)
	}
	text := oneLine(strings.Join(texts, ": "))
	if e.Attempts == 0 {
		text += " (not sent)"
	}
	return &callError{
		text:     callLine(e.request.Method, e.request.URL.String(), text, e.Attempts),
		attempts: e.Attempts,
		failed:   failed,
		cause:    errors.Join(unknown, e.Interrupted, held, failure),
	}
}

// textOfFailure returns the text of what failed, without what the error of the call says anyway.
func textOfFailure(err error) string {
	var answered *Error
	switch {
	case err == nil:
		return ""
	case errors.As(err, &answered):
		return answered.summary()
	}
	return retry.Cause(err).Error()
}

// wasSent reports whether a call was sent, as far as its error tells.
func wasSent(err error) bool {
	call := new(callError)
	return !errors.As(err, &call) || call.attempts > 0
}

// saysMore reports whether the error of an interrupted call has a failure in it too.
func saysMore(err error) bool {
	call := new(callError)
	return !errors.As(err, &call) || call.failed
}
