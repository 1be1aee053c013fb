package faults

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/sellerscenter/client-go/api"
)

// policy is how often a call is attempted, and whether the fault passes meanwhile.
type policy struct {
	name        string
	maxAttempts int
	heals       bool // after one to three connections
}

var policies = [3]policy{
	{name: "4 attempts", maxAttempts: 4},
	{name: "1 attempt", maxAttempts: 1},
	{name: "4 attempts, heals", maxAttempts: 4, heals: true},
}

// retries is the policy as an option, with delays that are short.
func (p policy) retries() api.Option {
	return api.WithRetry(api.RetryPolicy{
		MaxAttempts: p.maxAttempts,
		MinDelay:    time.Millisecond,
		MaxDelay:    4 * time.Millisecond,
	})
}

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

// trial is a call with what is expected of it.
type trial struct {
	name   string
	call   *call
	policy policy
	want   expectation
	heals  int   // after how many connections the fault passes
	cause  cause // of an error; nil for any
}

func (tr trial) String() string { return tr.name + ", " + tr.policy.name + ", " + tr.call.method }

// attempts returns how many attempts are expected, at least and at most.
func (tr trial) attempts() (least, most int) {
	switch tr.want.attempts {
	case untilHealed:
		return tr.heals + 1, tr.heals + 1
	case anyAttempts:
		return 1, tr.policy.maxAttempts
	default:
		return tr.want.attempts, tr.want.attempts
	}
}

// judge compares a call's end with what is expected.
func (y *tally) judge(t *testing.T, tr trial, err error) {
	t.Helper()
	got, problem := tr.call.outcome(err)
	attempts := int(tr.call.attempts.Load())
	y.count(got, attempts)
	least, most := tr.attempts()
	explained := err == nil || tr.cause == nil || tr.cause(err)
	if problem == nil && explained && got&tr.want.outcome != 0 && attempts >= least && attempts <= most {
		return
	}
	y.wrong.Add(1)
	t.Errorf("%v ended %v after %d attempts, %v (%v, of the expected cause: %v); want %v after %d to %d",
		tr, got, attempts, err, problem, explained, tr.want.outcome, least, most)
}

func (y *tally) count(got outcome, attempts int) {
	y.calls.Add(1)
	y.attempts.Add(int32(attempts))
	switch got {
	case ok:
		y.ok.Add(1)
	case failed:
		y.failed.Add(1)
	case unknown:
		y.unknown.Add(1)
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
	fmt.Fprintf(b.rows, "%s\t%d\t%d\t%d\t%d\t%d\t%s\n", row,
		y.calls.Load(), y.ok.Load(), y.failed.Load(), y.unknown.Load(), y.attempts.Load(), verdict)
	b.sum.calls.Add(y.calls.Load())
	b.sum.ok.Add(y.ok.Load())
	b.sum.failed.Add(y.failed.Load())
	b.sum.unknown.Add(y.unknown.Load())
	b.sum.attempts.Add(y.attempts.Load())
	b.sum.wrong.Add(y.wrong.Load())
}

// log prints the table and the sum of it, and fails the test if a call of those that were to be
// made is missing.
func (b *table) log(t *testing.T, emptyColumns string, calls int) {
	t.Helper()
	sum := b.sum.calls.Load()
	ok := b.sum.ok.Load()
	failed := b.sum.failed.Load()
	unknown := b.sum.unknown.Load()
	if int(sum) != calls || ok+failed+unknown != sum {
		t.Errorf("of %d calls %d ended, %d ok, %d failed, %d unknown", calls, sum, ok, failed, unknown)
	}
	b.add("all"+emptyColumns, &b.sum)
	if err := b.rows.Flush(); err != nil {
		t.Error(err)
	}
	t.Log(b.text.String())
}
