package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/api"
)

func TestTerminalKeepsALineForEachBatch(t *testing.T) {
	ids := []uuid.UUID{uuid.New(), uuid.New()}
	var out bytes.Buffer
	s := newScreen(&out, ids, true)
	s.start()
	s.progress(api.Progress{ID: ids[1], Status: "processing", Polls: 1, Elapsed: 42 * time.Millisecond})
	s.event(ids[0].String(), "attempt 1 failed: 503 Service Unavailable")
	s.progress(api.Progress{ID: ids[1], Status: "completed", Polls: 2, Elapsed: 1234 * time.Millisecond})
	out.WriteString("^C") // the terminal's
	s.finish()
	want := ids[0].String() + "  attempt 1 failed: 503 Service Unavailable\n" +
		ids[0].String() + "  waiting     0 polls, 0s\n" +
		ids[1].String() + "  completed   2 polls, 1.2s\n"
	if got := display(t, out.String()); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestTerminalKeepsLinesThatFit(t *testing.T) {
	id := uuid.New()
	var out bytes.Buffer
	s := newScreen(&out, []uuid.UUID{id}, true)
	s.start()
	status := api.BatchStatus(strings.Repeat("waiting for the warehouse ", 4))
	s.progress(api.Progress{ID: id, Status: status, Polls: 1})
	if shown := display(t, out.String()); strings.Count(shown, "\n") != 1 {
		t.Errorf("got\n%s", shown)
	}
}

func TestManyBatchesScroll(t *testing.T) {
	var out bytes.Buffer
	ids := make([]uuid.UUID, maxLive+1)
	s := newScreen(&out, ids, true)
	s.start()
	s.progress(api.Progress{Status: "completed", Polls: 1})
	s.finish()
	if got := out.String(); strings.Count(got, "\n") != 1 || strings.Contains(got, "\x1b") {
		t.Errorf("got %q", got)
	}
}

func TestPipeSkipsPollsThatTellNothingNew(t *testing.T) {
	id := uuid.New()
	var out bytes.Buffer
	s := newScreen(&out, []uuid.UUID{id}, false)
	s.start()
	for i, status := range []api.BatchStatus{"pending", "pending", "completed"} {
		s.progress(api.Progress{ID: id, Status: status, Polls: i + 1})
	}
	want := id.String() + "  pending     1 poll, 0s\n" + id.String() + "  completed   3 polls, 0s\n"
	if got := out.String(); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}
