package faults

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"text/tabwriter"
)

// policy is how often a call is attempted, and whether the fault passes meanwhile.
type policy struct {
	name        string
	maxAttempts int
	heals       bool // after one to three connections
}

var policies = [3]policy{{"4 attempts", 4, false}, {"1 attempt", 1, false}, {"4 attempts, heals", 4, true}}

// expectation is how a call ends, and after how many attempts.
type expectation struct {
	outcome  outcome
	attempts int
}

const (
	untilHealed = -1 // one attempt more than connections failed
	anyAttempts = -2 // from one to all
)

// expectations are by method and policy.
type expectations map[string][3]expectation

var methods = []string{"GET", "POST"}

// tally sums up the calls of one cell of the matrix.
type tally struct{ calls, ok, failed, unknown, attempts, wrong atomic.Int32 }

// judge compares a call's end with what is expected.
func (y *tally) judge(t *testing.T, name string, c *call, err error, want expectation, maxAttempts, heals int, explains cause) {
	t.Helper()
	got, problem := c.outcome(err)
	attempts := int(c.attempts.Load())
	y.calls.Add(1)
	y.attempts.Add(int32(attempts))
	if counter := map[outcome]*atomic.Int32{ok: &y.ok, failed: &y.failed, unknown: &y.unknown}[got]; counter != nil {
		counter.Add(1)
	}
	least, most := want.attempts, want.attempts
	switch want.attempts {
	case untilHealed:
		least, most = heals+1, heals+1
	case anyAttempts:
		least, most = 1, maxAttempts
	}
	explained := err == nil || explains == nil || explains(err)
	if problem != nil || got&want.outcome == 0 || attempts < least || attempts > most || !explained {
		y.wrong.Add(1)
		t.Errorf("%s: %s ended %v after %d attempts, %v (%v, of the expected cause: %v); want %v after %d to %d", name, c.method, got, attempts, err, problem, explained, want.outcome, least, most)
	}
}

// table formats tallies for the log.
type table struct {
	mu   sync.Mutex
	text strings.Builder
	rows *tabwriter.Writer
	sum  tally
}

func newTable(columns string) *table {
	y := &table{}
	y.rows = tabwriter.NewWriter(&y.text, 0, 0, 2, ' ', 0)
	fmt.Fprintln(y.rows, "\n"+columns+"\tcalls\tok\tfailed\tunknown\tattempts\tverdict")
	return y
}

func (b *table) add(row string, y *tally) {
	b.mu.Lock()
	defer b.mu.Unlock()
	verdict := "as expected"
	if y.wrong.Load() > 0 {
		verdict = fmt.Sprint(y.wrong.Load(), " WRONG")
	}
	fmt.Fprintf(b.rows, "%s\t%d\t%d\t%d\t%d\t%d\t%s\n", row, y.calls.Load(), y.ok.Load(), y.failed.Load(), y.unknown.Load(), y.attempts.Load(), verdict)
	b.sum.calls.Add(y.calls.Load())
	b.sum.ok.Add(y.ok.Load())
	b.sum.failed.Add(y.failed.Load())
	b.sum.unknown.Add(y.unknown.Load())
	b.sum.attempts.Add(y.attempts.Load())
	b.sum.wrong.Add(y.wrong.Load())
}

// log prints the table and the sum of it, and fails the test if a call of those that were to be made is missing.
func (b *table) log(t *testing.T, emptyColumns string, calls int) {
	t.Helper()
	sum := b.sum.calls.Load()
	if int(sum) != calls || b.sum.ok.Load()+b.sum.failed.Load()+b.sum.unknown.Load() != sum {
		t.Errorf("of %d calls %d ended, %d ok, %d failed, %d unknown", calls, sum, b.sum.ok.Load(), b.sum.failed.Load(), b.sum.unknown.Load())
	}
	b.add("all"+emptyColumns, &b.sum)
	if err := b.rows.Flush(); err != nil {
		t.Error(err)
	}
	t.Log(b.text.String())
}
