package retry

import (
	"fmt"
	"log/slog"

	"github.com/sellerscenter/client-go/internal/attempt"
)

// logAttempt writes what became of an attempt. Neither the URL nor anything of a header or body is
// in it.
func (l *loop) logAttempt(result attempt.Result) {
	if !l.Logger.Enabled(l.call.Request.Context(), slog.LevelDebug) {
		return
	}
	attrs := []slog.Attr{outcomeOf(result), slog.Duration("duration", result.Duration)}
	if result.Limited {
		attrs = append(attrs, slog.Int("rate_limit_remaining", result.Remaining))
	}
	l.log(slog.LevelDebug, "sellerscenter: attempt", attrs...)
}

func (l *loop) warn(message string, attrs ...slog.Attr) { l.log(slog.LevelWarn, message, attrs...) }

func (l *loop) log(level slog.Level, message string, more ...slog.Attr) {
	attrs := []slog.Attr{
		slog.String("method", l.call.Request.Method),
		slog.String("path", l.call.Operation.Path),
		slog.Int("attempt", l.out.Attempts),
	}
	if l.call.Wait != nil {
		attrs = append(attrs, slog.String("batch", l.call.Wait.Batch.String()))
	}
	l.Logger.LogAttrs(l.call.Request.Context(), level, message, append(attrs, more...)...)
}

// outcomeOf returns an attempt's status code or error.
func outcomeOf(result attempt.Result) slog.Attr {
	if result.Err != nil {
		return slog.String("error", fmt.Sprintf("%.1000s", Cause(result.Err)))
	}
	return slog.Int("status", result.Response.StatusCode)
}

func cause(result attempt.Result) slog.Attr {
	return slog.String("cause", outcomeOf(result).Value.String())
}
