package attempt_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/sellerscenter/client-go/internal/attempt"
)

// endsMeanwhile is a context that is cancelled right after somebody asked whether it is.
type endsMeanwhile struct{ asked bool }

func (*endsMeanwhile) Deadline() (deadline time.Time, ok bool) { return time.Time{}, false }
func (*endsMeanwhile) Done() <-chan struct{}                   { return nil }
func (*endsMeanwhile) Value(any) any                           { return nil }

func (c *endsMeanwhile) Err() error {
	if c.asked {
		return context.Canceled
	}
	c.asked = true
	return nil
}

func TestInterruption(t *testing.T) {
	shutdown := errors.New("shutting down")
	for _, tt := range []struct {
		name  string
		cause error
		want  string
	}{
		{"without a cause", nil, "context canceled"},
		{"with a cause", shutdown, "context canceled: shutting down"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			if err := attempt.Interruption(ctx); err != nil {
				t.Errorf("got %v before the end", err)
			}
			cancel(tt.cause)
			err := attempt.Interruption(ctx)
			if !errors.Is(err, context.Canceled) || !errors.Is(err, context.Cause(ctx)) ||
				err.Error() != tt.want {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
	t.Run("at the same moment", func(t *testing.T) {
		if err := attempt.Interruption(new(endsMeanwhile)); err != nil {
			t.Errorf("got %v", err)
		}
	})
}
