package main

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/generated"
)

// report shows what goes on, and gathers what is shown at the end. As a [slog.Handler] it shows the
// client's warnings: what went wrong, and what the client does about it.
type report struct {
	slog.Handler // only Enabled and Handle are called

	screen     screen
	ended      []*generated.ShipmentOrderResultsResponseSchema
	unfinished []*api.BatchError

	mu       sync.Mutex
	statuses map[uuid.UUID]api.BatchStatus
	requests int
}

// progress shows a batch whose status has changed.
func (r *report) progress(p api.Progress) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if p.Err != nil || p.Status == r.statuses[p.ID] {
		return
	}
	r.statuses[p.ID] = p.Status
	text := fmt.Sprintf("%s, poll %d after %v", p.Status, p.Polls, p.Elapsed.Round(100*time.Millisecond))
	r.screen.print(r.screen.beside(p.ID.String(), text), p.Status == api.StatusFailed)
}

// Enabled lets everything through. Attempts are records of the level debug.
func (r *report) Enabled(context.Context, slog.Level) bool { return true }

// Handle counts attempts and shows warnings.
func (r *report) Handle(_ context.Context, record slog.Record) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if record.Level < slog.LevelWarn {
		r.requests++
		return nil
	}
	text := strings.TrimPrefix(record.Message, "sellerscenter: ")
	batch := ""
	record.Attrs(func(a slog.Attr) bool {
		switch a.Key {
		case "batch":
			batch = a.Value.String()
		case "method", "path":
		case "delay":
			text += fmt.Sprintf(", next in %v", a.Value.Duration().Round(time.Millisecond))
		default:
			text += fmt.Sprintf(", %s: %v", a.Key, a.Value)
		}
		return true
	})
	r.screen.print(r.screen.beside(batch, text), false)
	return nil
}
