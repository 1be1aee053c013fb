package attempt

import (
	"context"
	"errors"
	"fmt"
)

// Interruption returns why a context ended, or nil if it did not. The error matches both the
// context's error and its cause.
func Interruption(ctx context.Context) error {
	if ctx.Err() == nil {
		return nil
	}
	cause := context.Cause(ctx)
	if errors.Is(cause, ctx.Err()) {
		return cause
	}
	return fmt.Errorf("%w: %w", ctx.Err(), cause)
}
