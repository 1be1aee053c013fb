package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/generated"
)

// screen shows each batch on a line of its own, which a terminal keeps up to date; elsewhere a change of status is a new
// line. It is a slog.Handler too, for the retries.
type screen struct {
	slog.Handler // only Enabled and Handle are called

	mu       sync.Mutex
	out      io.Writer
	ids      []uuid.UUID
	status   map[uuid.UUID]generated.RequestStatus
	terminal bool
}

func newScreen(out io.Writer, ids []uuid.UUID, terminal bool) *screen {
	s := &screen{out: out, ids: ids, status: map[uuid.UUID]generated.RequestStatus{}, terminal: terminal}
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
	known, seen := s.status[p.ID]
	s.status[p.ID] = p.Status
	line := fmt.Sprintf("%s  %-10s  %d polls, %v", p.ID, p.Status, p.Polls, p.Elapsed.Round(100*time.Millisecond))
	switch {
	case s.terminal:
		// Up to the batch's line, which is cleared and written, and down again.
		up := len(s.ids) - slices.Index(s.ids, p.ID)
		fmt.Fprintf(s.out, "\x1b[%dA\r\x1b[2K%s\x1b[%dB\r", up, line, up)
	case !seen || known != p.Status:
		fmt.Fprintln(s.out, line)
	}
}

// Enabled lets the warnings through, one a retry.
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

// summary is what came of all batches.
type summary struct {
	batches []*generated.ShipmentOrderResultsResponseSchema
	lost    []error // batches that did not come to an end
}

func (s *summary) add(batch *generated.ShipmentOrderResultsResponseSchema, err error) {
	if batch == nil {
		s.lost = append(s.lost, err)
		return
	}
	s.batches = append(s.batches, batch)
}

// print looks at each item, since a completed batch need not have shipped.
func (s *summary) print(w io.Writer, requests, refused int64) {
	shipped, failed := 0, 0
	for _, batch := range s.batches {
		fmt.Fprintf(w, "\nBatch %s: %s\n", batch.BatchRequestID, batch.Status)
		for _, item := range batch.Items {
			outcome := "FAILED "
			if item.Success {
				outcome = "shipped"
				shipped++
			} else {
				failed++
			}
			r := item.RequestItem
			ids := strings.Trim(strings.ReplaceAll(fmt.Sprint(r.OrderItems), " ", ", "), "[]")
			fmt.Fprintf(w, "  %s  %-20s %-22s order items %s\n", outcome, r.CarrierKey, r.ShipmentTrackingKey, ids)
			for _, reason := range item.Errors {
				fmt.Fprintf(w, "           because: %s\n", reason)
			}
		}
	}
	fmt.Fprintf(w, "\n%d batches, %d of them not seen to their end; %d shipments shipped, %d failed; %d requests, %d of them answered 429.\n",
		len(s.batches)+len(s.lost), len(s.lost), shipped, failed, requests, refused)
}
