package faults

import (
	"context"
	"log/slog"
	"sync/atomic"
)

// warnings counts the client's log records of retries, and of those that the retry budget refused.
type warnings struct {
	retries, refused atomic.Int32
	onRetry          func() // before the delay; may be nil
}

// Enabled and the other methods are those of slog.Handler.
func (w *warnings) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelWarn }
func (w *warnings) WithAttrs([]slog.Attr) slog.Handler               { return w }
func (w *warnings) WithGroup(string) slog.Handler                    { return w }
func (w *warnings) Handle(_ context.Context, r slog.Record) error {
	switch r.Message {
	case "sellerscenter: retry":
		w.retries.Add(1)
		if w.onRetry != nil {
			w.onRetry()
		}
	case "sellerscenter: no retry":
		w.refused.Add(1)
	}
	return nil
}
