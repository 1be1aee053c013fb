package retry

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/internal/attempt"
)

// logAttempt writes the result of an attempt. Neither the URL nor anything of a header or body is
// in it.
func (l *loop) logAttempt(ctx context.Context, result attempt.Result) {
	if !l.Logger.Enabled(ctx, slog.LevelDebug) {
		return // without the cost of what would not be written
	}
	attrs := []slog.Attr{outcomeOf(result), slog.Duration("duration", result.Duration)}
	if result.Limited {
		attrs = append(attrs, slog.Int("rate_limit_remaining", result.Remaining))
	}
	l.log(ctx, slog.LevelDebug, "sellerscenter: attempt", attrs...)
}

// warn writes what follows from an attempt that failed.
func (l *loop) warn(ctx context.Context, message string, result attempt.Result, more ...slog.Attr) {
	cause := slog.String("cause", outcomeOf(result).Value.String())
	l.log(ctx, slog.LevelWarn, message, append(more, cause)...)
}

func (l *loop) log(ctx context.Context, level slog.Level, message string, more ...slog.Attr) {
	attrs := []slog.Attr{
		slog.String("method", l.Request.Method),
		slog.String("path", l.Operation.Path),
		slog.Int("attempt", l.out.Attempts),
	}
	if l.Batch != uuid.Nil {
		attrs = append(attrs, slog.String("batch", l.Batch.String()))
	}
	l.Logger.LogAttrs(ctx, level, message, append(attrs, more...)...)
}

// outcomeOf returns an attempt's status code or error.
func outcomeOf(result attempt.Result) slog.Attr {
	if result.Err != nil {
		return slog.String("error", fmt.Sprintf("%.1000s", attempt.Cause(result.Err)))
	}
	return slog.Int("status", result.Response.StatusCode)
}
