package api

import (
	"errors"
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
	causes []error
}

func (e *callError) Error() string   { return e.text }
func (e *callError) Unwrap() []error { return e.causes }

// callError tells what ended the call in the order of a reader's interest: that the outcome is
// unknown, what interrupted the call, and the last failure unless that only repeats it.
func (e *ended) callError(failure error) error {
	out := &callError{attempts: e.Attempts}
	interruption := ""
	if e.Unknown {
		out.add("outcome unknown", ErrOutcomeUnknown)
	}
	if e.Interrupted != nil {
		interruption = e.Interrupted.Error()
		out.add(interruption, e.Interrupted)
	}
	if unsent := new(ratelimit.UnsentError); errors.As(e.Interrupted, &unsent) && unsent.Held {
		out.causes = append(out.causes, ErrRateLimited)
	}
	if failure != nil {
		text := textOfFailure(failure)
		out.failed = !strings.Contains(interruption, text)
		if !out.failed {
			text = ""
		}
		out.add(text, failure)
	}
	if e.Attempts == 0 {
		out.text += " (not sent)"
	}
	out.text = callLine(e.request.Method, e.request.URL.String(), out.text, e.Attempts)
	return out
}

func (e *callError) add(text string, cause error) {
	if e.text != "" && text != "" {
		e.text += ": "
	}
	e.text += oneLine(text)
	e.causes = append(e.causes, cause)
}

func textOfFailure(err error) string {
	if answered := new(Error); errors.As(err, &answered) {
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
