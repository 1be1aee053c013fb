package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/api"
)

// screen shows each batch on a line of its own, which a terminal keeps up to date; elsewhere a
// change of status is a new line. It is a slog.Handler too, for the retries.
type screen struct {
	slog.Handler // only Enabled and Handle are called

	mu       sync.Mutex
	out      io.Writer
	ids      []uuid.UUID
	status   map[uuid.UUID]api.BatchStatus
	terminal bool
}

func newScreen(out io.Writer, ids []uuid.UUID, terminal bool) *screen {
	s := &screen{out: out, ids: ids, status: map[uuid.UUID]api.BatchStatus{}, terminal: terminal}
	if terminal {
		for _, id := range ids {
			fmt.Fprintf(out, "%s  waiting\n", id)
		}
	}
	return s
}

func (s *screen) progress(p api.Progress) {
	s.mu.Lock()
	defer s.mu.Unlock()
	before, seen := s.status[p.ID]
	s.status[p.ID] = p.Status
	elapsed := p.Elapsed.Round(100 * time.Millisecond)
	line := fmt.Sprintf("%s  %-10s  %d polls, %v", p.ID, p.Status, p.Polls, elapsed)
	switch {
	case s.terminal:
		// Up to the batch's line, which is cleared and written, and down again.
		up := len(s.ids) - slices.Index(s.ids, p.ID)
		fmt.Fprintf(s.out, "\x1b[%dA\r\x1b[2K%s\x1b[%dB\r", up, line, up)
	case !seen || before != p.Status:
		fmt.Fprintln(s.out, line)
	}
}

// Enabled lets warnings through, unless lines are kept up to date; each retry is one.
func (s *screen) Enabled(_ context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && !s.terminal
}

// Handle prints a retry.
func (s *screen) Handle(_ context.Context, r slog.Record) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	fmt.Fprintf(s.out, "%s:", r.Message)
	r.Attrs(func(a slog.Attr) bool {
		fmt.Fprintf(s.out, " %s=%v", a.Key, a.Value)
		return true
	})
	fmt.Fprintln(s.out)
	return nil
}
