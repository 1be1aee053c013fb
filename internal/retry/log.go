package retry

import (
	"context"
	"log/slog"
	"net/http"
	"strconv"
	"time"
)

// attemptLog writes the log records of one attempt. The URL is not in them, nor is anything of header or body.
type attemptLog struct {
	logger  *slog.Logger
	method  string
	route   string
	attempt int
	start   time.Time
}

func (l *attemptLog) write(ctx context.Context, level slog.Level, msg string, attrs ...slog.Attr) {
	l.logger.LogAttrs(ctx, level, "sellerscenter: "+msg, append([]slog.Attr{
		slog.String("method", l.method), slog.String("path", l.route), slog.Int("attempt", l.attempt),
	}, attrs...)...)
}

// done writes one debug record an attempt.
func (l *attemptLog) done(ctx context.Context, resp *http.Response, err error) {
	if !l.logger.Enabled(ctx, slog.LevelDebug) {
		return
	}
	attrs := []slog.Attr{slog.Duration("duration", time.Since(l.start))}
	if resp != nil {
		attrs = append(attrs, slog.Int("status", resp.StatusCode))
	}
	if err != nil {
		attrs = append(attrs, slog.String("error", Cause(err).Error()))
	}
	l.write(ctx, slog.LevelDebug, "attempt", attrs...)
}

// retry writes one warning a retry.
func (l *attemptLog) retry(ctx context.Context, delay time.Duration, resp *http.Response, err error) {
	l.write(ctx, slog.LevelWarn, "retry", slog.Duration("delay", delay), slog.String("cause", cause(resp, err)))
}

// exhausted warns that a retry was due but the budget is used up.
func (l *attemptLog) exhausted(ctx context.Context) {
	l.write(ctx, slog.LevelWarn, "no retry: the server keeps failing and the retry budget is used up")
}

func cause(resp *http.Response, err error) string {
	if err == nil || resp != nil && resp.StatusCode/100 != 2 {
		return strconv.Itoa(resp.StatusCode) + " " + http.StatusText(resp.StatusCode)
	}
	return Cause(err).Error()
}
