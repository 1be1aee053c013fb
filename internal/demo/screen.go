package main

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/api"
)

// screen shows what goes on. A terminal has a line for each batch, which is kept up to date, below
// the events so far. Elsewhere each change of status is a new line.
type screen struct {
	out  io.Writer
	ids  []uuid.UUID
	live bool

	mu     sync.Mutex
	latest map[uuid.UUID]api.Progress
}

// maxLive is the largest number of lines that can be kept up to date: those that have scrolled away
// are out of reach.
const maxLive = 20

func newScreen(out io.Writer, ids []uuid.UUID, terminal bool) *screen {
	return &screen{
		out:    out,
		ids:    ids,
		live:   terminal && len(ids) <= maxLive,
		latest: map[uuid.UUID]api.Progress{},
	}
}

// start shows the lines to keep up to date.
func (s *screen) start() {
	if s.live {
		fmt.Fprint(s.out, s.lines())
	}
}

// progress shows what a poll has told.
func (s *screen) progress(p api.Progress) {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := s.latest[p.ID]
	s.latest[p.ID] = p
	switch {
	case s.live:
		s.redraw("")
	case p.Status != before.Status:
		fmt.Fprintln(s.out, line(p))
	}
}

// event shows what happened to a batch.
func (s *screen) event(batch, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	event := beside(batch, text)
	if s.live {
		s.redraw(event)
	} else {
		fmt.Fprint(s.out, event)
	}
}

// finish clears what the terminal itself has shown below the lines: ^C, for an interrupt.
func (s *screen) finish() {
	if s.live {
		fmt.Fprint(s.out, "\r"+clearBelow)
	}
}

const clearBelow = "\x1b[J" // from the cursor to the end of the screen

// redraw moves up to the first of the lines, and writes them anew below the text.
func (s *screen) redraw(text string) {
	fmt.Fprintf(s.out, "\x1b[%dA\r%s%s%s", len(s.ids), clearBelow, text, s.lines())
}

func (s *screen) lines() string {
	var b strings.Builder
	for _, id := range s.ids {
		p := s.latest[id]
		p.ID = id
		b.WriteString(clip(line(p)) + "\n")
	}
	return b.String()
}

// line tells how far a batch is.
func line(p api.Progress) string {
	status := printable(string(cmp.Or(p.Status, "waiting")))
	polls := count(p.Polls, "poll", "polls")
	return fmt.Sprintf("%s  %-10s  %s, %v", p.ID, status, polls, p.Elapsed.Round(100*time.Millisecond))
}
