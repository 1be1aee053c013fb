package api

import (
	"errors"
	"strings"

	"github.com/sellerscenter/client-go/internal/attempt"
	"github.com/sellerscenter/client-go/internal/auth"
	"github.com/sellerscenter/client-go/internal/ratelimit"
)

// callError is a call that ended without a response, or before its last response could be retried.
// Its causes are what interrupted the call, and the last failure.
type callError struct {
	textError

	// attempts is 0 for a call that was not sent.
	attempts int
	unknown  bool // the outcome is
	// failed reports that there is a failure which says more than the interruption.
	failed bool
}

// Is reports whether the sentinel target stands for the outcome, or for what held the call up.
func (e *callError) Is(target error) bool {
	return target == ErrOutcomeUnknown && e.unknown ||
		target == ErrRateLimited && errors.Is(e.causes, ratelimit.ErrHeld)
}

// withoutResponse tells what ended the call in the order of a reader's interest: that the outcome is
// unknown, what interrupted the call, and the last failure unless that only repeats it.
func (c *call) withoutResponse() error {
	text := textOf(c.Interrupted)
	last, failure := c.failure()
	failed := !strings.Contains(text, last)
	if failed {
		text = joined(text, last)
	}
	if c.Unknown {
		text = joined("outcome unknown", text)
	}
	text = callLine(c.Request.Method, c.Request.URL.String(), oneLine(text), c.Attempts)
	if c.Attempts == 0 {
		text += " (not sent)"
	}
	return &callError{
		textError: textError{
			text:   auth.NewRedactor(c.Keys...).Redact(text),
			causes: errors.Join(c.Interrupted, failure),
		},
		attempts: c.Attempts,
		unknown:  c.Unknown,
		failed:   failed,
	}
}

// failure returns the call's last failure, if it had one, and its text without what the error of
// the call says anyway.
func (c *call) failure() (text string, failure error) {
	if c.Response != nil {
		answered := c.asError(c.Err)
		return answered.summary(), answered
	}
	return textOf(attempt.Cause(c.Err)), c.Err
}
